// What a pool is told (PoolOptions) and what it tells (PoolStats, PoolReport): plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/base/histogram.hpp"
#include "ngo/base/id.hpp"
#include "ngo/runtime/clock.hpp"

namespace ngo::net {

// Durations: zero or less means at once, Duration::max() never. Counts are those of the whole process.
struct PoolOptions {
  std::string name = "pool";       // what messages call it, for example "redis:sessions"
  std::string group{};             // pools of one group are one in the metrics; empty: its name
  std::size_t max_size = 64;       // open at once, leased or idle; at least 1
  std::size_t min_idle = 0;        // kept open in advance, shared out to the workers that use the pool
  std::size_t max_waiting = 1000;  // callers that may wait for one; the next is refused at once
  Duration max_wait = std::chrono::seconds(5);       // then Error{resource_exhausted}
  Duration idle_age = std::chrono::seconds(60);      // closed after that long without use
  Duration max_age = Duration::max();                // closed that long after opening, up to a tenth sooner
  Duration check_after = std::chrono::seconds(10);   // idle for longer: check() before it is handed out
  Duration check_timeout = std::chrono::seconds(1);  // a check that takes longer has failed
  Duration lend_after =
      std::chrono::milliseconds(10);  // idle for longer: its permit may go to another worker
};

// Why a resource was closed.
enum class PoolClose : std::uint8_t {
  idle_age,
  max_age,
  unusable,   // usable() said no
  unhealthy,  // check() said no, failed or took too long
  discarded,  // by its lease, or by an exception that left it in an unknown state
  lent,       // another worker needed the permit
  shrunk,     // the limit was lowered
  drained,
};
inline constexpr std::size_t kPoolCloseReasons = 8;
[[nodiscard]] std::string_view to_string(PoolClose reason) noexcept;

struct PoolStats {
  std::size_t limit = 0;
  std::size_t in_use = 0;
  std::size_t idle = 0;
  std::size_t opening = 0;
  std::size_t waiting = 0;
  std::size_t workers = 0;  // that have used the pool
  std::uint64_t checkouts = 0;
  std::uint64_t opened = 0;
  std::uint64_t open_failed = 0;
  std::uint64_t timed_out = 0;  // refused after max_wait
  std::uint64_t refused = 0;    // refused at once, max_waiting being there already
  std::array<std::uint64_t, kPoolCloseReasons> closed{};
  Histogram::Snapshot wait;  // nanoseconds, of the checkouts that had to wait for a permit

  [[nodiscard]] std::uint64_t closed_for(PoolClose reason) const noexcept {
    return closed[static_cast<std::size_t>(reason)];
  }
};

// One lease that is out, or one caller that waits for one.
struct PoolHolder {
  std::string work;  // Context::work() of the holder, for example its route; empty when it had none
  Duration held{};   // or waited
  TraceId trace;     // of its Context; not valid(): it had none
  std::string note;  // what Lease::describe() says
  std::optional<std::size_t> worker;  // nothing: of a thread that is none
};

// What one worker has of a pool.
struct PoolPart {
  std::optional<std::size_t> worker;
  std::size_t permits = 0;  // to have one open; its share, more when it has borrowed, less when it has lent
  std::size_t wanted = 0;   // more of them, by those who wait
  std::size_t in_use = 0;
  std::size_t idle = 0;
  std::size_t opening = 0;
  std::size_t waiting = 0;
  std::uint64_t lent = 0;      // permits that other workers were given
  std::uint64_t borrowed = 0;  // and that it was given by the others
  bool answered = true;        // false: the worker is held, and its holders and waiters are not known
};

// All of it, for who looks.
struct PoolReport {
  PoolStats stats;
  std::size_t share = 0;  // of each worker; more is borrowed
  std::vector<PoolPart> workers;
  std::vector<PoolHolder> holders;  // the longest held first
  std::vector<PoolHolder> waiters;  // the longest waiting first
};

}  // namespace ngo::net
