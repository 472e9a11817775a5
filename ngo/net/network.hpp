// A set of addresses with a common prefix (CIDR, RFC 4632): "10.0.0.0/8", "2001:db8::/32", a single address,
// or "unix" for whoever comes over a Unix socket. A value; a member of that type in an options struct is read
// from such a text. An IPv4 address that comes as IPv6 ("::ffff:10.1.2.3") is the IPv4 address.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ngo/base/type.hpp"
#include "ngo/net/address.hpp"

namespace ngo::net {

class Network {
 public:
  Network() = default;
  // Nothing when the text is no network, and then `problem` says what one looks like. Bits behind the prefix
  // are a mistake: "10.1.0.0/8" is most likely meant to be something else.
  static std::optional<Network> parse(std::string_view text, std::string& problem);

  [[nodiscard]] bool contains(const Address& address) const noexcept;
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const Network&, const Network&) = default;

 private:
  Address::Family family_ = Address::Family::none;
  std::uint8_t prefix_ = 0;  // bits
  std::array<std::uint8_t, 16> bytes_{};
};

[[nodiscard]] bool contains(std::span<const Network> networks, const Address& address) noexcept;

}  // namespace ngo::net

template <>
struct ngo::TextFormat<ngo::net::Network> {
  static constexpr std::string_view kName = "network";
  static void write(const net::Network& network, std::string& out) { out += network.to_string(); }
  static bool read(std::string_view text, net::Network& out, std::string& problem) {
    std::optional<net::Network> network = net::Network::parse(text, problem);
    if (network) out = *network;
    return network.has_value();
  }
};
