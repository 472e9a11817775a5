#include "ngo/base/text.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace ngo {
namespace {

TEST(Text, ComparesWithoutCaseOnlyInAsciiLetters) {
  EXPECT_TRUE(equals_ignoring_case("Content-TYPE", "content-type"));
  EXPECT_FALSE(equals_ignoring_case("content_type", "content-type"));
  EXPECT_TRUE(equals_ignoring_case("", ""));
  EXPECT_FALSE(equals_ignoring_case("@", "`"));
  EXPECT_FALSE(equals_ignoring_case("[", "{"));
  EXPECT_FALSE(equals_ignoring_case("\r", "-"));
  EXPECT_FALSE(equals_ignoring_case("\xc4", "\xe4"));
  EXPECT_FALSE(equals_ignoring_case("a", "ab"));
}

TEST(Text, TakesAllSpellingsOfANameAsOne) {
  EXPECT_TRUE(same_name("maxBodySize", "max-body-size"));
  EXPECT_TRUE(same_name("max_body_size", "MAXBODYSIZE"));
  EXPECT_TRUE(same_name("name_", "name"));
  EXPECT_FALSE(same_name("maxBodySize", "maxBodySizes"));
  EXPECT_FALSE(same_name("port", ""));
}

TEST(Text, WritesNamesInCamelCase) {
  EXPECT_EQ(to_camel_case("max_body_size"), "maxBodySize");
  EXPECT_EQ(to_camel_case("max-body-size"), "maxBodySize");
  EXPECT_EQ(to_camel_case("maxBodySize"), "maxBodySize");
  EXPECT_EQ(to_camel_case("_port"), "port");
}

TEST(Text, TrimsBlanksAndLineEnds) {
  EXPECT_EQ(trim(" \t a b \r\n"), "a b");
  EXPECT_EQ(trim(" \n "), "");
}

TEST(Text, ListsNamesForASentence) {
  const std::vector<std::string> names = {"a", "b", "c\n"};
  EXPECT_EQ(join(names, ", "), "a, b, c\n");
  EXPECT_EQ(list_or(names), R"("a", "b" or "c\n")");
  EXPECT_EQ(list_or({}), "none");
}

}  // namespace
}  // namespace ngo
