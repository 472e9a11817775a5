#include <charconv>
#include <utility>

#include "ngo/base/problem.hpp"
#include "ngo/config/dotted_impl.hpp"

namespace ngo::config {
namespace {

constexpr std::size_t kDeepest = 64;

}  // namespace

bool Dotted::clash(const Branch& at, std::string_view key, const Place& place) {
  report_.error(place, std::string(key),
                "the key is a single value and has keys below it as well; the other is in line " +
                    std::to_string(at.place.line));
  return false;
}

Dotted::Branch* Dotted::descend(Branch* at, std::string_view key, std::string_view name, const Place& place) {
  if (name.empty()) {
    report_.error(place, std::string(key), "a part of the key is empty; keys are written a.b or a[0].b");
    return nullptr;
  }
  if (at->has_value) {
    clash(*at, key, place);
    return nullptr;
  }
  Branch*& known = at->by_name[std::string(name)];
  if (known != nullptr) return known;
  auto made = std::make_unique<Branch>();
  made->place = place;
  known = made.get();
  at->keys.emplace_back(std::string(name), std::move(made));
  return known;
}

Dotted::Branch* Dotted::index(Branch* at, std::string_view key, std::string_view text, const Place& place) {
  std::size_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || failed != std::errc() || end != text.data() + text.size()) {
    report_.error(place, std::string(key),
                  "expected the number of an element, as in a[0], found " + in_quotes(text));
    return nullptr;
  }
  if (at->has_value) {
    clash(*at, key, place);
    return nullptr;
  }
  std::unique_ptr<Branch>& element = at->elements[number];
  if (element == nullptr) {
    element = std::make_unique<Branch>();
    element->place = place;
  }
  return element.get();
}

Dotted::Branch* Dotted::find(std::string_view key, const Place& place) {
  Branch* at = &root_;
  std::string_view rest = key;
  for (std::size_t depth = 0; at != nullptr; ++depth) {
    if (depth > kDeepest) {
      report_.error(place, {}, "the key has more than 64 parts");
      return nullptr;
    }
    const std::size_t end = rest.find_first_of(".[");
    at = descend(at, key, rest.substr(0, end), place);
    if (at == nullptr || end == std::string_view::npos) return at;
    rest.remove_prefix(end);
    while (at != nullptr && rest.starts_with('[') && ++depth < kDeepest) {
      const std::size_t close = rest.find(']');
      if (close == std::string_view::npos) {
        report_.error(place, std::string(key), "the \"[\" in the key is never closed");
        return nullptr;
      }
      at = index(at, key, rest.substr(1, close - 1), place);
      rest.remove_prefix(close + 1);
    }
    if (at == nullptr || rest.empty()) return at;
    if (!rest.starts_with('.')) {
      report_.error(place, std::string(key), "expected \".\" or the end of the key behind \"]\"");
      return nullptr;
    }
    rest.remove_prefix(1);
  }
  return at;
}

bool Dotted::set(std::string_view key, const Place& key_place, Node value) {
  Branch* const at = find(key, key_place);
  if (at == nullptr) return false;
  if (at->has_value) {
    report_.error(key_place, std::string(key),
                  "the key is there twice; the first is in line " + std::to_string(at->place.line));
    return false;
  }
  if (at->is_map || !at->keys.empty() || !at->elements.empty()) return clash(*at, key, key_place);
  at->has_value = true;
  at->place = key_place;
  at->value = std::move(value);
  return true;
}

void Dotted::open(std::string_view key, const Place& key_place) {
  if (Branch* const at = find(key, key_place)) {
    if (at->has_value) {
      clash(*at, key, key_place);
    } else {
      at->is_map = true;
    }
  }
}

Node Dotted::to_node(Branch& branch, const std::string& path) {
  if (branch.has_value) return std::move(branch.value);
  if (branch.elements.empty()) {
    Node map(Node::Kind::map, branch.place);
    for (auto& [name, child] : branch.keys) {
      const Place place = child->place;
      Node value = to_node(*child, join_path(path, name));
      map.add(std::move(name), place, std::move(value));
    }
    return map;
  }
  if (!branch.keys.empty() || branch.is_map)
    report_.error(branch.place, path, "the key is a list in one line and a map in another");
  Node list(Node::Kind::list, branch.place);
  for (auto& [number, child] : branch.elements) {
    const std::size_t expected = list.elements().size();
    if (number != expected) {
      report_.error(child->place, path,
                    "element " + std::to_string(number) + " is there and element " +
                        std::to_string(expected) + " is not; elements are counted from 0 without a gap");
      break;
    }
    list.elements().push_back(to_node(*child, join_path(path, std::to_string(number))));
  }
  return list;
}

void Dotted::finish(Node& root) {
  for (auto& [name, child] : root_.keys) {
    const Place place = child->place;
    Node value = to_node(*child, name);
    root.add(std::move(name), place, std::move(value));
  }
}

}  // namespace ngo::config
