#include <gtest/gtest.h>

#include "ngo/http/time_left_impl.hpp"

namespace ngo::http {
namespace {

TEST(TimeLeft, IsANumberOfMilliseconds) {
  EXPECT_EQ(parse_time_left("1500ms"), std::chrono::milliseconds(1500));
  EXPECT_EQ(parse_time_left("1500"), std::chrono::milliseconds(1500));
  EXPECT_EQ(parse_time_left("0ms"), std::chrono::milliseconds(0));
  EXPECT_EQ(parse_time_left("999999999ms"), std::chrono::milliseconds(999'999'999));
}

TEST(TimeLeft, IsNothingElse) {
  for (const char* text : {"", "ms", "s", "1s", "1.5ms", "-1ms", "+1ms", " 1ms", "1 ms", "1ms ", "0x10",
                           "1MS", "1ms, 2ms", "9999999999", "99999999999999999999ms"})
    EXPECT_EQ(parse_time_left(text), std::nullopt) << text;
}

}  // namespace
}  // namespace ngo::http
