#include "ngo/net/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "ngo/base/error.hpp"

namespace ngo::net {

Address Address::parse(std::string_view host, std::uint16_t port) {
  Address address;
  if (host.substr(0, 5) == "unix:") {
    address.family_ = Family::unix_path;
    address.path_ = host.substr(5);
    if (address.path_.empty() || address.path_.size() >= sizeof(sockaddr_un::sun_path)) {
      throw Error(Code::invalid_argument, "\"" + std::string(host) +
                                              "\": the path of a Unix socket has 1 to " +
                                              std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes");
    }
    return address;
  }
  address.port_ = port;
  std::string text(host == "localhost" ? "127.0.0.1" : host);
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  if (inet_pton(AF_INET, text.c_str(), address.bytes_.data()) == 1) {
    address.family_ = Family::ipv4;
  } else if (inet_pton(AF_INET6, text.c_str(), address.bytes_.data()) == 1) {
    address.family_ = Family::ipv6;
  } else {
    throw Error(Code::invalid_argument,
                "\"" + std::string(host) +
                    "\" is no address; right are 127.0.0.1, 0.0.0.0, ::1, localhost or unix:/path");
  }
  return address;
}

Address Address::from_native(const sockaddr* native, unsigned length) noexcept {
  Address address;
  if (native->sa_family == AF_INET && length >= sizeof(sockaddr_in)) {
    const auto* ipv4 = reinterpret_cast<const sockaddr_in*>(native);
    address.family_ = Family::ipv4;
    address.port_ = ntohs(ipv4->sin_port);
    std::memcpy(address.bytes_.data(), &ipv4->sin_addr, 4);
  } else if (native->sa_family == AF_INET6 && length >= sizeof(sockaddr_in6)) {
    const auto* ipv6 = reinterpret_cast<const sockaddr_in6*>(native);
    address.family_ = Family::ipv6;
    address.port_ = ntohs(ipv6->sin6_port);
    std::memcpy(address.bytes_.data(), &ipv6->sin6_addr, 16);
  } else if (native->sa_family == AF_UNIX) {
    address.family_ = Family::unix_path;
    const auto* local = reinterpret_cast<const sockaddr_un*>(native);
    if (length > offsetof(sockaddr_un, sun_path)) {
      address.path_.assign(local->sun_path,
                           strnlen(local->sun_path, length - offsetof(sockaddr_un, sun_path)));
    }
  }
  return address;
}

std::optional<Address> Address::parse_numeric(std::string_view text, std::uint16_t port) noexcept {
  char copy[INET6_ADDRSTRLEN];
  if (text.size() >= sizeof copy || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  Address address;
  address.port_ = port;
  if (inet_pton(AF_INET, copy, address.bytes_.data()) == 1) {
    address.family_ = Family::ipv4;
  } else if (inet_pton(AF_INET6, copy, address.bytes_.data()) == 1) {
    address.family_ = Family::ipv6;
  } else {
    return std::nullopt;
  }
  return address;
}

Address Address::from_bytes(std::span<const std::uint8_t> bytes, std::uint16_t port) noexcept {
  Address address;
  if (bytes.size() != 4 && bytes.size() != 16) return address;
  address.family_ = bytes.size() == 4 ? Family::ipv4 : Family::ipv6;
  address.port_ = port;
  std::memcpy(address.bytes_.data(), bytes.data(), bytes.size());
  return address;
}

unsigned Address::to_native(void* storage) const noexcept {
  if (family_ == Family::ipv4) {
    auto* native = new (storage) sockaddr_in{};
    native->sin_family = AF_INET;
    native->sin_port = htons(port_);
    std::memcpy(&native->sin_addr, bytes_.data(), 4);
    return sizeof *native;
  }
  if (family_ == Family::ipv6) {
    auto* native = new (storage) sockaddr_in6{};
    native->sin6_family = AF_INET6;
    native->sin6_port = htons(port_);
    std::memcpy(&native->sin6_addr, bytes_.data(), 16);
    return sizeof *native;
  }
  auto* native = new (storage) sockaddr_un{};
  native->sun_family = AF_UNIX;
  std::memcpy(native->sun_path, path_.c_str(), path_.size() + 1);
  return static_cast<unsigned>(offsetof(sockaddr_un, sun_path) + path_.size() + 1);
}

bool Address::is_loopback() const noexcept {
  constexpr std::array<std::uint8_t, 16> kLoopback6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  if (family_ == Family::ipv4) return bytes_[0] == 127;
  if (family_ == Family::ipv6) {
    constexpr std::array<std::uint8_t, 12> kMapped4 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::memcmp(bytes_.data(), kMapped4.data(), kMapped4.size()) == 0) return bytes_[12] == 127;
    return bytes_ == kLoopback6;
  }
  return family_ == Family::unix_path;
}

std::string Address::host() const {
  char text[INET6_ADDRSTRLEN] = "";
  switch (family_) {
    case Family::ipv4: return inet_ntop(AF_INET, bytes_.data(), text, sizeof text);
    case Family::ipv6: return inet_ntop(AF_INET6, bytes_.data(), text, sizeof text);
    case Family::unix_path: return "unix:" + path_;
    case Family::none: break;
  }
  return "-";
}

std::string Address::to_string() const {
  if (family_ == Family::ipv4) return host() + ":" + std::to_string(port_);
  if (family_ == Family::ipv6) return "[" + host() + "]:" + std::to_string(port_);
  return host();
}

}  // namespace ngo::net
