#include "ngo/http/headers.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ngo/base/text.hpp"

namespace ngo::http {
namespace {

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& byte : out) {
    if (byte >= 'a' && byte <= 'z') byte = static_cast<char>(byte - 'a' + 'A');
  }
  return out;
}

TEST(KnownHeader, IsRecognisedInAnyCaseOfLetters) {
  for (std::size_t number = 1; number < kKnownHeaderCount; ++number) {
    const auto header = static_cast<KnownHeader>(number);
    const std::string name(to_string(header));
    EXPECT_EQ(known_header(name), header) << name;
    EXPECT_EQ(known_header(upper(name)), header) << name;
  }
}

TEST(KnownHeader, IsNothingThatDiffersInOneByte) {
  for (std::size_t number = 1; number < kKnownHeaderCount; ++number) {
    const std::string name(to_string(static_cast<KnownHeader>(number)));
    for (std::size_t at = 0; at < name.size(); ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string other = name;
        other[at] = static_cast<char>(byte);
        if (equals_ignoring_case(other, name)) continue;
        EXPECT_NE(known_header(other), static_cast<KnownHeader>(number))
            << name << " at " << at << ": " << byte;
      }
    }
    EXPECT_EQ(known_header(name + "s"), KnownHeader::other);
    EXPECT_EQ(known_header(name + std::string(1, '\0')), KnownHeader::other);
  }
  EXPECT_EQ(known_header(""), KnownHeader::other);
  EXPECT_EQ(known_header(std::string(100, 'a')), KnownHeader::other);
  EXPECT_EQ(to_string(KnownHeader::other), "");
}

// RFC 9110 sections 5.5 and 5.6.2.
TEST(HeaderText, KnowsTokensAndValues) {
  const std::string_view separators = "\"(),/:;<=>?@[\\]{} \t";
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    const bool visible = byte > 0x20 && byte < 0x7f;
    EXPECT_EQ(is_token(text), visible && separators.find(text) == std::string_view::npos) << byte;
    EXPECT_EQ(is_field_value(text), visible || byte == ' ' || byte == '\t' || byte > 0x7f) << byte;
  }
  EXPECT_FALSE(is_token(""));
  EXPECT_TRUE(is_field_value(""));
  EXPECT_EQ(trim_whitespace(" \t a b\t "), "a b");
  EXPECT_EQ(trim_whitespace(" \t "), "");
  EXPECT_EQ(trim_whitespace("\ra\n"), "\ra\n");
}

std::vector<std::string> members(std::string_view list) {
  std::vector<std::string> all;
  for (std::string_view member; next_list_member(list, member);) all.emplace_back(member);
  return all;
}

// RFC 9110 section 5.6.1.
TEST(HeaderText, TakesListsApart) {
  using List = std::vector<std::string>;
  EXPECT_EQ(members("a, b ,c"), (List{"a", "b", "c"}));
  EXPECT_EQ(members(" , ,a,, b,"), (List{"a", "b"}));
  EXPECT_EQ(members(""), List{});
  EXPECT_EQ(members(","), List{});
  EXPECT_EQ(members("a;q=\"x,y\", b"), (List{"a;q=\"x,y\"", "b"}));
  EXPECT_EQ(members("\"a\\\",b\", c"), (List{"\"a\\\",b\"", "c"}));
  EXPECT_EQ(members("\"a, b"), (List{"\"a, b"}));
  EXPECT_EQ(members("\"a\\"), (List{"\"a\\"}));
}

// A table over text in which each line is one field.
class Table {
 public:
  explicit Table(std::string text) : text_(std::move(text)) {
    for (std::size_t begin = 0; begin < text_.size();) {
      const std::size_t colon = text_.find(':', begin);
      const std::size_t end = text_.find('\n', begin);
      table.add(known_header(std::string_view(text_).substr(begin, colon - begin)),
                static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(colon - begin),
                static_cast<std::uint32_t>(colon + 1), static_cast<std::uint32_t>(end - colon - 1));
      begin = end + 1;
    }
    table.rebase(text_.data());
  }
  HeaderTable table;

 private:
  std::string text_;
};

TEST(HeaderTable, FindsFieldsByNameInOrder) {
  const Table holder("Host:a\nX-A:1\nCookie:c=1\nx-a:2\nX-B:\ncookie:c=2\n");
  const HeaderTable& table = holder.table;
  EXPECT_EQ(table.size(), 6U);
  EXPECT_EQ(table.get(KnownHeader::host), "a");
  EXPECT_EQ(table.get("HOST"), "a");
  EXPECT_EQ(table.get("x-A"), "1");
  EXPECT_EQ(table.find("X-A", 2), 3U);
  EXPECT_EQ(table.find("X-A", 4), HeaderTable::kNone);
  EXPECT_EQ(table.find(KnownHeader::cookie, 3), 5U);
  EXPECT_EQ(table[5].name, "cookie");
  EXPECT_EQ(table[5].value, "c=2");
  EXPECT_EQ(table.known(5), KnownHeader::cookie);
  EXPECT_TRUE(table.contains("x-b"));
  EXPECT_EQ(table.get("x-b"), "");
  EXPECT_FALSE(table.contains("x-c"));
  EXPECT_FALSE(table.contains(KnownHeader::range));
  EXPECT_EQ(table.get(KnownHeader::range), "");
  EXPECT_EQ(table.get("range"), "");
}

TEST(HeaderTable, GrowsBeyondItsInlineFieldsAndStartsAgain) {
  std::string text;
  for (int number = 0; number < 1000; ++number)
    text += "X-" + std::to_string(number) + ":" + std::to_string(number) + "\n";
  Table holder(text);
  EXPECT_EQ(holder.table.size(), 1000U);
  std::size_t number = 0;
  for (const HeaderField field : holder.table) EXPECT_EQ(field.value, std::to_string(number++));
  EXPECT_EQ(holder.table.get("X-31"), "31");
  EXPECT_EQ(holder.table.get("X-32"), "32");
  EXPECT_EQ(holder.table.get("X-999"), "999");
  holder.table.clear();
  EXPECT_TRUE(holder.table.empty());
  EXPECT_FALSE(holder.table.contains("X-31"));
}

TEST(HeaderTable, FollowsItsBytesToAnotherPlace) {
  std::string text = "a:b";
  HeaderTable table;
  table.rebase(text.data());
  table.add(KnownHeader::other, 0, 1, 2, 1);
  const std::string copy = text;
  text = "x:y";
  table.rebase(copy.data());
  EXPECT_EQ(table.get("a"), "b");
}

}  // namespace
}  // namespace ngo::http
