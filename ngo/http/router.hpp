// Which handler a method and a path belong to.
//
// Patterns are made of whole segments: "/articles/{id}/comments", "/files/{path...}". At each segment a
// literal beats a parameter beats the rest, from left to right, and a choice that leads nowhere is taken
// back. Among the patterns that match, the first that answers the method wins; when none does, all that match
// say what is allowed. A trailing slash is a segment of its own: "/a" and "/a/" are two paths. A parameter is
// never empty; the rest may be ("/files/" but not "/files"). Patterns are written decoded; a request's path
// is decoded once, by segment, so that %2F stays inside its parameter. A match visits no node twice and
// allocates only when the path has escapes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/http/method.hpp"

namespace ngo::http {

// A pattern taken apart.
struct RoutePattern {
  struct Segment {
    enum class Kind : std::uint8_t { literal, parameter, rest };
    Kind kind;
    std::string text;  // the literal, or the name
  };
  std::vector<Segment> segments;        // "/" is one empty literal
  std::vector<std::string> parameters;  // the names, in order

  // Throws Error{invalid_argument} that explains the mistake.
  [[nodiscard]] static RoutePattern parse(std::string_view pattern);
};

struct RouteEntry {
  MethodSet methods;
  std::string pattern;                  // as it was registered; the route's name in metrics and logs
  std::vector<std::string> parameters;  // names, in order
  std::size_t payload = 0;              // the caller's
  std::source_location place;
};

// What a look-up found. Reusable; the values point into the path that was looked up, or into the match itself
// when that path had escapes, so both must outlive them.
class RouteMatch {
 public:
  RouteMatch() = default;
  RouteMatch(const RouteMatch&) = delete;
  RouteMatch& operator=(const RouteMatch&) = delete;

  enum class Kind : std::uint8_t { not_found, method_not_allowed, found };
  static constexpr std::size_t kMaxParameters = 16;

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  // The route, when found.
  [[nodiscard]] const RouteEntry& route() const noexcept { return *route_; }
  // For a path that exists but not with this method: what `Allow` lists, HEAD (where GET is) and OPTIONS
  // included.
  [[nodiscard]] MethodSet allowed() const noexcept { return allowed_; }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::string_view name(std::size_t index) const noexcept { return route_->parameters[index]; }
  // The decoded value of parameter `index` < size(). When it needs decoding it is written to `storage`.
  [[nodiscard]] std::string_view value(std::size_t index, std::string& storage) const;
  [[nodiscard]] std::string value(std::size_t index) const;
  // The index of the parameter of that name; size() when the route has none.
  [[nodiscard]] std::size_t index_of(std::string_view name) const noexcept;

 private:
  friend class Router;
  Kind kind_ = Kind::not_found;
  bool escaped_ = false;  // the values hold the escapes %25 and %2F, which kept their meaning apart
  std::uint8_t size_ = 0;
  MethodSet allowed_;
  const RouteEntry* route_ = nullptr;
  std::string decoded_;  // the path when it had escapes: all decoded but %25 and %2F
  std::array<std::string_view, kMaxParameters> values_;
};

// Filled at start, then read by all threads. Patterns that are wrong or that another route has taken already
// are collected as problems, so that a start-up can report all of them at once.
class Router {
 public:
  Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  ~Router();

  // Registers `pattern` for each of `methods`. `payload` is the caller's and comes back in the match.
  // GET answers HEAD as well, unless HEAD is registered for the same pattern.
  void add(MethodSet methods, std::string_view pattern, std::size_t payload,
           std::source_location place = std::source_location::current());

  // One sentence for each wrong pattern and each conflict, with the places (file:line) of both registrations.
  [[nodiscard]] const std::vector<std::string>& problems() const noexcept { return problems_; }
  // All routes without a problem, in order of registration.
  [[nodiscard]] const std::deque<RouteEntry>& routes() const noexcept { return routes_; }
  // Every method that some route answers, HEAD and OPTIONS included: the answer to `OPTIONS *`.
  [[nodiscard]] MethodSet methods() const noexcept { return methods_; }

  // Looks up a path (RequestHead::path(), already checked by the parser). Returns match.kind().
  RouteMatch::Kind match(Method method, std::string_view path, RouteMatch& match) const;

 private:
  struct Node;
  struct Edge;
  struct Endpoint;
  struct Search;

  [[nodiscard]] const Edge* find_edge(std::uint32_t from, std::string_view text) const noexcept;
  void add_edge(std::uint32_t from, std::string_view text, std::uint32_t to);
  void insert(const Edge& edge) noexcept;
  std::uint32_t endpoint_of(const RoutePattern& pattern);

  std::vector<Node> nodes_;          // 0 is the root
  std::vector<Endpoint> endpoints_;  // 0 is none
  std::vector<Edge> edges_;          // a hash table of (node, literal segment) to node
  std::size_t edge_count_ = 0;
  std::string texts_;  // of the edges
  std::deque<RouteEntry> routes_;
  std::vector<std::string> problems_;
  MethodSet methods_;
};

}  // namespace ngo::http
