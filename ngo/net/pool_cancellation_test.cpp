// A pool whose callers are cancelled at every moment in turn: in the queue, while one is opened, checked or
// used. Afterwards nothing is out and every permit is back.
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "ngo/net/pool.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace {

using namespace std::chrono_literals;
using ngo::Clock;
using ngo::Code;
using ngo::Context;
using ngo::Error;
using ngo::EventLoop;
using ngo::Task;
using ngo::TimePoint;
using ngo::net::Pool;
using ngo::net::PoolOptions;
using ngo::net::PoolStats;

// A virtual clock that cancels a Context when it is read for the n-th time: once a turn, while all coroutines
// stand at their waits.
class CancellingClock final : public Clock {
 public:
  explicit CancellingClock(int at) : at_(at) {}
  void aim(Context* context) noexcept { context_ = context; }
  [[nodiscard]] bool fired() const noexcept { return fired_; }
  [[nodiscard]] TimePoint now() const noexcept override {
    if (context_ != nullptr && ++seen_ == at_) {
      fired_ = true;
      context_->cancel();
    }
    return clock_.now();
  }
  [[nodiscard]] ngo::WallTime wall() const noexcept override { return clock_.wall(); }
  bool jump_to(TimePoint next) noexcept override { return clock_.jump_to(next); }

 private:
  int at_;
  mutable int seen_ = 0;
  mutable bool fired_ = false;
  Context* context_ = nullptr;
  ngo::VirtualClock clock_;
};

int open_now = 0;

class Connection {
 public:
  Connection() { ++open_now; }
  Connection(Connection&& other) noexcept : live_(std::exchange(other.live_, false)) {}
  Connection& operator=(Connection&&) = delete;
  ~Connection() {
    if (live_) --open_now;
  }

 private:
  bool live_ = true;
};
using Connections = Pool<Connection>;

Task<Connection> connect() {
  co_await ngo::sleep(2ms);
  co_return Connection();
}
Task<bool> is_healthy() {
  co_await ngo::sleep(2ms);
  co_return true;
}

Task<void> uses(Connections& pool, int times) {
  for (int i = 0; i < times; ++i) {
    Connections::Lease lease = co_await pool.checkout();
    co_await ngo::sleep(3ms);
    lease.release();
    co_await ngo::sleep(i == 1 ? 20ms : 1ms);  // long enough for a check to be due
  }
}

Task<void> tree(Connections& pool) {
  co_await pool.warm_up(1);
  std::vector<Task<void>> all;
  for (int i = 0; i < 5; ++i) all.push_back(uses(pool, 3));
  co_await when_all(std::move(all));
}

// Whether the tree came to its end.
bool run_once(int at) {
  CancellingClock clock(at);
  EventLoop loop(clock);
  auto all = [](CancellingClock& by) -> Task<void> {
    PoolOptions options;
    options.max_size = 2;
    options.check_after = 5ms;
    Connections pool(options, {.open = [] { return connect(); },
                               .usable = [](Connection&) { return true; },
                               .check = [](Connection&) { return is_healthy(); }});
    {
      Context root(Context::current());
      by.aim(&root);
      try {
        co_await ngo::with_context(root, tree(pool));
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::cancelled) << error.what();
      }
      by.aim(nullptr);
    }
    const PoolStats stats = pool.stats();
    EXPECT_EQ(stats.in_use + stats.waiting + stats.opening, 0U);
    EXPECT_EQ(open_now, static_cast<int>(stats.idle));
    Connections::Lease one = co_await pool.checkout();
    Connections::Lease two = co_await pool.checkout();
    EXPECT_FALSE(pool.try_checkout());
    one.release();
    two.release();
    co_await pool.drain(1s);
  };
  loop.block_on(all(clock));
  EXPECT_EQ(open_now, 0) << "turn " << at;
  EXPECT_FALSE(loop.timers().next()) << "turn " << at;
  return !clock.fired();
}

TEST(PoolCancellation, InEveryTurnOfTheLoopNothingIsLost) {
  int turns = 1;
  while (!run_once(turns) && !HasFailure()) ++turns;
  EXPECT_GT(turns, 20);
}

}  // namespace
