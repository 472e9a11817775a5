// Finding where the parts of a message head end, sixteen bytes at a time where the machine can. For the
// sources of this room only.
#pragma once

#include <cstddef>

#include "ngo/http/characters_impl.hpp"
#include "ngo/http/known_header_impl.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ngo::http::detail {

// Ends of scans, as predicates on one byte and, with SSE2, on sixteen.
struct EndsValue {  // a control other than HTAB
  static bool holds(char byte) noexcept { return !has(byte, kFieldValue); }
#if defined(__SSE2__)
  static __m128i holds(__m128i bytes) noexcept {
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    const __m128i tab = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
    return _mm_or_si128(_mm_andnot_si128(tab, low), _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f)));
  }
#endif
};

struct EndsTarget {  // whatever is no visible ASCII
  static bool holds(char byte) noexcept { return static_cast<unsigned char>(byte - 0x21) >= 0x7f - 0x21; }
#if defined(__SSE2__)
  static __m128i holds(__m128i bytes) noexcept {  // signed: obs-text is below the space
    return _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x21)),
                        _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f)));
  }
#endif
};

struct EndsName {
  static bool holds(char byte) noexcept { return byte == ':'; }
#if defined(__SSE2__)
  static __m128i holds(__m128i bytes) noexcept { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(':')); }
#endif
};

// The first byte of [at, end) for which End holds, or `end`. `begin` <= `at` is readable as well: the last
// few bytes are looked at in a load that reaches back.
template <class End>
const char* find(const char* begin, const char* at, const char* end) noexcept {
#if defined(__SSE2__)
  const auto ends = [](const char* from) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    return static_cast<unsigned>(_mm_movemask_epi8(End::holds(bytes)));
  };
  for (; end - at >= 16; at += 16) {
    if (const unsigned found = ends(at)) return at + __builtin_ctz(found);
  }
  if (at != end && end - begin >= 16) {
    const unsigned found = ends(end - 16) >> (16 - (end - at));
    return found != 0 ? at + __builtin_ctz(found) : end;
  }
#else
  static_cast<void>(begin);
#endif
  while (at != end && !End::holds(*at)) ++at;
  return at;
}

inline const char* find_not_token(const char* at, const char* end) noexcept {
  while (at != end && has(*at, kToken)) ++at;
  return at;
}

inline KnownHeader recognise(const char* name, std::size_t length, const char* end) noexcept {
  if (length >= kPaddedName) return KnownHeader::other;
  if (end - name >= (length > 16 ? 32 : 16)) return recognise_header(name, length);
  return known_header({name, length});
}

}  // namespace ngo::http::detail
