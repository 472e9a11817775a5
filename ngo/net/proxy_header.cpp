#include "ngo/net/proxy_header.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace ngo::net {
namespace {

constexpr std::string_view kVersion1 = "PROXY ";
constexpr std::size_t kLongestLine = 107;
constexpr std::string_view kVersion2("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kFixedBytes = 16;

ProxyHeader broken(const char* why) noexcept {
  ProxyHeader header;
  header.state = ProxyHeader::State::broken;
  header.problem = why;
  return header;
}

ProxyHeader done(std::size_t size) noexcept {
  ProxyHeader header;
  header.state = ProxyHeader::State::done;
  header.size = size;
  return header;
}

// Takes the next word off the line; words are parted by exactly one space.
std::string_view next_word(std::string_view& rest) noexcept {
  const std::size_t space = rest.find(' ');
  const std::string_view word = rest.substr(0, space);
  rest.remove_prefix(space == std::string_view::npos ? rest.size() : space + 1);
  return word;
}

// 0 to 65535 without leading zeros.
std::optional<std::uint16_t> read_port(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  unsigned port = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    port = port * 10 + static_cast<unsigned>(c - '0');
  }
  if (port > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

// "PROXY TCP4 192.0.2.1 198.51.100.7 51234 443\r\n"
ProxyHeader parse_line(std::string_view bytes) noexcept {
  const std::string_view seen = bytes.substr(0, kLongestLine);
  const std::size_t end = seen.find("\r\n");
  if (end == std::string_view::npos) {
    return seen.size() == kLongestLine ? broken("the line has more than 107 bytes") : ProxyHeader();
  }
  ProxyHeader header = done(end + 2);
  std::string_view rest = seen.substr(kVersion1.size(), end - kVersion1.size());
  const std::string_view protocol = next_word(rest);
  if (protocol == "UNKNOWN") return header;
  if (protocol != "TCP4" && protocol != "TCP6") return broken("the protocol is none of TCP4, TCP6, UNKNOWN");
  const std::string_view source = next_word(rest);
  const std::string_view target = next_word(rest);
  const std::optional<std::uint16_t> source_port = read_port(next_word(rest));
  const std::optional<std::uint16_t> target_port = read_port(rest);
  if (!source_port || !target_port) return broken("a port is none");
  const std::optional<Address> from = Address::parse_numeric(source, *source_port);
  const std::optional<Address> to = Address::parse_numeric(target, *target_port);
  const Address::Family family = protocol == "TCP4" ? Address::Family::ipv4 : Address::Family::ipv6;
  if (!from || !to || from->family() != family || to->family() != family) return broken("an address is none");
  header.source = *from;
  return header;
}

unsigned byte_at(std::string_view bytes, std::size_t at) noexcept {
  return static_cast<unsigned char>(bytes[at]);
}
unsigned number_at(std::string_view bytes, std::size_t at) noexcept {
  return byte_at(bytes, at) << 8 | byte_at(bytes, at + 1);
}

// What follows the addresses: type, length and value, again and again. False: the last one is cut off.
bool read_extras(std::string_view rest, ProxyHeader& header) noexcept {
  constexpr unsigned kTls = 0x20;
  while (!rest.empty()) {
    if (rest.size() < 3) return false;
    const unsigned type = byte_at(rest, 0);
    const std::size_t length = number_at(rest, 1);
    if (rest.size() - 3 < length) return false;
    if (type == kTls && length > 0) header.secure = (byte_at(rest, 3) & 1) != 0;
    rest.remove_prefix(3 + length);
  }
  return true;
}

ProxyHeader parse_binary(std::string_view bytes) noexcept {
  if (bytes.size() < kFixedBytes) return {};
  const unsigned command = byte_at(bytes, 12);
  if (command != 0x20 && command != 0x21)
    return broken("the version is not 2, or its command neither LOCAL nor PROXY");
  const std::size_t length = number_at(bytes, 14);
  if (length > ProxyHeader::kLargest - kFixedBytes) return broken("the header has more than 4096 bytes");
  if (bytes.size() < kFixedBytes + length) return {};
  ProxyHeader header = done(kFixedBytes + length);
  if (command == 0x20) return header;

  const std::string_view content = bytes.substr(kFixedBytes, length);
  const unsigned transport = byte_at(bytes, 13);
  std::size_t address = 0;
  std::size_t both = 0;  // addresses with their ports
  switch (transport >> 4) {
    case 0: break;
    case 1: address = 4, both = 12; break;
    case 2: address = 16, both = 36; break;
    case 3: both = 216; break;
    default: return broken("the address family is not known");
  }
  if ((transport & 15) > 2) return broken("the transport is neither a stream nor datagrams");
  if (content.size() < both) return broken("the addresses are cut off");
  if (address > 0 && (transport & 15) == 1) {
    std::array<std::uint8_t, 16> from{};
    std::copy_n(content.begin(), address, from.begin());
    header.source = Address::from_bytes(std::span(from).first(address),
                                        static_cast<std::uint16_t>(number_at(content, 2 * address)));
  }
  if (!read_extras(content.substr(both), header)) return broken("what follows the addresses is cut off");
  return header;
}

}  // namespace

ProxyHeader parse_proxy_header(std::string_view bytes) noexcept {
  const auto begins_as = [&](std::string_view mark) {
    const std::size_t seen = std::min(mark.size(), bytes.size());
    return bytes.substr(0, seen) == mark.substr(0, seen);
  };
  if (begins_as(kVersion1)) return bytes.size() < kVersion1.size() ? ProxyHeader() : parse_line(bytes);
  if (begins_as(kVersion2)) return parse_binary(bytes);
  return broken("there is none");
}

}  // namespace ngo::net
