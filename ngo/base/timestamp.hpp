// Points in time as text: RFC 3339, "2024-05-06T07:08:09.25Z". Makes std::chrono::system_clock's time points,
// of any precision, members of plain structs. Written in UTC with as many decimals as there are (none for
// whole seconds). Read with any offset ("+02:00"), but never without one: a time without an offset is
// nobody's time. What is finer than the member's precision is an error, not rounded away. Years 1 to 9999; no
// leap seconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace ngo {

template <class T>
struct TextFormat;

namespace detail {

// Seconds since 1970 and nanoseconds of that second, 0 to 999999999.
struct Instant {
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;
};

void write_timestamp(Instant instant, std::string& out);
bool read_timestamp(std::string_view text, Instant& out, std::string& problem);

}  // namespace detail

template <class Duration>
struct TextFormat<std::chrono::time_point<std::chrono::system_clock, Duration>> {
  using Time = std::chrono::time_point<std::chrono::system_clock, Duration>;
  static constexpr std::string_view kName = "timestamp such as \"2024-05-06T07:08:09Z\"";

  static void write(const Time& time, std::string& out) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch());
    const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch() - seconds);
    detail::write_timestamp({static_cast<std::int64_t>(seconds.count()), rest.count()}, out);
  }

  static bool read(std::string_view text, Time& out, std::string& problem) {
    detail::Instant instant;
    if (!detail::read_timestamp(text, instant, problem)) return false;
    using std::chrono::nanoseconds;
    using std::chrono::seconds;
    if constexpr (std::ratio_less_v<typename Duration::period,
                                    std::ratio<1>>) {  // coarser ones reach any year
      constexpr auto kLeast = std::chrono::duration_cast<seconds>(Duration::min()).count();
      constexpr auto kMost = std::chrono::duration_cast<seconds>(Duration::max()).count();
      if (instant.seconds <= kLeast || instant.seconds >= kMost) {
        problem = "the timestamp is too far from 1970";
        return false;
      }
    }
    const auto whole = std::chrono::duration_cast<Duration>(seconds(instant.seconds));
    const auto rest = std::chrono::duration_cast<Duration>(nanoseconds(instant.nanoseconds));
    if (std::chrono::duration_cast<nanoseconds>(rest).count() != instant.nanoseconds ||
        std::chrono::duration_cast<seconds>(whole).count() != instant.seconds) {
      problem = "the timestamp is more precise than what takes it";
      return false;
    }
    out = Time(whole + rest);
    return true;
  }
};

}  // namespace ngo
