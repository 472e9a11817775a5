// Recognises a field name among the known ones with one multiplication, one table look-up and one compare of
// 32 bytes. For the sources of this room only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "ngo/http/headers.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ngo::http::detail {

inline constexpr std::array<std::string_view, kKnownHeaderCount> kHeaderNames = {
    "",
    "accept",
    "accept-encoding",
    "accept-language",
    "authorization",
    "baggage",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "cookie",
    "date",
    "expect",
    "forwarded",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "max-forwards",
    "origin",
    "proxy-authorization",
    "range",
    "referer",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "x-request-id",
    "x-request-timeout",
};

inline constexpr std::size_t kPaddedName = 32;

// A name in lower case, and what to OR onto a candidate before the two are compared: 0x20 where a letter
// stands (it folds the case), nothing where "-" stands (else CR would pass for it), everything behind the
// name.
struct alignas(16) HeaderPattern {
  std::array<unsigned char, kPaddedName> lower{};
  std::array<unsigned char, kPaddedName> fold{};
};

constexpr std::uint32_t header_key(char first, char last, std::size_t length) noexcept {
  return (static_cast<std::uint32_t>(static_cast<unsigned char>(first)) | 0x20U) |
         (static_cast<std::uint32_t>(static_cast<unsigned char>(last)) | 0x20U) << 8U |
         static_cast<std::uint32_t>(length & 31U) << 16U;
}

struct HeaderIndex {
  std::uint32_t multiplier = 0;
  std::array<std::uint8_t, 256> slots{};  // to the number of the only name that may be there
  std::array<HeaderPattern, kKnownHeaderCount> patterns{};

  [[nodiscard]] constexpr std::size_t slot(char first, char last, std::size_t length) const noexcept {
    return (header_key(first, last, length) * multiplier) >> 24U;
  }
};

constexpr bool fill_slots(HeaderIndex& index) noexcept {
  index.slots = {};
  for (std::size_t number = 1; number < kKnownHeaderCount; ++number) {
    const std::string_view name = kHeaderNames[number];
    std::uint8_t& slot = index.slots[index.slot(name.front(), name.back(), name.size())];
    if (slot != 0) return false;
    slot = static_cast<std::uint8_t>(number);
  }
  return true;
}

constexpr HeaderIndex make_header_index() noexcept {
  HeaderIndex index;
  index.multiplier = 0x9e3779b1U;
  while (!fill_slots(index)) index.multiplier = index.multiplier * 0x2c1b3c6dU + 0x297a2d39U;
  for (std::size_t number = 0; number < kKnownHeaderCount; ++number) {
    HeaderPattern& pattern = index.patterns[number];
    for (std::size_t at = 0; at < kPaddedName; ++at) {
      const std::string_view name = kHeaderNames[number];
      const bool behind = at >= name.size();
      pattern.lower[at] = behind ? 0xff : static_cast<unsigned char>(name[at]);
      pattern.fold[at] = behind ? 0xff : (name[at] == '-' ? 0 : 0x20);
    }
  }
  return index;
}

inline constexpr HeaderIndex kHeaderIndex = make_header_index();

// The known header of the `length` > 0 bytes at `name`. Reads 16 bytes there, 32 when the name is longer
// than 16.
inline KnownHeader recognise_header(const char* name, std::size_t length) noexcept {
  const std::size_t number = kHeaderIndex.slots[kHeaderIndex.slot(name[0], name[length - 1], length)];
  if (kHeaderNames[number].size() != length) return KnownHeader::other;
  const HeaderPattern& pattern = kHeaderIndex.patterns[number];
#if defined(__SSE2__)
  const auto half_differs = [&](std::size_t at) {
    const auto load = [](const void* from) { return _mm_loadu_si128(static_cast<const __m128i*>(from)); };
    const __m128i folded = _mm_or_si128(load(name + at), load(pattern.fold.data() + at));
    return _mm_movemask_epi8(_mm_cmpeq_epi8(folded, load(pattern.lower.data() + at))) != 0xffff;
  };
  if (half_differs(0) || (length > 16 && half_differs(16))) return KnownHeader::other;
#else
  for (std::size_t at = 0; at < length; ++at) {
    if ((static_cast<unsigned char>(name[at]) | pattern.fold[at]) != pattern.lower[at])
      return KnownHeader::other;
  }
#endif
  return static_cast<KnownHeader>(number);
}

}  // namespace ngo::http::detail
