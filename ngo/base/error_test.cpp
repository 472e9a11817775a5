#include "ngo/base/error.hpp"

#include <gtest/gtest.h>

namespace ngo {
namespace {

TEST(Error, CarriesItsCodeMessageAndFields) {
  try {
    throw Error(Code::not_found, "no article 7").with("id", "7").with("table", "articles");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::not_found);
    EXPECT_STREQ(error.what(), "no article 7");
    ASSERT_EQ(error.fields().size(), 2U);
    EXPECT_EQ(error.fields()[1].first, "table");
  }
}

TEST(Error, NamesOfCodesGoBothWays) {
  for (int i = 0; i <= static_cast<int>(Code::internal); ++i) {
    auto code = static_cast<Code>(i);
    EXPECT_EQ(code_from_string(to_string(code)), code);
  }
  EXPECT_EQ(code_from_string("no_such_code"), std::nullopt);
}

TEST(Error, TheTableHoldsTheDocumentedStatuses) {
  EXPECT_EQ(http_status(Code::invalid_argument), 400);
  EXPECT_EQ(http_status(Code::unauthenticated), 401);
  EXPECT_EQ(http_status(Code::internal), 500);
  EXPECT_EQ(grpc_status(Code::unauthenticated), 16);
  EXPECT_TRUE(may_retry(Code::unavailable));
  EXPECT_FALSE(may_retry(Code::invalid_argument));
}

}  // namespace
}  // namespace ngo
