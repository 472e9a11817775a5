#include "ngo/http/retry_after.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace ngo::http {
namespace {

using namespace std::chrono_literals;

TEST(RetryAfter, IsSecondsOrADate) {
  const WallTime now(784111777s);  // Sun, 06 Nov 1994 08:49:37 GMT
  EXPECT_EQ(parse_retry_after("0", now), Duration(0s));
  EXPECT_EQ(parse_retry_after("120", now), Duration(2min));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:47 GMT", now), Duration(10s));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:27 GMT", now), Duration(0s));  // is over
  for (const char* none : {"", "soon", "-1", "1.5", "99999999999", "1 s"})
    EXPECT_EQ(parse_retry_after(none, now), std::nullopt) << none;
}

}  // namespace
}  // namespace ngo::http
