// When to come back, as a server says it (RFC 9110, 10.2.3): seconds or a date.
#pragma once

#include <optional>
#include <string_view>

#include "ngo/runtime/clock.hpp"

namespace ngo::http {

// What is left at `now`, never negative; nothing for an empty field and for what is neither.
[[nodiscard]] std::optional<Duration> parse_retry_after(std::string_view field, WallTime now);

// The statuses that stand for a moment: 429, 502, 503, 504. OTLP repeats on just these as well.
[[nodiscard]] constexpr bool is_passing(int status) noexcept {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

}  // namespace ngo::http
