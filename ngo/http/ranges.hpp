// Which bytes of a representation a Range field asks for (RFC 9110, section 14). Kept from hostile sets: too
// many ranges, or more bytes than there are, are answered with the whole; ranges that overlap or lie close
// together become one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ngo::http {

struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;  // never 0
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

struct RangeSet {
  enum class Kind : std::uint8_t {
    whole,          // as if the field were not there
    partial,        // 206 with these
    unsatisfiable,  // 416: malformed, or outside of the representation
  };
  Kind kind = Kind::whole;
  std::vector<ByteRange> ranges;  // in the order asked for, unless some were joined: then ascending
};

inline constexpr std::size_t kMostRanges = 32;
// A gap smaller than the head of a part is sent rather than skipped.
inline constexpr std::uint64_t kRangeGap = 80;

// Reads the field's value for a representation of `size` bytes. Another unit than bytes: whole.
[[nodiscard]] RangeSet parse_ranges(std::string_view field, std::uint64_t size);

// "bytes 0-99/1234"
[[nodiscard]] std::string content_range(const ByteRange& range, std::uint64_t size);

}  // namespace ngo::http
