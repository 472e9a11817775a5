#include "ngo/base/problem.hpp"

#include <algorithm>

#include "ngo/base/utf8.hpp"

namespace ngo {
namespace {

// Whoever sends a key of a megabyte does not get it back in every problem.
constexpr std::size_t kLongestKey = 128;

}  // namespace

std::string to_string(const Problems& problems) {
  std::string out;
  for (const Problem& problem : problems) {
    if (!out.empty()) out += '\n';
    if (!problem.path.empty()) out.append(problem.path).append(": ");
    out += problem.message;
  }
  return out;
}

InvalidInput::InvalidInput(Problems problems)
    : Error(Code::invalid_argument, to_string(problems)), problems_(std::move(problems)) {}

std::string Path::pointer() const {
  std::string out;
  append_to(out);
  return out;
}

void Path::append_to(std::string& out) const {
  if (parent_ == nullptr) return;
  parent_->append_to(out);
  if (index_ != kNoIndex) {
    out.append("/").append(std::to_string(index_));
    return;
  }
  if (key_.data() == nullptr) return;
  out += '/';
  std::string_view key = key_;
  if (key.size() > kLongestKey) {
    key = key.substr(0, kLongestKey);
    while (!key.empty() && (static_cast<unsigned char>(key_[key.size()]) & 0xC0U) == 0x80U)
      key.remove_suffix(1);
  }
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  if (key.size() < key_.size()) out += "...";
}

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Optimal string alignment distance (insert, delete, replace, swap of neighbours), letters without case.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1])) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
    before.swap(previous);
    previous.swap(current);
  }
  return previous[b.size()];
}

}  // namespace

void Nearest::offer(std::string_view candidate) {
  constexpr std::size_t kLongestName = 64;
  if (name_.size() > kLongestName || candidate.size() > kLongestName) return;
  const std::size_t distance = edit_distance(name_, candidate);
  const std::size_t limit = std::max<std::size_t>(1, std::min(name_.size(), candidate.size()) / 3);
  if (distance <= limit && distance < distance_) {
    distance_ = distance;
    best_ = candidate;
  }
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  constexpr char kHex[] = "0123456789abcdef";
  bool cut = false;
  if (text.size() > kLongest) {
    std::size_t length = kLongest - 3;
    while (length > kLongest - 7 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) --length;
    text = text.substr(0, length);
    cut = true;
  }
  std::string out = "\"";
  while (!text.empty()) {
    const std::string_view rest = text;
    const char c = text.front();
    const bool valid = take_code_point(text) != kNoCodePoint;
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.append("\\").push_back(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (valid && byte >= 0x20 && byte != 0x7F) {
      out.append(rest.data(), rest.size() - text.size());
    } else {
      for (const char bad : rest.substr(0, rest.size() - text.size())) {
        out.append("\\x").push_back(kHex[static_cast<unsigned char>(bad) >> 4]);
        out.push_back(kHex[static_cast<unsigned char>(bad) & 15]);
      }
    }
  }
  if (cut) out += "...";
  return out += '"';
}

}  // namespace ngo
