#include "ngo/base/utf8.hpp"

#include <gtest/gtest.h>

namespace ngo {
namespace {

TEST(Utf8, AcceptsExactlyTheWellFormedSequences) {
  // Every code point, encoded by arithmetic, is valid; the surrogates are not.
  for (char32_t c = 0; c <= 0x10FFFF; c += c < 0x3000 ? 1 : 97) {
    std::string text;
    append_utf8(text, c);
    const bool surrogate = c >= 0xD800 && c <= 0xDFFF;
    ASSERT_EQ(is_utf8(text), !surrogate) << static_cast<unsigned>(c);
    std::string_view rest = text;
    if (!surrogate) {
      ASSERT_EQ(take_code_point(rest), c);
    }
  }
  for (const char* bad : {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC3", "\xE0\x80\x80", "\xE0\x9F\xBF",
                          "\xE4\xB8", "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF",
                          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xF0\x9F\x98"}) {
    EXPECT_FALSE(is_utf8(bad));
    EXPECT_FALSE(is_utf8(std::string("long enough for blocks ") + bad));
  }
}

TEST(Utf8, SaysWhereTheFirstMistakeIs) {
  EXPECT_EQ(find_invalid_utf8("0123456789\xE5\xBC\xA0\xFFz"), 13U);
  EXPECT_EQ(find_invalid_utf8("0123456\x80"), 7U);
  EXPECT_EQ(find_invalid_utf8(""), std::string_view::npos);
}

TEST(Utf8, IsCutBetweenTwoCharacters) {
  const std::string_view text = "a\xE5\xBC\xA0z";
  EXPECT_EQ(cut_utf8(text, 9), text);
  EXPECT_EQ(cut_utf8(text, 4), "a\xE5\xBC\xA0");
  EXPECT_EQ(cut_utf8(text, 3), "a");
  EXPECT_EQ(cut_utf8(text, 2), "a");
  EXPECT_EQ(cut_utf8(text, 0), "");
  EXPECT_EQ(cut_utf8("\x80\x80\x80", 2), "");
}

TEST(Utf8, AMistakeTakesItsLongestPossiblePrefix) {
  std::string_view text = "\xF0\x9F\x98(";
  EXPECT_EQ(take_code_point(text), kNoCodePoint);
  EXPECT_EQ(text, "(");
  text = "\xED\xA0\x80";
  EXPECT_EQ(take_code_point(text), kNoCodePoint);
  EXPECT_EQ(text.size(), 2U);
}

TEST(Utf8, CountsCharacters) {
  EXPECT_EQ(count_code_points("a\xC3\xA9\xE5\xBC\xA0\xF0\x9F\x98\x80\xFF"), 5U);
}

}  // namespace
}  // namespace ngo
