// Scanning and comparing JSON text in blocks instead of bytes. SSE2 belongs to every x86-64; elsewhere eight
// bytes at a time in an ordinary register do.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ngo::json::detail {

inline constexpr std::uint64_t kOnes = 0x0101010101010101;
inline constexpr std::uint64_t kHighBits = 0x8080808080808080;

template <class Word>
Word load_raw(const char* from) {
  Word word = 0;
  std::memcpy(&word, from, sizeof(word));
  return word;
}

// In the order of the bytes: the first is the lowest.
inline std::uint64_t load_word(const char* from) {
  const auto word = load_raw<std::uint64_t>(from);
  return std::endian::native == std::endian::big ? __builtin_bswap64(word) : word;
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

#if defined(__SSE2__)
// One bit for each of sixteen bytes: special bytes, and in `high` those of 0x80 and above.
inline unsigned special_of_16(const char* from, unsigned& high) {
  const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  const __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
  const __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1F)), block);
  high = static_cast<unsigned>(_mm_movemask_epi8(block));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), control)));
}
#endif

// The first special byte in [from, end), or end. `high` becomes nonzero when a byte of 0x80 or above may be
// before it.
inline const char* find_special(const char* from, const char* end, std::uint64_t& high) {
#if defined(__SSE2__)
  while (end - from >= 16) {
    unsigned high_bytes = 0;
    const unsigned special = special_of_16(from, high_bytes);
    if (special != 0) {
      const int index = std::countr_zero(special);
      high |= high_bytes & ((1U << index) - 1);
      return from + index;
    }
    high |= high_bytes;
    from += 16;
  }
#endif
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

// Copies text that needs neither escapes nor a look at its UTF-8; false when it needs one, and then what was
// copied means nothing. Writes exactly `length` bytes. `kNoDelete`: the control character 0x7F, which JSON
// lets pass, needs one too.
template <bool kNoDelete = false>
bool copy_plain(char* to, const char* from, std::size_t length) {
  std::uint64_t found = 0;
  // Without high bits only 0x7F gets one by the addition.
  const auto look_at = [&](std::uint64_t word) {
    found |= special_bytes(word) | (word & kHighBits);
    if constexpr (kNoDelete) found |= (word + kOnes) & kHighBits;
  };
  const auto eight = [&](std::size_t at) {
    const auto word = load_raw<std::uint64_t>(from + at);
    look_at(word);
    std::memcpy(to + at, &word, sizeof(word));
  };
  if (length >= 8) {
    std::size_t i = 0;
#if defined(__SSE2__)
    for (; i + 16 <= length; i += 16) {
      unsigned high = 0;
      found |= special_of_16(from + i, high);
      found |= high;
      if constexpr (kNoDelete) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i));
        found |= static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(0x7F))));
      }
      std::memcpy(to + i, from + i, 16);
    }
#endif
    for (; i + 8 <= length; i += 8) eight(i);
    if (i < length) eight(length - 8);  // overlaps what was copied before
    return found == 0;
  }
  if (length >= 4) {
    const auto first = load_raw<std::uint32_t>(from);
    const auto last = load_raw<std::uint32_t>(from + length - 4);
    look_at(std::uint64_t{last} << 32 | first);
    std::memcpy(to, &first, 4);
    std::memcpy(to + length - 4, &last, 4);
    return found == 0;
  }
  for (std::size_t i = 0; i < length; ++i) {
    found |= (is_special(from[i]) ? 1U : 0U) | (static_cast<unsigned char>(from[i]) & 0x80U);
    if constexpr (kNoDelete) found |= from[i] == '\x7F' ? 1U : 0U;
    to[i] = from[i];
  }
  return found == 0;
}

// Whether two texts of the same length, 4 bytes at least, are equal; short ones in two comparisons.
inline bool equal(const char* a, const char* b, std::size_t length) {
  if (length > 16) return std::memcmp(a, b, length) == 0;
  if (length >= 8) {
    return load_raw<std::uint64_t>(a) == load_raw<std::uint64_t>(b) &&
           load_raw<std::uint64_t>(a + length - 8) == load_raw<std::uint64_t>(b + length - 8);
  }
  return load_raw<std::uint32_t>(a) == load_raw<std::uint32_t>(b) &&
         load_raw<std::uint32_t>(a + length - 4) == load_raw<std::uint32_t>(b + length - 4);
}

}  // namespace ngo::json::detail
