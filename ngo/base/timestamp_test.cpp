#include "ngo/base/timestamp.hpp"

#include <gtest/gtest.h>

#include "ngo/base/error.hpp"
#include "ngo/base/type.hpp"

namespace ngo {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::system_clock;
using Seconds = std::chrono::sys_seconds;
using Nanoseconds = std::chrono::sys_time<std::chrono::nanoseconds>;

template <class Time>
std::string write(Time time) {
  std::string out;
  TextFormat<Time>::write(time, out);
  return out;
}

template <class Time>
std::optional<Time> read(std::string_view text) {
  Time out{};
  std::string problem;
  if (!TextFormat<Time>::read(text, out, problem)) {
    EXPECT_FALSE(problem.empty());
    return std::nullopt;
  }
  return out;
}

constexpr Seconds kSomeTime = sys_days(std::chrono::year(2024) / 5 / 6) + 7h + 8min + 9s;

TEST(Timestamp, IsWrittenInUtcWithTheDecimalsThatItHas) {
  EXPECT_EQ(write(kSomeTime), "2024-05-06T07:08:09Z");
  EXPECT_EQ(write(Nanoseconds(kSomeTime) + 250ms), "2024-05-06T07:08:09.25Z");
  EXPECT_EQ(write(Nanoseconds(kSomeTime) + 1ns), "2024-05-06T07:08:09.000000001Z");
  EXPECT_EQ(write(Nanoseconds(Seconds(0s)) - 1ns), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(write(Seconds(-1s)), "1969-12-31T23:59:59Z");
  EXPECT_EQ(write(sys_days(std::chrono::year(1) / 1 / 1)), "0001-01-01T00:00:00Z");
  EXPECT_THROW((void)write(Seconds(std::chrono::hours(24 * 366 * 9000))), Error);
}

TEST(Timestamp, IsReadWithAnyOffset) {
  for (const char* text : {"2024-05-06T07:08:09Z", "2024-05-06T09:08:09+02:00", "2024-05-06T01:38:09-05:30",
                           "2024-05-06t07:08:09z", "2024-05-06 07:08:09Z", "2024-05-06T07:08:09.000Z",
                           "2024-05-06T07:08:09+00:00", "2024-05-05T23:08:09-08:00"}) {
    EXPECT_EQ(read<Seconds>(text), kSomeTime) << text;
  }
  EXPECT_EQ(read<Nanoseconds>("2024-05-06T07:08:09.123456789000Z"), Nanoseconds(kSomeTime) + 123456789ns);
  EXPECT_EQ(read<system_clock::time_point>("2000-02-29T00:00:00Z"),
            sys_days(std::chrono::year(2000) / 2 / 29));
}

TEST(Timestamp, NeedsDayTimeAndOffset) {
  for (const char* text : {"",
                           "2024",
                           "2024-05-06",
                           "2024-05-06T07:08:09",
                           "2024-05-06T07:08Z",
                           "2024-5-6T07:08:09Z",
                           "2024-13-01T00:00:00Z",
                           "2024-02-30T00:00:00Z",
                           "2023-02-29T00:00:00Z",
                           "2024-05-06T24:00:00Z",
                           "2024-05-06T07:60:00Z",
                           "2024-05-06T07:08:60Z",
                           "2024-05-06T07:08:09.Z",
                           "2024-05-06T07:08:09.1234567891Z",
                           "2024-05-06T07:08:09+0200",
                           "2024-05-06T07:08:09+2",
                           "2024-05-06T07:08:09Zx",
                           " 2024-05-06T07:08:09Z",
                           "0000-01-01T00:00:00Z",
                           "2024-05-06T07:08:09+24:00",
                           "2024/05/06T07:08:09Z",
                           "20240506T070809Z"}) {
    EXPECT_EQ(read<Seconds>(text), std::nullopt) << text;
  }
}

TEST(Timestamp, IsNeverRounded) {
  EXPECT_EQ(read<Seconds>("2024-05-06T07:08:09.5Z"), std::nullopt);
  EXPECT_EQ(read<std::chrono::sys_time<std::chrono::milliseconds>>("2024-05-06T07:08:09.0005Z"),
            std::nullopt);
  EXPECT_EQ(read<sys_days>("2024-05-06T07:08:09Z"), std::nullopt);
  EXPECT_EQ(read<sys_days>("2024-05-06T00:00:00Z"), sys_days(std::chrono::year(2024) / 5 / 6));
  EXPECT_EQ(read<Nanoseconds>("2300-01-01T00:00:00Z"), std::nullopt);
  EXPECT_NE(read<Seconds>("2300-01-01T00:00:00Z"), std::nullopt);
}

TEST(Timestamp, ReadsBackWhatItWrote) {
  std::uint64_t state = 1;
  for (int i = 0; i < 20000; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    const Nanoseconds time(std::chrono::nanoseconds(static_cast<std::int64_t>(state)));
    ASSERT_EQ(read<Nanoseconds>(write(time)), time) << write(time);
  }
}

TEST(Timestamp, IsAScalarOfStructs) {
  EXPECT_EQ(type_of<system_clock::time_point>().kind(), Kind::text);
  EXPECT_EQ(describe(type_of<Seconds>()), "a string with a timestamp such as \"2024-05-06T07:08:09Z\"");
}

}  // namespace
}  // namespace ngo
