#include "ngo/base/civil_time.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <string>
#include <thread>

namespace ngo {
namespace {

using namespace std::chrono_literals;

SystemTime at(std::int64_t seconds, int milliseconds = 0) {
  return SystemTime(std::chrono::seconds(seconds) + std::chrono::milliseconds(milliseconds));
}

std::string http_date(SystemTime time) {
  std::string out(kHttpDateSize, '?');
  EXPECT_EQ(write_http_date(time, out.data()), out.data() + out.size());
  return out;
}

std::string log_time(SystemTime time) {
  std::string out(kLogTimeSize, '?');
  EXPECT_EQ(write_log_time(time, out.data()), out.data() + out.size());
  return out;
}

TEST(CivilTime, WritesTheDateOfTheRfc) {
  EXPECT_EQ(http_date(at(784111777)), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(CivilTime, AgreesWithTheCLibraryOverFiveHundredYears) {
  for (std::int64_t seconds = -9'000'000'000; seconds < 9'000'000'000; seconds += 86'399 * 7) {
    const std::time_t time = seconds;
    std::tm expected{};
    gmtime_r(&time, &expected);
    const CivilTime civil = to_civil(at(seconds, 5));
    ASSERT_EQ(civil, (CivilTime{expected.tm_year + 1900, expected.tm_mon + 1, expected.tm_mday,
                                expected.tm_hour, expected.tm_min, expected.tm_sec, 5, expected.tm_wday}))
        << seconds;
    ASSERT_EQ(parse_http_date(http_date(at(seconds))), at(seconds));
  }
}

TEST(CivilTime, WritesRfc3339WithMilliseconds) {
  std::string out(kRfc3339Size, '?');
  EXPECT_EQ(write_rfc3339(at(784111777, 7), out.data()), out.data() + out.size());
  EXPECT_EQ(out, "1994-11-06T08:49:37.007Z");
  write_rfc3339(at(-1, 999), out.data());
  EXPECT_EQ(out, "1969-12-31T23:59:59.999Z");
}

TEST(CivilTime, ReadsTheObsoleteFormsOfADate) {
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", at(1'700'000'000)), at(784111777));
  EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), at(784111777));
  EXPECT_EQ(parse_http_date("Wed Nov 16 08:49:37 1994"), at(784975777));
}

TEST(CivilTime, TakesATwoDigitYearAsTheOneWithinFiftyYearsAhead) {
  const SystemTime in_2023 = at(1'700'000'000);
  EXPECT_EQ(to_civil(*parse_http_date("Monday, 06-Nov-73 08:49:37 GMT", in_2023)).year, 2073);
  EXPECT_EQ(to_civil(*parse_http_date("Monday, 06-Nov-74 08:49:37 GMT", in_2023)).year, 1974);
  EXPECT_EQ(to_civil(*parse_http_date("Monday, 06-Nov-05 08:49:37 GMT", at(3'786'912'000))).year, 2105);
}

TEST(CivilTime, RefusesWhatIsNoDate) {
  for (const char* text :
       {"", "Sun", "Sun,", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 gmt",
        "sun, 06 Nov 1994 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT",
        "Wed, 29 Feb 2023 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 06 anF 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT", "Sun Nov 6 08:49:37 1994", "Sun, 06-Nov-94 08:49:37 GMT",
        "Sun, 06 No"}) {
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
  }
  EXPECT_NE(parse_http_date("Thu, 29 Feb 2024 08:49:37 GMT"), std::nullopt);
}

TEST(CivilTime, TakesDatesBeyondTheClockAsItsEnds) {
  EXPECT_GT(*parse_http_date("Fri, 31 Dec 9999 23:59:59 GMT"), at(9'000'000'000));
  EXPECT_LT(*parse_http_date("Mon, 01 Jan 0001 00:00:00 GMT"), at(-9'000'000'000));
}

// A thread of its own, because a thread remembers the last offset.
template <class F>
void in_time_zone(const char* zone, F&& f) {
  const char* const before = std::getenv("TZ");
  const std::string kept = before == nullptr ? "" : before;
  setenv("TZ", zone, 1);
  tzset();
  std::thread(f).join();
  if (before == nullptr) {
    unsetenv("TZ");
  } else {
    setenv("TZ", kept.c_str(), 1);
  }
  tzset();
}

TEST(CivilTime, LogTimeKeepsItsZerosAndFollowsTheSecond) {
  in_time_zone("UTC0", [] {
    EXPECT_EQ(log_time(at(784111777, 350)), "1994-11-06 08:49:37.350");
    EXPECT_EQ(log_time(at(784111777, 0)), "1994-11-06 08:49:37.000");
    EXPECT_EQ(log_time(at(784111778, 9)), "1994-11-06 08:49:38.009");
    EXPECT_EQ(log_time(at(784111777, 351)), "1994-11-06 08:49:37.351");
  });
}

TEST(CivilTime, LogTimeIsLocalAlsoAcrossAChangeOfTheClocks) {
  in_time_zone("CET-1CEST,M3.5.0,M10.5.0/3", [] {
    EXPECT_EQ(log_time(at(1'711'846'799)), "2024-03-31 01:59:59.000");
    EXPECT_EQ(log_time(at(1'711'846'800)), "2024-03-31 03:00:00.000");
    EXPECT_EQ(local_offset(at(1'711'846'800)), 2h);
    EXPECT_EQ(local_offset(at(1'711'846'799)), 1h);
  });
}

}  // namespace
}  // namespace ngo
