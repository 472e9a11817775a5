// The Range field against every size: what comes out lies inside, is bounded in number and in sum, and does
// not overlap once it has been joined.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "ngo/http/ranges.hpp"

namespace {

void want(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const std::uint64_t total =
      (data[0] | static_cast<std::uint64_t>(data[1]) << 8U) * (1 + (data[2] & 1U) * 1'000'000);
  std::string_view field(reinterpret_cast<const char*>(data) + 3, size - 3);
  ngo::http::RangeSet set = ngo::http::parse_ranges(field, total);
  want(set.ranges.size() <= ngo::http::kMostRanges);
  want(set.ranges.empty() == (set.kind != ngo::http::RangeSet::Kind::partial));
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < set.ranges.size(); ++i) {
    const ngo::http::ByteRange& range = set.ranges[i];
    want(range.length > 0 && range.offset < total && range.length <= total - range.offset);
    sum += range.length;
    for (std::size_t j = 0; j < i; ++j) {
      const ngo::http::ByteRange& other = set.ranges[j];
      want(range.offset >= other.offset + other.length || other.offset >= range.offset + range.length);
    }
    want(!ngo::http::content_range(range, total).empty());
  }
  want(sum <= total);
  return 0;
}
