#include "ngo/http/ranges.hpp"

#include <gtest/gtest.h>

namespace ngo::http {
namespace {

using Kind = RangeSet::Kind;

std::string shown(std::string_view field, std::uint64_t size) {
  RangeSet set = parse_ranges(field, size);
  if (set.kind == Kind::whole) return "whole";
  if (set.kind == Kind::unsatisfiable) return "416";
  std::string text;
  for (const ByteRange& range : set.ranges) {
    if (!text.empty()) text += ' ';
    text += std::to_string(range.offset) + "+" + std::to_string(range.length);
  }
  return text;
}

TEST(Ranges, TakesFirstToLastOpenEndsAndSuffixes) {
  EXPECT_EQ(shown("bytes=0-0", 1000), "0+1");
  EXPECT_EQ(shown("bytes=0-499", 1000), "0+500");
  EXPECT_EQ(shown("bytes=990-", 1000), "990+10");
  EXPECT_EQ(shown("bytes=-10", 1000), "990+10");
  EXPECT_EQ(shown("Bytes= 5 - 9 ", 1000), "5+5");
}

TEST(Ranges, CutsAtTheEndOfTheRepresentation) {
  EXPECT_EQ(shown("bytes=990-2000", 1000), "990+10");
  EXPECT_EQ(shown("bytes=-2000", 1000), "0+1000");
  EXPECT_EQ(shown("bytes=0-18446744073709551615", 1000), "0+1000");
}

TEST(Ranges, RefusesWhatLiesOutsideOrIsMalformed) {
  for (std::string_view field :
       {"bytes=1000-", "bytes=1000-1001", "bytes=-0", "bytes=,", "bytes=a", "bytes=1", "bytes=5-4",
        "bytes=1-2-3", "bytes=--1", "bytes=-", "bytes=0x1-2", "bytes=18446744073709551616-", "bytes=1-2;3-4",
        "bytes=+1-2", "bytes=1-2,x"}) {
    EXPECT_EQ(shown(field, 1000), "416") << field;
  }
}

TEST(Ranges, KeepsTheOrderOfSeveral) {
  EXPECT_EQ(shown("bytes=500-509, 0-9", 1000), "500+10 0+10");
  EXPECT_EQ(shown("bytes=0-9,5000-,-10", 1000), "0+10 990+10");
}

TEST(Ranges, JoinsWhatOverlapsOrIsCloseTogether) {
  EXPECT_EQ(shown("bytes=0-9,5-14", 1000), "0+15");
  EXPECT_EQ(shown("bytes=0-9,20-29", 1000), "0+30");
  EXPECT_EQ(shown("bytes=900-909,0-9,905-919", 1000), "0+10 900+20");
}

TEST(Ranges, SendsTheWholeToWhoAsksForTooMuch) {
  EXPECT_EQ(shown("bytes=0-,0-", 1000), "whole");
  std::string many = "bytes=0-0";
  for (std::size_t i = 1; i <= kMostRanges; ++i) many += ",0-0";
  EXPECT_EQ(shown(many, 1'000'000), "whole");
}

TEST(Ranges, IgnoresOtherUnitsAndRangesOfNothing) {
  EXPECT_EQ(shown("items=0-1", 1000), "whole");
  EXPECT_EQ(shown("byte", 1000), "whole");
  EXPECT_EQ(shown("bytes=", 1000), "whole");
  EXPECT_EQ(shown("bytes=0-", 0), "whole");
  EXPECT_EQ(shown("bytes=-5", 0), "whole");
  EXPECT_EQ(shown("bytes=1-", 0), "416");
}

TEST(Ranges, WritesContentRange) { EXPECT_EQ(content_range({5, 10}, 100), "bytes 5-14/100"); }

}  // namespace
}  // namespace ngo::http
