// When the other side wants to be asked again: a hint that travels with an Error (from a Retry-After header,
// from an open circuit breaker) to whoever repeats the call.
#pragma once

#include <optional>

#include "ngo/base/error.hpp"
#include "ngo/runtime/clock.hpp"

namespace ngo {

// Adds the hint as the field "retryAfter", a duration as text.
Error& set_retry_after(Error& error, Duration after);
// The hint of that error; nothing when it has none.
[[nodiscard]] std::optional<Duration> retry_after(const Error& error);

}  // namespace ngo
