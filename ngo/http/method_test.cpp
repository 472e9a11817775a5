#include "ngo/http/method.hpp"

#include <gtest/gtest.h>

namespace ngo::http {
namespace {

TEST(Method, HasANameThatLeadsBackToIt) {
  for (std::size_t index = 0; index < kMethodCount; ++index) {
    const auto method = static_cast<Method>(index);
    EXPECT_EQ(method_from_string(to_string(method)), method);
  }
  EXPECT_EQ(method_from_string("get"), Method::unknown);
  EXPECT_EQ(method_from_string(""), Method::unknown);
  EXPECT_EQ(method_from_string("unknown"), Method::unknown);
}

// RFC 9110 section 9.2.
TEST(Method, KnowsWhatIsSafeAndWhatIsIdempotent) {
  EXPECT_TRUE(is_safe(Method::get));
  EXPECT_TRUE(is_safe(Method::head));
  EXPECT_FALSE(is_safe(Method::post));
  EXPECT_FALSE(is_safe(Method::put));
  EXPECT_TRUE(is_idempotent(Method::put));
  EXPECT_TRUE(is_idempotent(Method::del));
  EXPECT_FALSE(is_idempotent(Method::post));
  EXPECT_FALSE(is_idempotent(Method::patch));
}

TEST(MethodSet, ListsItsMembersInOrder) {
  const MethodSet set = Method::post | Method::get;
  EXPECT_EQ(set.to_string(), "GET, POST");
  EXPECT_TRUE(set.contains(Method::get));
  EXPECT_FALSE(set.contains(Method::put));
  EXPECT_FALSE(set.contains(Method::unknown));
  EXPECT_EQ(set & Method::get, MethodSet(Method::get));
  EXPECT_TRUE(MethodSet().empty());
  EXPECT_EQ(MethodSet().to_string(), "");
  EXPECT_EQ(MethodSet::all().to_string(), "GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE, PATCH");
}

}  // namespace
}  // namespace ngo::http
