#include "ngo/config/overrides.hpp"

#include <charconv>
#include <cstddef>
#include <optional>
#include <utility>

#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"

namespace ngo::config {
namespace {

constexpr std::string_view kPrefix = "NGO_";

std::optional<std::size_t> to_index(std::string_view step) {
  std::size_t index = 0;
  const auto [end, failed] = std::from_chars(step.data(), step.data() + step.size(), index);
  if (step.empty() || failed != std::errc() || end != step.data() + step.size()) return std::nullopt;
  return index;
}

// The element that a step leads to; null: it leads nowhere.
Node* element(Node& list, const std::string& step) {
  auto& elements = list.elements();
  if (const std::optional<std::size_t> index = to_index(step)) {
    if (*index > elements.size()) return nullptr;
    if (*index == elements.size()) elements.emplace_back();
    return &elements[*index];
  }
  for (Node& each : elements) {
    const Node::Entry* const name = each.find("name");
    if (name != nullptr && same_name(name->value.text(), step)) return &each;
  }
  return nullptr;
}

std::string explain_list(const Node& list, const std::string& step) {
  std::vector<std::string> valid;
  valid.reserve(2 * list.elements().size());
  for (std::size_t i = 0; i < list.elements().size(); ++i) valid.push_back(std::to_string(i));
  for (const Node& each : list.elements()) {
    if (const Node::Entry* const name = each.find("name")) valid.push_back(name->value.text());
  }
  return "the list has no element " + in_quotes(step) + "; there are " + list_or(valid) + ", and " +
         std::to_string(list.elements().size()) + " would append one";
}

// One step further down; null after a mistake was reported.
Node* descend(Node& at, const std::string& step, const std::string& path, const Place& place,
              Report& report) {
  if (at.is_null()) at = Node(to_index(step) ? Node::Kind::list : Node::Kind::map, place);
  if (at.is_list()) {
    Node* const found = element(at, step);
    if (found == nullptr) report.error(place, path, explain_list(at, step));
    return found;
  }
  if (at.is_map()) {
    if (Node::Entry* const entry = at.find(step)) return &entry->value;
    if (to_index(step) == std::size_t{0}) return &at;
    return &at.add(step, place, Node());
  }
  report.error(place, path,
               "there is nothing below this key: it is a single value, set in " + at.place().to_string());
  return nullptr;
}

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + separator.size());
  }
}

bool has_empty(const std::vector<std::string>& steps) {
  for (const std::string& step : steps) {
    if (step.empty()) return true;
  }
  return false;
}

}  // namespace

void set_value(Node& root, const std::vector<std::string>& steps, Node value, Report& report) {
  const Place place = value.place();
  Node* at = &root;
  std::string path;
  for (const std::string& step : steps) {
    at = descend(*at, step, path, place, report);
    if (at == nullptr) return;
    path = join_path(path, step);
  }
  // A single value in place of a whole section or list is a mistake of the path, except for a list of texts.
  if (at->is_map()) {
    report.error(place, path,
                 "this is a section; name a key in it, such as " +
                     (at->entries().empty() ? std::string("\"name\"") : in_quotes(at->entries()[0].key)));
    return;
  }
  at->merge(std::move(value));
}

void apply_setting(Node& root, std::string_view setting, Report& report) {
  const std::size_t equals = setting.find('=');
  const std::string_view key = trim(setting.substr(0, equals));
  const Place place{source_name("--set " + std::string(key)), 0, 0};
  const std::vector<std::string> steps = split(key, ".");
  if (equals == std::string_view::npos || has_empty(steps)) {
    report.error(place, {}, "expected --set section.key=value, such as --set httpServer.port=8081");
    return;
  }
  set_value(root, steps, Node(std::string(setting.substr(equals + 1)), false, place), report);
}

void apply_environment(Node& root, const Environment& environment, Report& report) {
  for (const auto& [name, text] : environment.variables()) {
    if (!name.starts_with(kPrefix) || name.find("__") == std::string::npos) continue;
    const Place place{source_name("environment variable " + name), 0, 0};
    std::vector<std::string> steps = split(std::string_view(name).substr(kPrefix.size()), "__");
    if (has_empty(steps)) {
      report.error(place, {},
                   "expected a name such as NGO_HTTPSERVER__PORT, with \"__\" between section and key");
      continue;
    }
    for (std::string& step : steps) {
      for (char& c : step) c = ascii_lower(c);
    }
    set_value(root, steps, Node(text, false, place), report);
  }
}

}  // namespace ngo::config
