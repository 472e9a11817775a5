// When the other side wants to be asked again: a hint that travels with an Error (from a Retry-After header,
// from an open circuit breaker) to whoever repeats the call.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/runtime/clock.hpp"

namespace ngo {

// Adds the hint as the field "retryAfter", a duration as text.
Error& set_retry_after(Error& error, Duration after);
// The hint of that error; nothing when it has none.
[[nodiscard]] std::optional<Duration> retry_after(const Error& error);

// Marks an error with which a call was not made at all, since a breaker said that it would fail: to repeat it
// soon is no use.
Error& set_not_called(Error& error, std::string by);
[[nodiscard]] bool was_not_called(const Error& error) noexcept;

}  // namespace ngo
