// Which byte may stand where, as one table of flags: RFC 9110 sections 5.5 and 5.6.2, RFC 3986 section 2.
// For the sources of this room only.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace ngo::http::detail {

// Flags that mark what a byte must not be part of come first: a scan ORs the flags of all bytes and looks
// once.
inline constexpr std::uint8_t kNotPath = 1;          // neither pchar nor "/" nor "%"
inline constexpr std::uint8_t kNotQuery = 2;         // neither of those nor "?"
inline constexpr std::uint8_t kNotBrowserQuery = 4;  // nor one of [ ] { } | \ ^ `
inline constexpr std::uint8_t kPercentOrDot = 8;     // "%" or ".": the path needs a closer look
inline constexpr std::uint8_t kToken = 16;           // tchar
inline constexpr std::uint8_t kFieldValue = 32;      // VCHAR, obs-text, SP, HTAB
inline constexpr std::uint8_t kRegisteredName = 64;  // unreserved and sub-delims, not "%"
inline constexpr std::uint8_t kHexDigit = 128;

namespace table {

constexpr bool is_one_of(unsigned byte, std::string_view set) noexcept {
  return byte < 128 && set.find(static_cast<char>(byte)) != std::string_view::npos;
}

constexpr std::array<std::uint8_t, 256> make() noexcept {
  std::array<std::uint8_t, 256> flags{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    const bool digit = byte >= '0' && byte <= '9';
    const bool alpha = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    const bool name = digit || alpha || is_one_of(byte, "-._~!$&'()*+,;=");
    const bool path = name || is_one_of(byte, ":@/%");
    const bool query = path || byte == '?';
    unsigned set = 0;
    if (!path) set |= kNotPath;
    if (!query) set |= kNotQuery;
    if (!query && !is_one_of(byte, "[]{}|\\^`")) set |= kNotBrowserQuery;
    if (byte == '%' || byte == '.') set |= kPercentOrDot;
    if (digit || alpha || is_one_of(byte, "!#$%&'*+-.^_`|~")) set |= kToken;
    if (byte == '\t' || (byte >= 0x20 && byte != 0x7f)) set |= kFieldValue;
    if (name) set |= kRegisteredName;
    if (digit || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F')) set |= kHexDigit;
    flags[byte] = static_cast<std::uint8_t>(set);
  }
  return flags;
}

inline constexpr std::array<std::uint8_t, 256> kFlags = make();

}  // namespace table

[[nodiscard]] constexpr std::uint8_t flags_of(char byte) noexcept {
  return table::kFlags[static_cast<unsigned char>(byte)];
}
[[nodiscard]] constexpr bool has(char byte, std::uint8_t flag) noexcept {
  return (flags_of(byte) & flag) != 0;
}
[[nodiscard]] constexpr bool is_digit(char byte) noexcept { return byte >= '0' && byte <= '9'; }
[[nodiscard]] constexpr bool is_whitespace(char byte) noexcept { return byte == ' ' || byte == '\t'; }

// Only of the letters A to Z, whatever the locale.
[[nodiscard]] constexpr char to_lower(char byte) noexcept {
  return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + ('a' - 'A')) : byte;
}

// The value of a hexadecimal digit.
[[nodiscard]] constexpr unsigned hex_value(char digit) noexcept {
  return is_digit(digit) ? static_cast<unsigned>(digit - '0')
                         : static_cast<unsigned>(to_lower(digit) - 'a') + 10U;
}

// Whether `text` has a whole percent escape at `at`.
[[nodiscard]] constexpr bool is_escape(std::string_view text, std::size_t at) noexcept {
  return at + 2 < text.size() && has(text[at + 1], kHexDigit) && has(text[at + 2], kHexDigit);
}
[[nodiscard]] constexpr char escaped_byte(std::string_view text, std::size_t at) noexcept {
  return static_cast<char>(hex_value(text[at + 1]) << 4U | hex_value(text[at + 2]));
}

}  // namespace ngo::http::detail
