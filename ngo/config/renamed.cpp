#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "ngo/base/problem.hpp"
#include "ngo/config/renamed_impl.hpp"

namespace ngo::config {
namespace {

struct Renamed {
  std::string_view before;
  std::string_view now;
};

constexpr std::array<Renamed, 5> kRenamed = {{{"httpServer.accessLog", "httpServer.middlewares.accessLog"},
                                              {"httpServer.urlMetrics", "httpServer.middlewares.urlMetrics"},
                                              {"tracer", "tracing"},
                                              {"circuitbreaker", "sentinel"},
                                              {"miner", "multicache"}}};

// Where the entry of that path stands; null when there is none.
Node* holder_of(Node& root, std::string_view path, std::string_view& last) {
  Node* at = &root;
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    Node::Entry* const entry = at->find(path.substr(0, dot));
    if (entry == nullptr) return nullptr;
    at = &entry->value;
    path.remove_prefix(dot + 1);
  }
  last = path;
  return at->find(path) == nullptr ? nullptr : at;
}

// The same, made where it is missing; null where something else is in the way.
Node* make_holder(Node& root, std::string_view path, const Place& place, std::string_view& last) {
  Node* at = &root;
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    const std::string_view step = path.substr(0, dot);
    Node::Entry* const entry = at->find(step);
    at = entry != nullptr ? &entry->value : &at->add(std::string(step), place, Node(Node::Kind::map, place));
    if (at->is_null()) *at = Node(Node::Kind::map, place);
    if (!at->is_map()) return nullptr;
    path.remove_prefix(dot + 1);
  }
  last = path;
  return at;
}

}  // namespace

void rename_keys(Node& root, Report& report) {
  for (const Renamed& each : kRenamed) {
    std::string_view name;
    Node* const holder = holder_of(root, each.before, name);
    if (holder == nullptr) continue;
    Node::Entry* const entry = holder->find(name);
    Node::Entry moved = std::move(*entry);
    holder->entries().erase(holder->entries().begin() + (entry - holder->entries().data()));
    report.warn(moved.key_place, std::string(each.before),
                "this key is called " + in_quotes(each.now) + " now; it is read from there");
    Node* const target = make_holder(root, each.now, moved.key_place, name);
    if (target == nullptr) continue;
    if (Node::Entry* const there = target->find(name)) {
      Node winner = std::move(there->value);
      there->value = std::move(moved.value);
      there->value.merge(std::move(winner));
    } else {
      target->add(std::string(name), moved.key_place, std::move(moved.value));
    }
  }
}

}  // namespace ngo::config
