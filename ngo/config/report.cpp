#include "ngo/config/report.hpp"

#include <utility>

namespace ngo::config {
namespace {

// Within a source by line and column; sources stay in the order in which they came.
bool stands_before(const Place& a, const Place& b) {
  if (a.source != b.source) return false;
  return a.line != b.line ? a.line < b.line : a.column < b.column;
}

void insert(std::vector<Finding>& findings, Finding finding) {
  // Behind the last one of the same source that does not stand after it.
  auto at = findings.end();
  for (auto i = findings.end(); i != findings.begin();) {
    --i;
    if (i->place.source != finding.place.source) continue;
    if (!stands_before(finding.place, i->place)) {
      at = i + 1;
      break;
    }
    at = i;
  }
  findings.insert(at, std::move(finding));
}

}  // namespace

std::string Finding::to_string() const {
  std::string out = place.to_string();
  if (!out.empty()) out += ": ";
  if (!path.empty()) out.append(path).append(": ");
  return out += message;
}

void Report::error(Place place, std::string path, std::string message) {
  insert(errors_, {std::move(place), std::move(path), std::move(message)});
}

void Report::warn(Place place, std::string path, std::string message) {
  insert(warnings_, {std::move(place), std::move(path), std::move(message)});
}

std::string Report::to_string() const {
  std::string out;
  for (const Finding& finding : errors_) out.append(finding.to_string()).push_back('\n');
  return out;
}

std::string join_path(std::string_view parent, std::string_view key) {
  std::string out(parent);
  if (!parent.empty() && !key.empty()) out += '.';
  return out.append(key);
}

}  // namespace ngo::config
