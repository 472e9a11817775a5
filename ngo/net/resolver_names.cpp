#include <algorithm>
#include <random>

#include "ngo/base/error.hpp"
#include "ngo/net/resolver_impl.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo::net {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The last label of no name is a number: "10.1" or "256.0.0.1" is a mistaken address.
bool ends_in_number(std::string_view name) {
  const std::string_view last = name.substr(name.rfind('.') + 1);
  return std::all_of(last.begin(), last.end(), is_digit);
}

bool is_host_name(std::string_view name) {
  constexpr std::size_t kLongest = 253;
  constexpr std::size_t kLongestLabel = 63;
  if (name.empty() || name.size() > kLongest || ends_in_number(name)) return false;
  std::size_t label = 0;
  for (char c : name) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
    } else if (is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_') {
      if (++label > kLongestLabel) return false;
    } else {
      return false;
    }
  }
  return label > 0;
}

bool is_under(std::string_view name, std::string_view top) {
  return name.ends_with(top) && (name.size() == top.size() || name[name.size() - top.size() - 1] == '.');
}

}  // namespace

std::string canonical_host_name(std::string_view text, bool& complete) {
  complete = text.ends_with('.');
  std::string name(complete ? text.substr(0, text.size() - 1) : text);
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (is_host_name(name)) return name;
  throw Error(Code::invalid_argument,
              "\"" + std::string(text) +
                  "\" is no host; right are names of letters, digits, - and _ such as db.example.com "
                  "(international ones as xn--...), and addresses such as 127.0.0.1 or ::1");
}

std::optional<Address> literal_address(std::string_view host) noexcept {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    std::optional<Address> inner = Address::parse_numeric(host.substr(1, host.size() - 2));
    return inner && inner->family() == Address::Family::ipv6 ? inner : std::nullopt;
  }
  return Address::parse_numeric(host);
}

std::vector<Address> of_family(const std::vector<Address>& addresses, Family family) {
  std::vector<Address> found;
  for (const Address& address : addresses) {
    const bool six = address.family() == Address::Family::ipv6;
    if (family == Family::any || six == (family == Family::ipv6)) found.push_back(address);
  }
  return found;
}

// Literal addresses, the names of this machine, the hosts file, and what never has an address.
std::optional<Resolved> Resolver::State::without_asking(const std::string& host,
                                                        const std::optional<Address>& literal,
                                                        const std::string& name, Family family) {
  Resolved found;
  found.name = literal ? host : name;
  found.ttl = Duration::max();
  if (literal) {
    found.addresses = {*literal};
  } else if (is_under(name, "localhost")) {  // RFC 6761, section 6.3
    found.addresses = {*Address::parse_numeric("::1"), *Address::parse_numeric("127.0.0.1")};
  } else if (const std::vector<Address> listed = hosts_.find(name, loop_.now()); !listed.empty()) {
    found.addresses = of_family(listed, Family::ipv6);
    for (Address& address : of_family(listed, Family::ipv4)) found.addresses.push_back(std::move(address));
    found.ttl = FileChange::kPause;
  } else if (is_under(name, "invalid")) {  // section 6.4
    throw Error(Code::not_found, "\"" + host + "\" is not known: names under .invalid never are")
        .with("host", host);
  } else {
    return std::nullopt;
  }
  found.addresses = of_family(found.addresses, family);
  if (found.addresses.empty()) throw unknown(host, {}, "has no address of that family");
  return found;
}

std::uint32_t random_up_to(std::uint32_t most) {
  static thread_local std::minstd_rand engine{std::random_device{}()};
  return std::uniform_int_distribution<std::uint32_t>(0, most)(engine);
}

void order_services(std::vector<Service>& services, FunctionRef<std::uint32_t(std::uint32_t)> random) {
  // Those without weight first within a priority, so that they have a small chance beside the others.
  std::sort(services.begin(), services.end(), [](const Service& a, const Service& b) {
    return a.priority != b.priority ? a.priority < b.priority : a.weight < b.weight;
  });
  for (auto next = services.begin(); next != services.end(); ++next) {
    std::uint32_t total = 0;
    auto end = next;
    for (; end != services.end() && end->priority == next->priority; ++end) total += end->weight;
    const std::uint32_t chosen = random(total);
    std::uint32_t sum = 0;
    auto winner = next;
    for (; winner != end; ++winner) {
      sum += winner->weight;
      if (sum >= chosen) break;
    }
    // The others keep their order.
    std::rotate(next, winner, winner + 1);
  }
}

}  // namespace ngo::net
