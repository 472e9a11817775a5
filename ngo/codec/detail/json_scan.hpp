// Scanning JSON strings eight bytes at a time.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ngo::json::detail {

inline constexpr std::uint64_t kOnes = 0x0101010101010101;
inline constexpr std::uint64_t kHighBits = 0x8080808080808080;

inline std::uint64_t load_word(const char* from) {
  std::uint64_t word = 0;
  std::memcpy(&word, from, sizeof(word));
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

// The high bit of the first byte that cannot stand in a string as it is (quote, backslash, control character)
// is set; bits below it are clear, bits above it mean nothing.
inline std::uint64_t special_bytes(std::uint64_t word) {
  const std::uint64_t quote = word ^ (kOnes * '"');
  const std::uint64_t backslash = word ^ (kOnes * '\\');
  return (((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash) | ((word - kOnes * 0x20) & ~word)) &
         kHighBits;
}

inline bool is_special(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

// The first special byte in [from, end), or end. `high` gets bits set when a byte of 0x80 or above may be
// before it.
inline const char* find_special(const char* from, const char* end, std::uint64_t& high) {
  while (end - from >= 8) {
    const std::uint64_t word = load_word(from);
    high |= word & kHighBits;
    if (const std::uint64_t special = special_bytes(word); special != 0)
      return from + (std::countr_zero(special) >> 3);
    from += 8;
  }
  for (; from < end && !is_special(*from); ++from) high |= static_cast<unsigned char>(*from) & 0x80U;
  return from;
}

}  // namespace ngo::json::detail
