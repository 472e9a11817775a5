#include "ngo/base/duration.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "ngo/base/error.hpp"

namespace ngo {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

TEST(Duration, ReadsPartsAndFractionsExactly) {
  const std::pair<const char*, nanoseconds> rows[] = {
      {"0", 0ns},
      {"0s", 0ns},
      {"1ns", 1ns},
      {"1us", 1us},
      {"1\xC2\xB5s", 1us},
      {"1\xCE\xBCs", 1us},
      {"500ms", 500ms},
      {"10s", 10s},
      {"1.5s", 1500ms},
      {"1h30m", 90min},
      {"2h45m", 165min},
      {"2d", 48h},
      {"1d12h", 36h},
      {"-3s", -3s},
      {"+3s", 3s},
      {"0.001us", 1ns},
      {".5s", 500ms},
      {"1.s", 1s},
      {"30m1h", 90min},
      {"1s1s", 2s},
      {"0.1s", 100ms},
      {"1.000000001s", 1000000001ns},
      {"9223372036854775807ns", nanoseconds::max()},
      {"1.50000000000000000000000s", 1500ms},
      {"0.5d", 12h},
      {"-0", 0ns},
  };
  for (const auto& [text, expected] : rows) EXPECT_EQ(parse_duration(text), expected) << text;
}

TEST(Duration, SaysWhatWouldHaveBeenRight) {
  const std::pair<const char*, const char*> rows[] = {
      {"2000", "\"2000\" has no unit; write for example \"2000ms\" or \"2000s\""},
      {"1h30", "has no unit"},
      {"", "expected a duration such as"},
      {"s", "expected a duration such as"},
      {"-", "expected a duration such as"},
      {"1.5.5s", "expected a duration such as"},
      {"1 s", "expected a duration such as"},
      {"1s ", "expected a duration such as"},
      {"1w", "expected a duration such as"},
      {"1S", "expected a duration such as"},
      {"1e3s", "expected a duration such as"},
      {"--1s", "expected a duration such as"},
      {".s", "expected a duration such as"},
      {"0.5ns", "not a whole number of nanoseconds"},
      {"1.0000000001s", "not a whole number of nanoseconds"},
      {"0.1234567890123456789s", "not a whole number of nanoseconds"},
      {"300000000000000h", "longer than 292 years"},
      {"9223372036854775808ns", "longer than 292 years"},
      {"99999999999999999999999999999999999999999999999999s", "longer than 292 years"},
      {"106751d106751d", "longer than 292 years"},
  };
  for (const auto& [text, expected] : rows) {
    nanoseconds out{};
    std::string problem;
    EXPECT_FALSE(parse_duration(text, out, problem)) << text;
    EXPECT_NE(problem.find(expected), std::string::npos) << text << ": " << problem;
    EXPECT_THROW((void)parse_duration(text), Error);
  }
}

TEST(Duration, IsWrittenInItsShortestExactForm) {
  const std::pair<nanoseconds, const char*> rows[] = {
      {0ns, "0s"},
      {1ns, "1ns"},
      {1500ns, "1.5us"},
      {500ms, "500ms"},
      {1500ms, "1.5s"},
      {90s, "1m30s"},
      {90min, "1h30m"},
      {48h, "2d"},
      {36h, "36h"},
      {3600s, "1h"},
      {3601s, "1h1s"},
      {-90s, "-1m30s"},
      {61500ms, "1m1.5s"},
      {1001ns, "1.001us"},
      {999999999ns, "999.999999ms"},
      {nanoseconds::max(), "2562047h47m16.854775807s"},
      {nanoseconds::min(), "-2562047h47m16.854775808s"},
  };
  for (const auto& [duration, expected] : rows) EXPECT_EQ(format_duration(duration), expected);
}

TEST(Duration, WhatIsWrittenReadsBack) {
  std::uint64_t state = 88172645463325252U;
  for (int i = 0; i < 20000; ++i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    const nanoseconds duration(static_cast<std::int64_t>(state >> (1 + i % 60)) * (i % 2 == 0 ? 1 : -1));
    ASSERT_EQ(parse_duration(format_duration(duration)), duration);
  }
}

}  // namespace
}  // namespace ngo
