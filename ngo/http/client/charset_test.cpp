#include "ngo/http/client/charset.hpp"

#include <gtest/gtest.h>

namespace ngo::http {
namespace {

TEST(Charset, IsFoundInAContentType) {
  EXPECT_EQ(charset_of("text/plain; charset=GBK"), "GBK");
  EXPECT_EQ(charset_of("text/plain;a=b;CHARSET=\"utf-16\" ; c=d"), "utf-16");
  EXPECT_EQ(charset_of("text/plain"), "");
  EXPECT_EQ(charset_of("text/plain;"), "");
  EXPECT_EQ(charset_of("text/plain; xcharset=a"), "");
}

TEST(Charset, BecomesUtf8) {
  EXPECT_EQ(to_utf8("\xc4\xe3\xba\xc3", "GBK"), "\xe4\xbd\xa0\xe5\xa5\xbd");
  EXPECT_EQ(to_utf8("caf\xe9", "iso-8859-1"), "caf\xc3\xa9");
  EXPECT_EQ(to_utf8(std::string_view("\xff\xfeh\0i\0", 6), "utf-16"), "hi");
  const std::string large(1'000'000, '\xe9');
  EXPECT_EQ(to_utf8(large, "latin1")->size(), 2'000'000U);
}

TEST(Charset, LeavesWhatItDoesNotUnderstand) {
  EXPECT_EQ(to_utf8("text", "utf-8"), std::nullopt);
  EXPECT_EQ(to_utf8("text", "klingon"), std::nullopt);
  EXPECT_EQ(to_utf8("text", "GBK//TRANSLIT"), std::nullopt);
  EXPECT_EQ(to_utf8("text", "../../etc/x"), std::nullopt);
  EXPECT_EQ(to_utf8("text", ""), std::nullopt);
  EXPECT_EQ(to_utf8("\xff\xff", "GBK"), std::nullopt);  // none of its characters
  EXPECT_EQ(to_utf8("\xc4", "GBK"), std::nullopt);      // half of one
  EXPECT_EQ(to_utf8("", "GBK"), std::nullopt);
}

}  // namespace
}  // namespace ngo::http
