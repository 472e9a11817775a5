// A pool whose callers are cancelled at every moment in turn: in the queue, while one is opened, checked or
// used. Afterwards nothing is out and every permit is back.
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "ngo/net/pool.hpp"
#include "ngo/runtime/cancel_at_impl.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace {

using namespace std::chrono_literals;
using ngo::CancelAt;
using ngo::Code;
using ngo::Context;
using ngo::Error;
using ngo::EventLoop;
using ngo::Task;
using ngo::net::Pool;
using ngo::net::PoolOptions;
using ngo::net::PoolStats;

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

Task<Connection> connect(CancelAt& by) {
  by.step();
  co_await ngo::sleep(2ms);
  by.step();
  co_return Connection();
}
Task<bool> is_healthy(CancelAt& by) {
  by.step();
  co_await ngo::sleep(2ms);
  by.step();
  co_return true;
}

Task<void> uses(CancelAt& by, Connections& pool, int times) {
  for (int i = 0; i < times; ++i) {
    by.step();
    Connections::Lease lease = co_await pool.checkout();
    by.step();
    co_await ngo::sleep(3ms);
    by.step();
    lease.release();
    by.step();
    co_await ngo::sleep(i == 1 ? 20ms : 1ms);  // long enough for a check to be due
    by.step();
  }
}

Task<void> tree(CancelAt& by, Connections& pool) {
  by.step();
  co_await pool.warm_up(1);
  std::vector<Task<void>> all;
  for (int i = 0; i < 5; ++i) all.push_back(uses(by, pool, 3));
  co_await when_all(std::move(all));
}

// Whether the tree came to its end.
bool run_once(CancelAt::Moments moments, int number) {
  CancelAt clock(moments, number);
  EventLoop loop(clock);
  auto all = [](CancelAt& by) -> Task<void> {
    PoolOptions options;
    options.max_size = 2;
    options.check_after = 5ms;
    Connections pool(options, {.open = [&by] { return connect(by); },
                               .usable = [](Connection&) { return true; },
                               .check = [&by](Connection&) { return is_healthy(by); }});
    {
      Context root(Context::current());
      by.aim(&root);
      try {
        co_await ngo::with_context(root, tree(by, pool));
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
  EXPECT_EQ(open_now, 0) << "moment " << number;
  EXPECT_FALSE(loop.timers().next()) << "moment " << number;
  return !clock.fired();
}

TEST(PoolCancellation, InEveryTurnOfTheLoopNothingIsLost) {
  int turns = 1;
  while (!run_once(CancelAt::Moments::turns, turns) && !HasFailure()) ++turns;
  EXPECT_GT(turns, 20);
}

TEST(PoolCancellation, AtEveryAwaitNothingIsLost) {
  int steps = 1;
  while (!run_once(CancelAt::Moments::steps, steps) && !HasFailure()) ++steps;
  EXPECT_GT(steps, 50);
}

}  // namespace
