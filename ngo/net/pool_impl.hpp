// The innards of Pool: PoolShard is what one worker has of it, used on that worker's loop alone; PoolState
// is what the process has: the permits to have a resource open, under a mutex that is taken when a resource
// is opened, closed or waited for, never when an idle one is leased or returned.
//
// A worker that waits for a permit is "hungry" and stands in a queue. It has asked all others that hold any:
// from then on, whoever has an idle resource sees the queue and closes it, at once for a worker that has less
// than its share, after lend_after for one that borrows. So the fast path needs to read one number only that
// hardly ever changes.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "ngo/net/detail/pool_core.hpp"
#include "ngo/runtime/context.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/timer.hpp"
#include "ngo/runtime/waiter.hpp"

namespace ngo::net::detail {

// A number that one thread writes and any thread reads.
class Count {
 public:
  void add(std::uint64_t by = 1) noexcept { set(get() + by); }
  void subtract(std::uint64_t by = 1) noexcept { set(get() - by); }
  [[nodiscard]] std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  void set(std::uint64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  std::atomic<std::uint64_t> value_{0};
};

class PoolState final : public std::enable_shared_from_this<PoolState> {
 public:
  PoolState(PoolOptions given, PoolCore& its_core);
  PoolState(const PoolState&) = delete;
  PoolState& operator=(const PoolState&) = delete;
  ~PoolState();

  // What this thread's loop has; made at its first use.
  PoolShard& here();
  // Calls f(shard) for each; from any thread.
  template <class F>
  void each(F f) const;

  // A permit, if one is free and nobody waits for it. Otherwise the shard wants one more than before, and
  // will be given it by PoolShard::permit_arrived().
  bool take_or_want(PoolShard& shard);
  bool take(PoolShard& shard) noexcept;
  void no_longer_wants(PoolShard& shard) noexcept;
  // The shard has so many waiters left; some were served by what others had wanted.
  void wants_at_most(PoolShard& shard, std::size_t count) noexcept;
  // Back from `shard`; to whoever is next.
  void put(PoolShard& shard) noexcept;

  enum class Demand : std::uint8_t { none, borrower, below_share };
  // Who waits elsewhere, and whether one of them has less than its share.
  [[nodiscard]] Demand demand_beside(const PoolShard& shard) noexcept;
  // Whether `shard` has more than its share while another has less and waits.
  [[nodiscard]] bool must_yield(const PoolShard& shard) noexcept;
  [[nodiscard]] std::size_t hungry_shards() const noexcept {
    return hungry_count_.load(std::memory_order_relaxed);
  }

  void set_limit(std::size_t limit) noexcept;
  [[nodiscard]] std::size_t limit() const noexcept { return limit_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool over_limit() const noexcept { return over_limit_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t share_of_min_idle() const noexcept;
  [[nodiscard]] std::size_t idle_beside(const PoolShard& shard) const noexcept;
  [[nodiscard]] PoolStats stats() const;
  [[nodiscard]] PoolPart part_of(const PoolShard& shard);
  [[nodiscard]] std::size_t share() const noexcept;

  const PoolOptions options;
  PoolCore& core;
  std::atomic<bool> closing{false};
  std::atomic<std::size_t> waiting{0};
  std::atomic<std::uint64_t> refused{0};

 private:
  PoolShard* next_hungry() noexcept;
  void forget_hungry(PoolShard& shard) noexcept;
  void ask_others(const PoolShard* except);

  static constexpr std::size_t kHeads = 64;
  std::array<std::atomic<PoolShard*>, kHeads> heads_{};  // chains of shards, by the worker's number
  std::atomic<std::size_t> shards_{0};
  std::mutex mutex_;
  std::size_t open_ = 0;  // permits that are out
  std::atomic<std::size_t> limit_;
  std::atomic<bool> over_limit_{false};
  std::vector<PoolShard*> hungry_;  // in order
  std::atomic<std::size_t> hungry_count_{0};
};

class alignas(64) PoolShard final : private Timer {
 public:
  PoolShard(PoolState& its_state, EventLoop& its_loop);
  PoolShard(const PoolShard&) = delete;
  PoolShard& operator=(const PoolShard&) = delete;
  ~PoolShard();

  class Wait;

  // The idle one that was used last, leased to the caller. nullptr: there is none, or (when `unchecked_only`)
  // it needs a check.
  PoolEntry* lease_idle(bool unchecked_only, bool& needs_check) noexcept;
  void adopt(PoolEntry& entry) noexcept;  // a new one; it is leased
  void give_back(PoolEntry& entry) noexcept;
  void close_leased(PoolEntry& entry, PoolClose reason) noexcept;
  // A permit of this shard is free: for the first who waits here, or for the others.
  void permit_back() noexcept;
  // One that this shard had wanted.
  void permit_arrived() noexcept;
  // Closes idle ones that others wait for, or that are beyond the limit.
  void lend() noexcept;
  // Closes what is idle and forgets the timer.
  void shut() noexcept;
  Task<void> drain(Duration limit);
  [[nodiscard]] bool wants_refill() const noexcept;
  // Looks after age and the minimum at `at` or sooner.
  void tick_at(TimePoint at) noexcept;
  // Wakes drain() when nothing is left to wait for.
  void settle() noexcept;
  [[nodiscard]] std::string held_by() const;
  void add_holders(std::vector<PoolHolder>& to);
  void add_waiters(std::vector<PoolHolder>& to);

  PoolState& state;
  EventLoop& loop;
  const std::optional<std::size_t> worker;
  PoolShard* next_in_chain = nullptr;

  Count in_use, idle, opening, waiting;
  Count checkouts, opened, open_failed, timed_out, borrowed;
  std::array<Count, kPoolCloseReasons> closed;
  Histogram wait_time;

  // Guarded by the state's mutex.
  std::size_t held = 0;    // permits
  std::size_t wanted = 0;  // more of them
  bool asked = false;      // a call of lend() is on its way here

  Context background;  // of what refills

 private:
  friend class Wait;
  void fire() noexcept override;
  void lease(PoolEntry& entry, const Context& holder) noexcept;
  void rest(PoolEntry& entry) noexcept;  // among the idle ones
  void close_idle(PoolEntry& entry, PoolClose reason) noexcept;
  void count_closed(PoolClose reason) noexcept { closed[static_cast<std::size_t>(reason)].add(); }
  void leave(Wait& wait) noexcept;
  bool usable(PoolEntry& entry) noexcept;
  void refill() noexcept;

  List<PoolEntry> idle_;  // the one used last is the first
  mutable List<PoolEntry> leased_;
  ngo::detail::WaitQueue waiters_;
  bool refilling_ = false;
  Event settled_;
};

template <class F>
void PoolState::each(F f) const {
  for (const auto& head : heads_) {
    for (PoolShard* shard = head.load(std::memory_order_acquire); shard != nullptr;
         shard = shard->next_in_chain)
      f(*shard);
  }
}

// A wait in turn for a resource, or for a permit to open one.
class [[nodiscard]] PoolShard::Wait final : public Waiter, private Timer {
 public:
  enum class End : std::uint8_t { none, resource, permit, timed_out, closing };

  Wait(PoolShard& shard, Duration limit) noexcept : shard_(shard), limit_(limit) {}
  ~Wait();
  [[nodiscard]] bool await_ready() const {
    check_cancelled();
    return false;
  }
  bool await_suspend(std::coroutine_handle<> handle);
  End await_resume();
  [[nodiscard]] PoolEntry* resource() const noexcept { return resource_; }
  [[nodiscard]] Duration waited() const noexcept { return shard_.loop.now() - since_; }

 private:
  friend class PoolShard;
  void fire() noexcept override;
  bool abandon() noexcept override;
  void end(End how, PoolEntry* resource = nullptr) noexcept;

  PoolShard& shard_;
  Duration limit_;
  TimePoint since_{};
  PoolEntry* resource_ = nullptr;
  End end_ = End::none;
  bool taken_ = false;
};

}  // namespace ngo::net::detail
