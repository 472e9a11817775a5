#include "ngo/config/node.hpp"

#include <utility>

#include "ngo/base/text.hpp"

namespace ngo::config {

std::string Place::to_string() const {
  if (source == nullptr) return {};
  if (line == 0) return *source;
  return *source + ":" + std::to_string(line) + ":" + std::to_string(column);
}

Node::Node() noexcept = default;
Node::Node(Kind kind, Place place) noexcept : kind_(kind), place_(std::move(place)) {}
Node::Node(std::string text, bool plain, Place place) noexcept
    : kind_(Kind::scalar), plain_(plain), place_(std::move(place)), text_(std::move(text)) {}
Node::Node(const Node&) = default;
Node::Node(Node&&) noexcept = default;
Node& Node::operator=(const Node&) = default;
Node& Node::operator=(Node&&) noexcept = default;
Node::~Node() = default;

std::string_view Node::kind_name() const noexcept {
  switch (kind_) {
    case Kind::null: return "nothing";
    case Kind::scalar: return "a single value";
    case Kind::list: return "a list";
    case Kind::map: return "a map";
  }
  return {};
}

void Node::set_text(std::string text) noexcept { text_ = std::move(text); }

const Node::Entry* Node::find(std::string_view key) const noexcept {
  const Entry* other_spelling = nullptr;
  for (const Entry& entry : entries_) {
    if (entry.key == key) return &entry;
    if (other_spelling == nullptr && same_name(entry.key, key)) other_spelling = &entry;
  }
  return other_spelling;
}

Node::Entry* Node::find(std::string_view key) noexcept {
  return const_cast<Entry*>(std::as_const(*this).find(key));
}

Node& Node::add(std::string key, Place key_place, Node value) {
  return entries_.emplace_back(Entry{std::move(key), std::move(key_place), std::move(value)}).value;
}

void Node::merge(Node over) {
  if (is_map() && over.is_map()) {
    for (Entry& entry : over.entries_) {
      if (Entry* const mine = find(entry.key)) {
        mine->value.merge(std::move(entry.value));
      } else {
        entries_.push_back(std::move(entry));
      }
    }
    return;
  }
  if (over.is_null() && (is_map() || is_list())) return;
  std::vector<Place> shadows = std::move(shadows_);
  if (place_.source != nullptr) shadows.insert(shadows.begin(), std::move(place_));
  *this = std::move(over);
  shadows_ = std::move(shadows);
}

std::shared_ptr<const std::string> source_name(std::string name) {
  return std::make_shared<const std::string>(std::move(name));
}

}  // namespace ngo::config
