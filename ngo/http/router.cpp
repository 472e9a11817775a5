#include "ngo/http/router.hpp"

#include <cstring>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/http/characters_impl.hpp"

namespace ngo::http {
namespace {

// Stands for a node in edges that lead from a whole path without parameters straight to its endpoint. Such a
// path beats every other pattern at the first segment where they differ, so it may be asked for first.
constexpr std::uint32_t kWholePath = 0xffffffffU;

std::uint64_t load(const char* from, std::size_t size) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, from, size);
  return word;
}

std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

// Reads only bytes of `text`, in words that may overlap. Patterns are the program's own, so nobody can choose
// what collides; a request can only miss.
std::uint64_t hash_of(std::uint32_t from, std::string_view text) noexcept {
  constexpr std::uint64_t kA = 0x9e3779b97f4a7c15U;
  constexpr std::uint64_t kB = 0xd1b54a32d192ed03U;
  const char* data = text.data();
  std::size_t size = text.size();
  std::uint64_t state = mix(kA ^ from, kB ^ size);
  for (; size > 16; size -= 16, data += 16) state = mix(load(data, 8) ^ kA, load(data + 8, 8) ^ state);
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  if (size >= 8) {
    first = load(data, 8);
    last = load(data + size - 8, 8);
  } else if (size >= 4) {
    first = load(data, 4);
    last = load(data + size - 4, 4);
  } else if (size > 0) {
    first = static_cast<unsigned char>(data[0]);
    last = load(data + size / 2, 1) << 8U | load(data + size - 1, 1);
  }
  return mix(first ^ kB, last ^ state);
}

bool equal(const char* a, const char* b, std::size_t size) noexcept {
  if (size >= 8) {
    for (std::size_t at = 0; at + 8 <= size; at += 8) {
      if (load(a + at, 8) != load(b + at, 8)) return false;
    }
    return load(a + size - 8, 8) == load(b + size - 8, 8);
  }
  if (size >= 4) return load(a, 4) == load(b, 4) && load(a + size - 4, 4) == load(b + size - 4, 4);
  for (std::size_t at = 0; at < size; ++at) {
    if (a[at] != b[at]) return false;
  }
  return true;
}

// Decodes all escapes but those of "/" and "%", which are unified in spelling: what they mean must not be
// mixed up with the separators of segments and with further escapes. A percent sign that begins no escape
// stands for itself.
void decode_but_slash_and_percent(std::string_view path, std::string& out) {
  out.clear();
  for (std::size_t at = 0; at < path.size(); ++at) {
    char byte = path[at];
    const bool escape = byte == '%' && detail::is_escape(path, at);
    if (escape) {
      byte = detail::escaped_byte(path, at);
      at += 2;
    }
    if (byte == '%') {
      out += "%25";
    } else if (byte == '/' && escape) {
      out += "%2F";
    } else {
      out += byte;
    }
  }
}

std::string describe(const std::source_location& place) {
  return std::string(place.file_name()) + ":" + std::to_string(place.line());
}

}  // namespace

// Which route answers which method where a pattern ends.
struct Router::Endpoint {
  std::array<const RouteEntry*, kMethodCount + 1> routes{};  // null for Method::unknown
  MethodSet allowed;

  [[nodiscard]] const RouteEntry* find(Method method) const noexcept {
    const RouteEntry* route = routes[static_cast<std::size_t>(method)];
    if (route == nullptr && method == Method::head) route = routes[static_cast<std::size_t>(Method::get)];
    return route;
  }
};

struct Router::Node {
  bool has_literals = false;    // an edge leads on
  std::uint32_t parameter = 0;  // the node behind "{name}"
  std::uint32_t end = 0;        // the endpoint of the pattern that ends here
  std::uint32_t rest = 0;       // the endpoint of the pattern that ends with "{name...}" here
};

struct Router::Edge {
  std::uint64_t hash = 0;
  std::uint32_t from = 0;
  std::uint32_t to = 0;  // 0: an empty slot
  std::uint32_t text = 0;
  std::uint32_t length = 0;
};

Router::Router() : nodes_(1), endpoints_(1), edges_(16) {}
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

const Router::Edge* Router::find_edge(std::uint32_t from, std::string_view text) const noexcept {
  const std::uint64_t hash = hash_of(from, text);
  const std::size_t mask = edges_.size() - 1;
  for (std::size_t slot = hash & mask; edges_[slot].to != 0; slot = (slot + 1) & mask) {
    const Edge& edge = edges_[slot];
    if (edge.hash == hash && edge.from == from && edge.length == text.size() &&
        equal(texts_.data() + edge.text, text.data(), text.size())) {
      return &edge;
    }
  }
  return nullptr;
}

void Router::insert(const Edge& edge) noexcept {
  const std::size_t mask = edges_.size() - 1;
  std::size_t slot = edge.hash & mask;
  while (edges_[slot].to != 0) slot = (slot + 1) & mask;
  edges_[slot] = edge;
}

void Router::add_edge(std::uint32_t from, std::string_view text, std::uint32_t to) {
  if (++edge_count_ * 2 > edges_.size()) {
    std::vector<Edge> old(edges_.size() * 2);
    old.swap(edges_);
    for (const Edge& edge : old) {
      if (edge.to != 0) insert(edge);
    }
  }
  const Edge edge{hash_of(from, text), from, to, static_cast<std::uint32_t>(texts_.size()),
                  static_cast<std::uint32_t>(text.size())};
  texts_ += text;
  insert(edge);
}

// The endpoint where a pattern of this shape ends, made when it is the first.
std::uint32_t Router::endpoint_of(const RoutePattern& pattern) {
  using Kind = RoutePattern::Segment::Kind;
  const auto new_node = [this] {
    nodes_.emplace_back();
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  };
  std::uint32_t node = 0;
  bool rest = false;
  std::string whole;
  for (const RoutePattern::Segment& segment : pattern.segments) {
    if (segment.kind == Kind::literal) {
      whole.append("/").append(segment.text);
      const Edge* edge = find_edge(node, segment.text);
      const std::uint32_t next = edge != nullptr ? edge->to : new_node();
      if (edge == nullptr) add_edge(node, segment.text, next);
      nodes_[node].has_literals = true;
      node = next;
    } else if (segment.kind == Kind::parameter) {
      const std::uint32_t next = nodes_[node].parameter != 0 ? nodes_[node].parameter : new_node();
      nodes_[node].parameter = next;
      node = next;
    } else {
      rest = true;
    }
  }
  std::uint32_t& endpoint = rest ? nodes_[node].rest : nodes_[node].end;
  if (endpoint == 0) {
    endpoints_.emplace_back();
    endpoint = static_cast<std::uint32_t>(endpoints_.size() - 1);
    if (pattern.parameters.empty()) add_edge(kWholePath, whole, endpoint);
  }
  return endpoint;
}

void Router::add(MethodSet methods, std::string_view pattern, std::size_t payload,
                 std::source_location place) {
  const std::string shown = "route \"" + std::string(pattern) + "\" (" + describe(place) + ")";
  if (methods.empty() || methods.contains(Method::unknown)) {
    problems_.push_back(shown + ": its methods must be some of " + MethodSet::all().to_string());
    return;
  }
  RoutePattern parsed;
  try {
    parsed = RoutePattern::parse(pattern);
  } catch (const Error& error) {
    problems_.push_back(shown + ": " + error.message());
    return;
  }
  Endpoint& endpoint = endpoints_[endpoint_of(parsed)];
  bool conflict = false;
  for (std::size_t index = 0; index < kMethodCount; ++index) {
    const RouteEntry* taken = endpoint.routes[index];
    const auto method = static_cast<Method>(index);
    if (taken == nullptr || !methods.contains(method)) continue;
    problems_.push_back(shown + ": " + std::string(to_string(method)) + " is already answered by \"" +
                        taken->pattern + "\" (" + describe(taken->place) + ")");
    conflict = true;
  }
  if (conflict) return;

  routes_.push_back({methods, std::string(pattern), std::move(parsed.parameters), payload, place});
  endpoint.allowed |= methods | Method::options;
  if (methods.contains(Method::get)) endpoint.allowed |= Method::head;
  for (std::size_t index = 0; index < kMethodCount; ++index) {
    if (methods.contains(static_cast<Method>(index))) endpoint.routes[index] = &routes_.back();
  }
  methods_ |= endpoint.allowed;
}

// One look-up. The nodes form a tree, so it comes to each of them by one way and at one place of the path
// only.
struct Router::Search {
  const Router& router;
  Method method;
  std::string_view path;
  RouteMatch& match;

  bool accept(std::uint32_t endpoint, std::size_t values) const noexcept {
    if (endpoint == 0) return false;
    const Endpoint& end = router.endpoints_[endpoint];
    match.route_ = end.find(method);
    if (match.route_ == nullptr) {
      match.allowed_ |= end.allowed;
      return false;
    }
    match.kind_ = RouteMatch::Kind::found;
    match.size_ = static_cast<std::uint8_t>(values);
    return true;
  }

  // Tries all below `node` on the segments from `begin` on, with the first `values` values settled.
  bool walk(const Node& node, std::size_t begin, std::size_t values) const noexcept {
    const void* slash = std::memchr(path.data() + begin, '/', path.size() - begin);
    const std::size_t end = slash != nullptr
                                ? static_cast<std::size_t>(static_cast<const char*>(slash) - path.data())
                                : path.size();
    const std::string_view segment(path.data() + begin, end - begin);
    const auto go_on = [&](const Node& next, std::size_t settled) {
      return end == path.size() ? accept(next.end, settled) : walk(next, end + 1, settled);
    };
    if (node.has_literals) {
      const Edge* edge = router.find_edge(static_cast<std::uint32_t>(&node - router.nodes_.data()), segment);
      if (edge != nullptr && go_on(router.nodes_[edge->to], values)) return true;
    }
    if (node.parameter != 0 && !segment.empty()) {
      match.values_[values] = segment;
      if (go_on(router.nodes_[node.parameter], values + 1)) return true;
    }
    if (node.rest == 0) return false;
    match.values_[values] = path.substr(begin);
    return accept(node.rest, values + 1);
  }
};

RouteMatch::Kind Router::match(Method method, std::string_view path, RouteMatch& match) const {
  match.kind_ = RouteMatch::Kind::not_found;
  match.escaped_ = false;
  match.size_ = 0;
  match.allowed_ = MethodSet();
  match.route_ = nullptr;
  if (path.empty() || path.front() != '/') return match.kind_;
  if (std::memchr(path.data(), '%', path.size()) != nullptr) {
    decode_but_slash_and_percent(path, match.decoded_);
    path = match.decoded_;
    match.escaped_ = true;
  }
  const Search search{*this, method, path, match};
  if (const Edge* whole = find_edge(kWholePath, path); whole != nullptr && search.accept(whole->to, 0)) {
    return match.kind_;
  }
  if (!search.walk(nodes_[0], 1, 0) && !match.allowed_.empty())
    match.kind_ = RouteMatch::Kind::method_not_allowed;
  return match.kind_;
}

std::string_view RouteMatch::value(std::size_t index, std::string& storage) const {
  const std::string_view raw = values_[index];
  if (!escaped_ || raw.find('%') == std::string_view::npos) return raw;
  storage.clear();
  for (std::size_t at = 0; at < raw.size(); ++at) {
    const bool escape = raw[at] == '%' && detail::is_escape(raw, at);
    storage += escape ? detail::escaped_byte(raw, at) : raw[at];
    if (escape) at += 2;
  }
  return storage;
}

std::string RouteMatch::value(std::size_t index) const {
  std::string storage;
  return std::string(value(index, storage));
}

std::size_t RouteMatch::index_of(std::string_view name) const noexcept {
  std::size_t index = 0;
  while (index < size_ && route_->parameters[index] != name) ++index;
  return index;
}

}  // namespace ngo::http
