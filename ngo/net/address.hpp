// Where a socket is: an IPv4 or IPv6 address with a port, or the path of a Unix socket. A value.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct sockaddr;

namespace ngo::net {

class Address {
 public:
  enum class Family : std::uint8_t { none, ipv4, ipv6, unix_path };

  Address() = default;

  // A numeric address ("127.0.0.1", "::1", "[::1]", "0.0.0.0"; "localhost" is 127.0.0.1) or "unix:/path". No
  // name is looked up. Throws Error{invalid_argument} that says what an address looks like.
  static Address parse(std::string_view host, std::uint16_t port);
  static Address from_native(const sockaddr* address, unsigned length) noexcept;
  // A numeric IPv4 or IPv6 address, without brackets, or nothing.
  static std::optional<Address> parse_numeric(std::string_view text, std::uint16_t port = 0) noexcept;
  // 4 or 16 bytes in network order; none of any other number.
  static Address from_bytes(std::span<const std::uint8_t> bytes, std::uint16_t port) noexcept;

  [[nodiscard]] Family family() const noexcept { return family_; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] bool is_loopback() const noexcept;
  // In network order, 4 or 16 of them; empty for a Unix socket.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const noexcept {
    return std::span(bytes_).first(family_ == Family::ipv4 ? 4 : (family_ == Family::ipv6 ? 16 : 0));
  }
  // The path of a Unix socket; empty otherwise.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  // "127.0.0.1", "::1", "unix:/path".
  [[nodiscard]] std::string host() const;
  // "127.0.0.1:8080", "[::1]:8080", "unix:/path".
  [[nodiscard]] std::string to_string() const;

  // Fills a sockaddr_storage and returns the length to give to the kernel.
  unsigned to_native(void* storage) const noexcept;

  friend bool operator==(const Address&, const Address&) = default;

 private:
  Family family_ = Family::none;
  std::uint16_t port_ = 0;
  std::array<std::uint8_t, 16> bytes_{};
  std::string path_;
};

}  // namespace ngo::net
