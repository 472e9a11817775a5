#include "ngo/http/forwarded.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "ngo/base/text.hpp"

namespace ngo::http {
namespace {

std::optional<bool> read_scheme(std::string_view text) noexcept {
  if (equals_ignoring_case(text, "https")) return true;
  if (equals_ignoring_case(text, "http")) return false;
  return std::nullopt;
}

// The last members of a list that may be spread over several fields, in their order. What is further to the
// left than that is not looked at. Only Forwarded knows quotation marks; an open one ends with its field.
class Members {
 public:
  Members(const HeaderTable& headers, KnownHeader name) {
    for (std::size_t at = headers.find(name, 0); at != HeaderTable::kNone; at = headers.find(name, at + 1)) {
      std::string_view rest = headers[at].value;
      if (name == KnownHeader::forwarded) {
        for (std::string_view member; next_list_member(rest, member);) add(member);
      } else {
        while (!rest.empty()) {
          const std::size_t comma = rest.find(',');
          add(trim_whitespace(rest.substr(0, comma)));
          rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
        }
      }
    }
  }
  // All that there were.
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::size_t kept() const noexcept { return count_ < kMost ? count_ : kMost; }
  // 0 is the last one.
  [[nodiscard]] std::string_view from_right(std::size_t index) const noexcept {
    return members_[(count_ - 1 - index) % kMost];
  }

 private:
  void add(std::string_view member) noexcept {
    if (!member.empty()) members_[count_++ % kMost] = member;
  }
  static constexpr std::size_t kMost = 32;
  std::array<std::string_view, kMost> members_;
  std::size_t count_ = 0;
};

Client walk_forwarded(Client client, const HeaderTable& headers, std::span<const net::Network> trusted) {
  const Members members(headers, KnownHeader::forwarded);
  for (std::size_t i = 0; i < members.kept() && net::contains(trusted, client.address); ++i) {
    const std::optional<ForwardedElement> element = parse_forwarded_element(members.from_right(i));
    if (!element) break;
    if (element->secure) client.secure = *element->secure;
    if (!element->from) break;
    client.address = *element->from;
  }
  return client;
}

Client walk_x_forwarded_for(Client client, const HeaderTable& headers,
                            std::span<const net::Network> trusted) {
  const Members members(headers, KnownHeader::x_forwarded_for);
  const Members schemes(headers, KnownHeader::x_forwarded_proto);
  // A proxy may add its own, or pass on or replace what is there: only with as many as addresses does each
  // belong to one.
  const bool paired = schemes.count() == members.count();
  if (schemes.count() > 0) client.secure = read_scheme(schemes.from_right(0)).value_or(client.secure);
  for (std::size_t i = 0; i < members.kept() && net::contains(trusted, client.address); ++i) {
    if (paired) client.secure = read_scheme(schemes.from_right(i)).value_or(client.secure);
    const std::optional<net::Address> from = parse_forwarded_address(members.from_right(i));
    if (!from) break;
    client.address = *from;
  }
  return client;
}

Client take_x_real_ip(Client client, const HeaderTable& headers) {
  const Members members(headers, KnownHeader::x_real_ip);
  const Members schemes(headers, KnownHeader::x_forwarded_proto);
  if (schemes.count() > 0) client.secure = read_scheme(schemes.from_right(0)).value_or(client.secure);
  if (members.count() > 0) {
    const std::optional<net::Address> from = parse_forwarded_address(members.from_right(0));
    if (from) client.address = *from;
  }
  return client;
}

// Takes `name=value` off; the value is a token or a quoted string. False: it is neither, or nothing.
bool next_pair(std::string_view& rest, std::string_view& name, std::string& value) {
  const std::size_t equals = rest.find('=');
  if (equals == std::string_view::npos) return false;
  name = trim_whitespace(rest.substr(0, equals));
  rest = trim_whitespace(rest.substr(equals + 1));
  if (!is_token(name) || rest.empty()) return false;
  value.clear();
  std::size_t at = 0;
  if (rest[0] != '"') {
    at = std::min(rest.find(';'), rest.size());
    value = trim_whitespace(rest.substr(0, at));
    if (!is_token(value)) return false;
  } else {
    for (at = 1; at < rest.size() && rest[at] != '"'; ++at) {
      if (rest[at] == '\\') ++at;
      if (at == rest.size()) return false;
      value += rest[at];
    }
    if (at == rest.size()) return false;
    ++at;
  }
  rest = trim_whitespace(rest.substr(at));
  if (rest.empty()) return true;
  if (rest[0] != ';') return false;
  rest = trim_whitespace(rest.substr(1));
  return true;
}

}  // namespace

std::optional<net::Address> parse_forwarded_address(std::string_view text) noexcept {
  std::string_view port;
  if (!text.empty() && text[0] == '[') {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    port = text.substr(end + 1);
    text = text.substr(1, end - 1);
    if (text.find(':') == std::string_view::npos) return std::nullopt;
  } else if (const std::size_t colon = text.find(':');
             colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
    port = text.substr(colon);
    text = text.substr(0, colon);
  }
  unsigned number = 0;
  if (!port.empty()) {
    if (port[0] != ':' || port.size() < 2 || port.size() > 6) return std::nullopt;
    for (char c : port.substr(1)) {
      if (!is_ascii_digit(c)) return std::nullopt;
      number = number * 10 + static_cast<unsigned>(c - '0');
    }
    if (number > 65535) return std::nullopt;
  }
  return net::Address::parse_numeric(text, static_cast<std::uint16_t>(number));
}

std::optional<ForwardedElement> parse_forwarded_element(std::string_view element) {
  ForwardedElement found;
  bool has_for = false;
  bool has_proto = false;
  std::string_view name;
  std::string value;
  std::string_view rest = trim_whitespace(element);
  if (rest.empty()) return std::nullopt;
  while (!rest.empty()) {
    if (!next_pair(rest, name, value)) return std::nullopt;
    if (equals_ignoring_case(name, "for")) {
      if (std::exchange(has_for, true)) return std::nullopt;
      found.from = parse_forwarded_address(value);
    } else if (equals_ignoring_case(name, "proto")) {
      if (std::exchange(has_proto, true)) return std::nullopt;
      found.secure = read_scheme(value);
    }
  }
  return found;
}

Client find_client(Client peer, const HeaderTable& headers, std::span<const net::Network> trusted,
                   ForwardedHeader source) {
  if (!net::contains(trusted, peer.address)) return peer;
  switch (source) {
    case ForwardedHeader::forwarded: return walk_forwarded(std::move(peer), headers, trusted);
    case ForwardedHeader::x_forwarded_for: return walk_x_forwarded_for(std::move(peer), headers, trusted);
    case ForwardedHeader::x_real_ip: return take_x_real_ip(std::move(peer), headers);
  }
  return peer;
}

}  // namespace ngo::http
