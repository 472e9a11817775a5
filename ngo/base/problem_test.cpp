#include "ngo/base/problem.hpp"

#include <gtest/gtest.h>

namespace ngo {
namespace {

TEST(Problem, APathIsAJsonPointer) {
  const Path root;
  EXPECT_EQ(root.pointer(), "");
  Path items(root, "items");
  Path second(items, 2U);
  EXPECT_EQ(Path(second, "a/b~c").pointer(), "/items/2/a~1b~0c");
  second.at("again");
  EXPECT_EQ(second.pointer(), "/items/again");
  EXPECT_EQ(Path(root, "").pointer(), "/");
  const std::string long_key = std::string(127, 'k') + "\xC3\xA9" + std::string(1000, 'k');
  EXPECT_EQ(Path(root, long_key).pointer(), "/" + std::string(127, 'k') + "...");
}

TEST(Problem, AListReadsAsOneLineEach) {
  EXPECT_EQ(to_string(Problems{{"/a", "type", "wrong"}, {"", "syntax", "broken"}}), "/a: wrong\nbroken");
  const InvalidInput error(Problems{{"/a", "type", "wrong"}});
  EXPECT_EQ(error.code(), Code::invalid_argument);
  EXPECT_STREQ(error.what(), "/a: wrong");
}

TEST(Problem, TheNearestNameIsNearEnoughToBeMeant) {
  const auto nearest = [](std::string_view name) {
    Nearest found(name);
    for (const char* candidate : {"title", "timeout", "maxConnections", "id"}) found.offer(candidate);
    return found.best();
  };
  EXPECT_EQ(nearest("titel"), "title");
  EXPECT_EQ(nearest("Title"), "title");
  EXPECT_EQ(nearest("maxConections"), "maxConnections");
  EXPECT_EQ(nearest("timout"), "timeout");
  EXPECT_EQ(nearest("quantity"), "");
  EXPECT_EQ(nearest("xy"), "");
  EXPECT_EQ(nearest(std::string(1000, 'x')), "");
}

TEST(Problem, QuotedTextIsSafeToPrint) {
  EXPECT_EQ(in_quotes("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(in_quotes("\n\r\t\x01\x7F"), R"("\n\r\t\x01\x7f")");
  EXPECT_EQ(in_quotes("\xE5\xBC\xA0 \xE5\xBC"), "\"\xE5\xBC\xA0 \\xe5\\xbc\"");
  const std::string long_text = in_quotes(std::string(500, 'a'));
  EXPECT_LE(long_text.size(), 85U);
  EXPECT_TRUE(long_text.ends_with("...\""));
  EXPECT_EQ(in_quotes(std::string(76, 'a') + "\xE5\xBC\xA0" + std::string(100, 'b')),
            '"' + std::string(76, 'a') + "...\"");
}

}  // namespace
}  // namespace ngo
