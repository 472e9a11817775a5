// Time for spans: the counter of the processor where it runs steadily, which is read in a third of the time
// of a clock; the clock elsewhere.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#include <chrono>

namespace ngo::trace::detail {

// Whether the counter of this machine's processor counts at one pace, whatever the processor does.
extern const bool counter_is_steady;

[[nodiscard]] inline std::uint64_t ticks() noexcept {
#if defined(__x86_64__)
  if (counter_is_steady) [[likely]]
    return __rdtsc();
#endif
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

// Both times at one moment, and how long a tick is.
struct Moment {
  std::uint64_t ticks = 0;
  std::int64_t steady = 0;  // nanoseconds
  std::int64_t wall = 0;    // nanoseconds since 1970
  double nanoseconds = 1;   // of a tick

  [[nodiscard]] static Moment now() noexcept;
  [[nodiscard]] std::int64_t between(std::uint64_t from, std::uint64_t to) const noexcept {
    return to <= from ? 0 : static_cast<std::int64_t>(static_cast<double>(to - from) * nanoseconds);
  }
  [[nodiscard]] std::int64_t wall_of(std::uint64_t then) const noexcept {
    return wall - between(then, ticks);
  }
};

}  // namespace ngo::trace::detail
