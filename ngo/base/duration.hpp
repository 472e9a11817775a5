// Durations as text: "500ms", "10s", "1h30m", "1.5s", "2d". Exact in nanoseconds, in both directions.
// Units: ns, us (or µs), ms, s, m, h, d (24 hours). Several parts add up; a part may have a fraction. A bare
// number is an error, except 0: whether 2000 means seconds or nanoseconds is what nobody should have to
// guess.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace ngo {

// Reads a duration from the whole text. On failure returns false and sets `problem` to what would have been
// right. At most about 292 years.
[[nodiscard]] bool parse_duration(std::string_view text, std::chrono::nanoseconds& out, std::string& problem);
// The same; throws Error{invalid_argument}.
[[nodiscard]] std::chrono::nanoseconds parse_duration(std::string_view text);

// The shortest exact form by these rules: whole days as days ("2d"); otherwise hours, minutes and seconds
// with a fraction ("36h", "1m30s", "1.5s"); below a second the largest unit that fits ("500ms", "1.5us");
// zero is "0s".
[[nodiscard]] std::string format_duration(std::chrono::nanoseconds duration);

}  // namespace ngo
