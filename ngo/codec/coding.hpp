// The content codings of HTTP (RFC 9110, 8.4.1) that ngo knows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ngo {

enum class Coding : std::uint8_t { identity, gzip, br, zstd };
inline constexpr std::size_t kCodingCount = 4;

inline constexpr std::array<std::string_view, kCodingCount> kCodingNames = {"identity", "gzip", "br", "zstd"};
// What a file in that coding is called behind its own name.
inline constexpr std::array<std::string_view, kCodingCount> kCodingSuffixes = {"", ".gz", ".br", ".zst"};

[[nodiscard]] constexpr std::string_view to_string(Coding coding) noexcept {
  return kCodingNames[static_cast<std::size_t>(coding)];
}

}  // namespace ngo
