#include "ngo/net/network.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace ngo::net {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped4 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// The bytes of an address, those of an IPv4 address also where it is written as IPv6.
std::span<const std::uint8_t> plain_bytes(const Address& address) noexcept {
  std::span<const std::uint8_t> bytes = address.bytes();
  if (bytes.size() == 16 && std::equal(kMapped4.begin(), kMapped4.end(), bytes.begin()))
    return bytes.subspan(12);
  return bytes;
}

// What is left of byte `index` when only the first `prefix` bits of all count.
std::uint8_t mask_of(std::size_t index, unsigned prefix) noexcept {
  const std::size_t first = index * 8;
  if (prefix >= first + 8) return 0xff;
  if (prefix <= first) return 0;
  return static_cast<std::uint8_t>(0xff << (8 - (prefix - first)));
}

}  // namespace

std::optional<Network> Network::parse(std::string_view text, std::string& problem) {
  Network network;
  if (text == "unix") {
    network.family_ = Address::Family::unix_path;
    return network;
  }
  const std::size_t slash = text.find('/');
  const std::optional<Address> address = Address::parse_numeric(text.substr(0, slash));
  if (!address) {
    problem = in_quotes(text) + " is no network; right are 10.0.0.0/8, 192.0.2.1, 2001:db8::/32 or unix";
    return std::nullopt;
  }
  const std::span<const std::uint8_t> bytes = address->bytes();
  const unsigned longest = static_cast<unsigned>(bytes.size()) * 8;
  unsigned prefix = longest;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (error != std::errc() || end != digits.data() + digits.size() || prefix > longest) {
      problem = in_quotes(text) + ": behind the \"/\" of a network stands a number from 0 to " +
                std::to_string(longest);
      return std::nullopt;
    }
  }
  network.family_ = address->family();
  network.prefix_ = static_cast<std::uint8_t>(prefix);
  bool cut = false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    network.bytes_[i] = bytes[i] & mask_of(i, prefix);
    cut = cut || network.bytes_[i] != bytes[i];
  }
  if (cut) {
    problem = in_quotes(text) + " has bits behind its prefix; the network is " + network.to_string();
    return std::nullopt;
  }
  return network;
}

bool Network::contains(const Address& address) const noexcept {
  if (family_ == Address::Family::unix_path) return address.family() == Address::Family::unix_path;
  std::span<const std::uint8_t> bytes = plain_bytes(address);
  if (bytes.size() != (family_ == Address::Family::ipv4 ? 4U : 16U)) {
    // "::ffff:0:0/96" and longer are networks of IPv4 addresses, too.
    bytes = address.bytes();
    if (family_ != Address::Family::ipv6 || bytes.size() != 16) return false;
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if ((bytes[i] & mask_of(i, prefix_)) != bytes_[i]) return false;
  }
  return family_ != Address::Family::none;
}

std::string Network::to_string() const {
  if (family_ == Address::Family::unix_path) return "unix";
  const std::size_t size = family_ == Address::Family::ipv4 ? 4 : 16;
  std::string text = Address::from_bytes(std::span(bytes_).first(size), 0).host();
  if (prefix_ != size * 8) text += "/" + std::to_string(prefix_);
  return text;
}

bool contains(std::span<const Network> networks, const Address& address) noexcept {
  for (const Network& network : networks) {
    if (network.contains(address)) return true;
  }
  return false;
}

}  // namespace ngo::net
