#include "ngo/config/node.hpp"

#include <unordered_map>
#include <utility>

#include "ngo/base/text.hpp"

namespace ngo::config {

std::string Place::to_string() const {
  if (source == nullptr) return {};
  if (line == 0) return *source;
  return *source + ":" + std::to_string(line) + ":" + std::to_string(column);
}

namespace {

constexpr std::size_t kLargeMap = 32;  // entries from which on looking at each of them is dear

}  // namespace

struct Node::Index::Places {
  std::unordered_map<std::string, std::vector<std::uint32_t>> by_name;  // in one spelling
};

Node::Index::Index() noexcept = default;
Node::Index::Index(const Index& /*other*/) noexcept {}
Node::Index::Index(Index&&) noexcept = default;
Node::Index& Node::Index::operator=(const Index& other) noexcept {
  if (this != &other) forget();
  return *this;
}
Node::Index& Node::Index::operator=(Index&&) noexcept = default;
Node::Index::~Index() = default;

void Node::Index::forget() noexcept { places_.reset(); }
void Node::Index::begin() { places_ = std::make_unique<Places>(); }
void Node::Index::add(std::string_view key, std::size_t place) {
  places_->by_name[plain_name(key)].push_back(static_cast<std::uint32_t>(place));
}

const Node::Entry* Node::Index::find(const std::vector<Entry>& entries, std::string_view key) const {
  const auto found = places_->by_name.find(plain_name(key));
  if (found == places_->by_name.end()) return nullptr;
  for (const std::uint32_t place : found->second) {
    if (entries[place].key == key) return &entries[place];
  }
  return &entries[found->second.front()];
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

const Node::Entry* Node::find(std::string_view key) const {
  if (index_.there()) return index_.find(entries_, key);
  const Entry* other_spelling = nullptr;
  for (const Entry& entry : entries_) {
    if (entry.key == key) return &entry;
    if (other_spelling == nullptr && same_name(entry.key, key)) other_spelling = &entry;
  }
  return other_spelling;
}

Node::Entry* Node::find(std::string_view key) { return const_cast<Entry*>(std::as_const(*this).find(key)); }

Node& Node::add(std::string key, Place key_place, Node value) {
  Node& added = entries_.emplace_back(Entry{std::move(key), std::move(key_place), std::move(value)}).value;
  if (index_.there()) {
    index_.add(entries_.back().key, entries_.size() - 1);
  } else if (entries_.size() == kLargeMap) {
    index_entries();
  }
  return added;
}

void Node::index_entries() {
  index_.begin();
  for (std::size_t i = 0; i < entries_.size(); ++i) index_.add(entries_[i].key, i);
}

void Node::merge(Node over) {
  if (is_map() && over.is_map()) {
    if (!index_.there() && entries_.size() >= kLargeMap && over.entries_.size() > 1) index_entries();
    for (Entry& entry : over.entries_) {
      if (Entry* const mine = find(entry.key)) {
        mine->value.merge(std::move(entry.value));
      } else {
        add(std::move(entry.key), std::move(entry.key_place), std::move(entry.value));
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
