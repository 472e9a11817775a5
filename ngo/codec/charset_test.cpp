#include "ngo/codec/charset.hpp"

#include <gtest/gtest.h>

#include <string>

#include "ngo/base/utf8.hpp"

namespace ngo {
namespace {

using namespace std::string_literals;

TEST(Charset, ConvertsWhatServicesStillSend) {
  EXPECT_EQ(to_utf8("caf\xe9", "ISO-8859-1"), "café");
  EXPECT_EQ(to_utf8("\x80 5", "latin1"), "€ 5");  // as browsers read it
  EXPECT_EQ(to_utf8("\xcd\xf8\xd2\xd7", "GBK"), "网易");
  EXPECT_EQ(to_utf8("\xcd\xf8\xd2\xd7", "gb2312"), "网易");
  EXPECT_EQ(to_utf8("\xba\xf4", "big5"), "網");
  EXPECT_EQ(to_utf8("\x93\xfa\x96\x7b", "Shift_JIS"), "日本");
  EXPECT_EQ(to_utf8("\x1b$BF|K\\\x1b(B", "iso-2022-jp"), "日本");
  EXPECT_EQ(to_utf8("\xc7\xd1", "euc-kr"), "한");
  EXPECT_EQ(to_utf8("\xd4\xc1", "koi8-r"), "та");
  EXPECT_EQ(to_utf8("plain", "US-ASCII"), "plain");
  EXPECT_EQ(to_utf8("", "gbk"), "");
}

TEST(Charset, ByteOrderMarksDecideAndAreDropped) {
  EXPECT_EQ(to_utf8("h\0i\0"s, "utf-16"), "hi");
  EXPECT_EQ(to_utf8("\xff\xfeh\0i\0"s, "utf-16"), "hi");
  EXPECT_EQ(to_utf8("\xfe\xff\0h\0i"s, "utf-16"), "hi");
  EXPECT_EQ(to_utf8("\xef\xbb\xbfhi", "utf-8"), "hi");
  EXPECT_EQ(to_utf8("\xef\xbb\xbf"
                    "é",
                    "iso-8859-1"),
            "é");
}

TEST(Charset, GivesNothingForWhatIsNotKnownOrNotThatEncoding) {
  for (const char* unknown : {"", "x", "utf-7", "iso-2022-cn-ext", "utf-8//TRANSLIT", "../../x", "utf-32"})
    EXPECT_EQ(to_utf8("hi", unknown), std::nullopt) << unknown;
  EXPECT_EQ(to_utf8("\xff\xff", "gbk"), std::nullopt);
  EXPECT_EQ(to_utf8("half\x81", "gbk"), std::nullopt);
  EXPECT_EQ(to_utf8("odd", "utf-16be"), std::nullopt);
  EXPECT_EQ(to_utf8("\xc3", "utf-8"), std::nullopt);
}

TEST(Charset, TheResultIsBounded) {
  const std::string text(100'000, '\xe9');
  EXPECT_EQ(to_utf8(text, "latin1", 200'000)->size(), 200'000U);
  EXPECT_EQ(to_utf8(text, "latin1", 199'999), std::nullopt);
  EXPECT_EQ(to_utf8("four", "utf-8", 3), std::nullopt);
}

TEST(Charset, EveryByteOfEveryEncodingGivesUtf8OrNothing) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  for (const char* name :
       {"windows-1252", "windows-874", "iso-8859-8", "macintosh", "ibm866", "gb18030", "big5", "euc-jp",
        "shift_jis", "euc-kr", "utf-16le", "iso-2022-jp", "windows-1255", "koi8-u"}) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const auto made = to_utf8(std::string_view(bytes).substr(i, 4), name);
      EXPECT_TRUE(!made || is_utf8(*made)) << name << i;
    }
  }
}

}  // namespace
}  // namespace ngo
