#include "ngo/codec/base64.hpp"

#include <gtest/gtest.h>

namespace ngo {
namespace {

TEST(Base64, IsThatOfTheRfc) {
  for (const auto& [bytes, text] : {std::pair<std::string_view, std::string_view>("", ""),
                                    {"f", "Zg=="},
                                    {"fo", "Zm8="},
                                    {"foo", "Zm9v"},
                                    {"foob", "Zm9vYg=="},
                                    {"fooba", "Zm9vYmE="},
                                    {"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(base64::encode(bytes), text);
    EXPECT_EQ(base64::decode(text), bytes);
  }
}

TEST(Base64, CarriesAllBytes) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(base64::decode(base64::encode(all)), all);
}

TEST(Base64, NeedsNoPaddingAndRefusesOtherCharacters) {
  EXPECT_EQ(base64::decode("Zm8"), "fo");
  for (const std::string_view wrong : {"Zm-v", "Zm 8", "Zm8=x", "Zm\n8"})
    EXPECT_EQ(base64::decode(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace ngo
