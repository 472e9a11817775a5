// Dates and times of day as text, computed from the clock's count with a few multiplications: strftime and
// localtime_r take locks and microseconds. Proleptic Gregorian calendar, years 1 to 9999, no leap seconds.
// Nothing here knows time zones but the process's own (TZ), and of that only its offset.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ngo {

using SystemTime = std::chrono::system_clock::time_point;

struct CivilTime {
  int year = 1970;
  int month = 1;  // 1 to 12
  int day = 1;    // 1 to 31
  int hour = 0;
  int minute = 0;
  int second = 0;
  int millisecond = 0;
  int weekday = 4;  // 0 is Sunday

  friend bool operator==(const CivilTime&, const CivilTime&) = default;
};

// The civil time of a place whose clocks are `offset` ahead of UTC.
[[nodiscard]] CivilTime to_civil(SystemTime time, std::chrono::seconds offset = {}) noexcept;

// "Sun, 06 Nov 1994 08:49:37 GMT", the form that HTTP writes (RFC 9110, 5.6.7). Writes exactly
// kHttpDateSize bytes without a final zero; returns their end.
inline constexpr std::size_t kHttpDateSize = 29;
char* write_http_date(SystemTime time, char* out) noexcept;

// Reads the three forms of RFC 9110, 5.6.7: the one above, RFC 850's and asctime's. A two-digit year is taken
// as the one that is at most 50 years after `now`. Nothing when the text is none of them or no such day
// exists.
[[nodiscard]] std::optional<SystemTime> parse_http_date(
    std::string_view text, SystemTime now = std::chrono::system_clock::now()) noexcept;

// "1994-11-06T08:49:37.123Z" (RFC 3339, ISO 8601) in UTC. Writes kRfc3339Size bytes; returns their end.
inline constexpr std::size_t kRfc3339Size = 24;
char* write_rfc3339(SystemTime time, char* out) noexcept;

// "1994-11-06 08:49:37.123" in the process's time zone, as log lines have it. Writes kLogTimeSize bytes;
// returns their end. Consecutive calls of a thread within one second only write the milliseconds anew.
inline constexpr std::size_t kLogTimeSize = 23;
char* write_log_time(SystemTime time, char* out) noexcept;

// How far the process's time zone is ahead of UTC at that time. Each thread remembers the offset for the
// quarter of an hour that it asked for last: offsets change at quarters of an hour only.
[[nodiscard]] std::chrono::seconds local_offset(SystemTime time) noexcept;

}  // namespace ngo
