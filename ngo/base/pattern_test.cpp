#include "ngo/base/pattern.hpp"

#include <gtest/gtest.h>

#include "ngo/base/error.hpp"

namespace ngo {
namespace {

struct Row {
  const char* expression;
  const char* text;
  bool matches;
};

TEST(Pattern, MatchesTheWholeText) {
  const Row rows[] = {
      {"", "", true},
      {"", "a", false},
      {"abc", "abc", true},
      {"abc", "abcd", false},
      {"abc", "xabc", false},
      {"^abc$", "abc", true},
      {"a*", "", true},
      {"a*", "aaaa", true},
      {"a+", "", false},
      {"a+b", "aab", true},
      {"a?b", "b", true},
      {"a?b", "aab", false},
      {"a|b", "a", true},
      {"a|b", "b", true},
      {"a|b|cd", "cd", true},
      {"a|b", "ab", false},
      {"|a", "", true},
      {"(ab|c)+d", "abcabd", true},
      {"(ab|c)+d", "d", false},
      {"x*(a|b)y", "xxby", true},
      {"(?:ab)*", "abab", true},
      {"(a*)*", "aaa", true},
      {"(a|b*)*c", "abbac", true},
      {"(a*|b)+", "", true},
      {".", "\xE5\xBC\xA0", true},
      {"..", "\xE5\xBC\xA0", false},
      {".", "\n", true},
      {"[abc]", "b", true},
      {"[a-c0-9]+", "a0c9", true},
      {"[^a-c]+", "xyz", true},
      {"[^a-c]+", "xaz", false},
      {"[]a]+", "]a", true},
      {"[a-]+", "a-", true},
      {"[\\d_]+", "1_2", true},
      {"[^\\d]", "1", false},
      {"[\\]]", "]", true},
      {"\\d{4}-\\d{2}", "2024-02", true},
      {"\\d{4}-\\d{2}", "2024-2", false},
      {"a{2,}", "a", false},
      {"a{2,}", "aaaa", true},
      {"a{0,2}", "", true},
      {"a{0,2}", "aaa", false},
      {"a{0}b", "b", true},
      {"(a|bc){2,3}", "abc", true},
      {"(a|bc){2,3}", "bc", false},
      {"(a|bc){2,3}", "bcabca", false},
      {"((a|b){2}c){2}", "abcbac", true},
      {"\\w+@\\w+\\.\\w+", "ada@example.org", true},
      {"\\s\\S", " x", true},
      {"\\D\\W", "a!", true},
      {"\\.\\*\\\\", ".*\\", true},
      {"\\t\\n", "\t\n", true},
      {"[\xE4\xB8\x80-\xE9\xBF\xBF]+", "\xE5\xBC\xA0\xE4\xB8\x89", true},
      {"a$|b$", "b", false},
  };
  for (const Row& row : rows) {
    try {
      EXPECT_EQ(Pattern(row.expression).matches(row.text), row.matches)
          << row.expression << " on " << row.text;
    } catch (const Error& error) {
      EXPECT_STREQ(row.expression, "a$|b$") << error.message();
    }
  }
}

TEST(Pattern, InvalidUtf8NeverMatches) { EXPECT_FALSE(Pattern(".*").matches("a\xFF")); }

TEST(Pattern, MistakesSayWhere) {
  const std::pair<const char*, const char*> rows[] = {
      {"a(b", "\"(\" without \")\""},
      {"a)b", "\")\" without \"(\""},
      {"[a", "\"[\" without \"]\""},
      {"*a", "nothing to repeat"},
      {"a**", "one repetition after another"},
      {"a{,3}", "expected a number"},
      {"a{3", "\"{\" without \"}\""},
      {"a{3,1}", "is above the greatest"},
      {"a{2000}", "at most 1000"},
      {"(a{900}){900}", "too large"},
      {"\\q", "no escape \"\\q\""},
      {"a\\", "at the end"},
      {"[z-a]", "lower character"},
      {"[\\d-z]", "single character"},
      {"a^b", "only at the ends"},
      {"(?=a)", "not supported"},
      {"(\xFF)", "invalid UTF-8"},
  };
  for (const auto& [expression, what] : rows) {
    try {
      Pattern unexpected(expression);
      ADD_FAILURE() << expression;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::invalid_argument);
      EXPECT_NE(error.message().find(what), std::string::npos) << expression << ": " << error.message();
    }
  }
}

TEST(Pattern, DeepNestingIsRefusedInsteadOfOverflowingTheStack) {
  EXPECT_THROW(Pattern(std::string(100'000, '(')), Error);
  EXPECT_THROW(Pattern(std::string(60, '(') + "a" + std::string(60, ')')), Error);
}

TEST(Pattern, HostileTextCostsNoMoreThanItsLength) {
  // Backtracking would take longer than the age of the universe over this.
  EXPECT_FALSE(Pattern("(a*)*b").matches(std::string(20'000, 'a')));
  EXPECT_FALSE(Pattern("(a|aa)+").matches(std::string(20'000, 'a') + "b"));
}

}  // namespace
}  // namespace ngo
