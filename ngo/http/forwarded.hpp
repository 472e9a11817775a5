// Who asks, when proxies stand between: Forwarded (RFC 7239), X-Forwarded-For with X-Forwarded-Proto, and
// X-Real-IP. Anybody can send these headers, so they count only as far as each was written by a proxy that is
// trusted: the walk begins at the peer and goes from the right to the left for as long as it meets trusted
// addresses.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "ngo/http/headers.hpp"
#include "ngo/net/address.hpp"
#include "ngo/net/network.hpp"

namespace ngo::http {

// Which header the trusted proxies write. Another one that comes along is the client's own invention: proxies
// pass on what they do not know. So there is no way to believe more than one.
enum class ForwardedHeader : std::uint8_t { forwarded, x_forwarded_for, x_real_ip };

struct Client {
  net::Address address;
  bool secure = false;  // came by TLS
};

// `peer` is who the connection comes from, with what is known of it. What is wrong or unknown ("unknown",
// "_hidden") ends the walk at the proxy that said so.
[[nodiscard]] Client find_client(Client peer, const HeaderTable& headers,
                                 std::span<const net::Network> trusted, ForwardedHeader source);

// One element of a Forwarded field, without the names that do not matter here.
struct ForwardedElement {
  std::optional<net::Address> from;  // "for"; nothing when it is no address
  std::optional<bool> secure;        // "proto"; nothing when it is neither http nor https
};

// Nothing when it breaks the grammar. A name that comes twice does.
[[nodiscard]] std::optional<ForwardedElement> parse_forwarded_element(std::string_view element);

// "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80".
[[nodiscard]] std::optional<net::Address> parse_forwarded_address(std::string_view text) noexcept;

}  // namespace ngo::http
