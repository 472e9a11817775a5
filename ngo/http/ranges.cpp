#include "ngo/http/ranges.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "ngo/base/text.hpp"
#include "ngo/http/headers.hpp"

namespace ngo::http {
namespace {

constexpr std::string_view kUnit = "bytes=";

// The digits at the front; nothing when there are none or the number is too large.
std::optional<std::uint64_t> take_number(std::string_view& rest) {
  std::uint64_t number = 0;
  auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (error != std::errc()) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return number;
}

// One int-range or suffix-range. False: malformed. A range outside of the representation has the length 0.
bool read_range(std::string_view text, std::uint64_t size, ByteRange& range) {
  if (text.starts_with('-')) {
    text.remove_prefix(1);
    std::optional<std::uint64_t> last = take_number(text);
    if (!last || !text.empty()) return false;
    range.length = std::min(*last, size);
    range.offset = size - range.length;
    return true;
  }
  std::optional<std::uint64_t> first = take_number(text);
  text = trim_whitespace(text);
  if (!first || !text.starts_with('-')) return false;
  text = trim_whitespace(text.substr(1));
  std::uint64_t end = size;
  if (!text.empty()) {
    std::optional<std::uint64_t> last = take_number(text);
    if (!last || !text.empty() || *last < *first) return false;
    end = *last < size ? *last + 1 : size;
  }
  range.offset = *first;
  range.length = *first < end ? end - *first : 0;
  return true;
}

// Joins what overlaps or is nearly adjacent; leaves the order alone when there is no such pair.
void coalesce(std::vector<ByteRange>& ranges) {
  std::vector<ByteRange> sorted = ranges;
  std::sort(sorted.begin(), sorted.end(),
            [](const ByteRange& a, const ByteRange& b) { return a.offset < b.offset; });
  std::vector<ByteRange> joined;
  for (const ByteRange& range : sorted) {
    if (!joined.empty() && range.offset <= joined.back().offset + joined.back().length + kRangeGap) {
      std::uint64_t end = std::max(joined.back().offset + joined.back().length, range.offset + range.length);
      joined.back().length = end - joined.back().offset;
    } else {
      joined.push_back(range);
    }
  }
  if (joined.size() != ranges.size()) ranges = std::move(joined);
}

}  // namespace

RangeSet parse_ranges(std::string_view field, std::uint64_t size) {
  RangeSet set;
  if (field.size() <= kUnit.size() || !equals_ignoring_case(field.substr(0, kUnit.size()), kUnit)) return set;
  std::string_view rest = field.substr(kUnit.size());
  std::uint64_t asked = 0;
  std::size_t count = 0;
  for (std::string_view member; next_list_member(rest, member);) {
    ByteRange range;
    if (!read_range(member, size, range)) return RangeSet{RangeSet::Kind::unsatisfiable, {}};
    if (++count > kMostRanges) return RangeSet();
    // Of nothing, everything is nothing: an empty representation is sent as it is.
    if (size == 0 && range.offset == 0) return RangeSet();
    if (range.length == 0) continue;
    // Asking for more than there is can only be meant to make the server work.
    if (range.length > size - asked) return RangeSet();
    asked += range.length;
    set.ranges.push_back(range);
  }
  if (set.ranges.empty()) return RangeSet{RangeSet::Kind::unsatisfiable, {}};
  set.kind = RangeSet::Kind::partial;
  if (set.ranges.size() > 1) coalesce(set.ranges);
  return set;
}

std::string content_range(const ByteRange& range, std::uint64_t size) {
  return "bytes " + std::to_string(range.offset) + "-" + std::to_string(range.offset + range.length - 1) +
         "/" + std::to_string(size);
}

}  // namespace ngo::http
