// What workers owe each other: permits wander to whoever needs them, nobody waits for ever, and never are
// more open than the process may have.
#include <gtest/gtest.h>

#include <atomic>
#include <utility>
#include <vector>

#include "ngo/net/pool.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"
#include "ngo/runtime/workers.hpp"

namespace {

using namespace std::chrono_literals;
using ngo::Code;
using ngo::Duration;
using ngo::Error;
using ngo::EventLoop;
using ngo::run_on;
using ngo::Task;
using ngo::Workers;
using ngo::net::Pool;
using ngo::net::PoolClose;
using ngo::net::PoolOptions;
using ngo::net::PoolStats;

struct Server {
  std::atomic<int> open{0};
  std::atomic<int> most{0};
  void opened() noexcept {
    const int now = ++open;
    int before = most.load();
    while (before < now && !most.compare_exchange_weak(before, now)) {
    }
  }
};

// Notices when it is used or destroyed on a thread that it does not belong to.
class Connection {
 public:
  explicit Connection(Server& server) : server_(&server), loop_(&EventLoop::current()) { server.opened(); }
  Connection(Connection&& other) noexcept
      : server_(std::exchange(other.server_, nullptr)), loop_(other.loop_) {}
  Connection& operator=(Connection&&) = delete;
  ~Connection() {
    if (server_ == nullptr) return;
    --server_->open;
    EXPECT_EQ(EventLoop::current_or_null(), loop_);
  }
  void use() const { EXPECT_EQ(&EventLoop::current(), loop_); }

 private:
  Server* server_;
  EventLoop* loop_;
};
using Connections = Pool<Connection>;

Task<Connection> connect(Server& server) {
  co_await ngo::yield();
  co_return Connection(server);
}

struct PoolLending : testing::Test {
  Server server;
  Workers workers{2};
  EventLoop loop;

  Connections::Hooks hooks() {
    return {.open = [this] { return connect(server); }};
  }
  static PoolOptions of_size(std::size_t size, Duration lend_after) {
    PoolOptions options;
    options.max_size = size;
    options.max_wait = Duration::max();
    options.lend_after = lend_after;
    return options;
  }
  Task<void> on(std::size_t worker, Task<void> (*what)(Connections&), Connections& pool) {
    auto there = [&pool, what] { return what(pool); };
    co_await run_on(workers.loop(worker), there);
  }
};

Task<void> warms_up_two(Connections& pool) { co_await pool.warm_up(2); }
Task<void> takes_one(Connections& pool) {
  Connections::Lease lease = co_await pool.checkout();
  lease->use();
}
Task<void> takes_two(Connections& pool) {
  Connections::Lease first = co_await pool.checkout();
  Connections::Lease second = co_await pool.checkout();
  second->use();
}
Task<void> others_wait(Connections& pool, std::size_t how_many) {
  while (pool.stats().waiting < how_many) co_await ngo::yield();
}
// Holds both until another waits.
Task<void> gives_way(Connections& pool) {
  Connections::Lease first = co_await pool.checkout();
  Connections::Lease second = co_await pool.checkout();
  co_await others_wait(pool, 1);
  first.release();
  while (pool.stats().waiting != 0) co_await ngo::yield();
}

TEST_F(PoolLending, GivesAWorkerItsShareOfWhatAnotherHasIdle) {
  Connections pool(of_size(2, Duration::max()), hooks());
  auto all = [](PoolLending& test, Connections& of) -> Task<void> {
    co_await test.on(0, warms_up_two, of);
    co_await test.on(1, takes_one, of);
    const PoolStats stats = of.stats();
    EXPECT_EQ(stats.closed_for(PoolClose::lent), 1U);
    EXPECT_EQ(stats.workers, 2U);
    EXPECT_EQ(test.server.open, 2);
    const ngo::net::PoolReport report = co_await of.view().report();
    EXPECT_EQ(report.share, 1U);
    EXPECT_EQ(report.workers.size(), 2U);
    for (const ngo::net::PoolPart& part : report.workers) {
      EXPECT_EQ(part.permits, 1U);
      EXPECT_EQ(part.lent, part.worker == 0U ? 1U : 0U);
      EXPECT_EQ(part.borrowed, part.worker == 1U ? 1U : 0U);
    }
    co_await of.drain(1s);
    EXPECT_EQ(test.server.open, 0);
  };
  loop.block_on(all(*this, pool));
}

TEST_F(PoolLending, BorrowsAlsoForCallersThatMayNotWaitForABusyPool) {
  PoolOptions options = of_size(2, 1ms);
  options.max_waiting = 0;
  options.max_wait = 0ms;
  Connections pool(options, hooks());
  auto all = [](PoolLending& test, Connections& of) -> Task<void> {
    co_await test.on(0, warms_up_two, of);
    co_await test.on(1, takes_two, of);
    EXPECT_EQ(of.stats().refused, 0U);
    co_await of.drain(1s);
  };
  loop.block_on(all(*this, pool));
}

TEST_F(PoolLending, LetsAWorkerBorrowBeyondItsShareWhatStaysIdle) {
  Connections pool(of_size(2, 1ms), hooks());
  auto all = [](PoolLending& test, Connections& of) -> Task<void> {
    co_await test.on(0, warms_up_two, of);
    co_await test.on(1, takes_two, of);
    EXPECT_EQ(of.stats().closed_for(PoolClose::lent), 2U);
    EXPECT_EQ(test.server.most, 2);
    co_await of.drain(1s);
  };
  loop.block_on(all(*this, pool));
}

TEST_F(PoolLending, WakesAWorkerThatWaitsWhenAnotherReturnsOne) {
  Connections pool(of_size(2, 0ms), hooks());
  auto all = [](PoolLending& test, Connections& of) -> Task<void> {
    auto late = [](PoolLending& its, Connections& to) -> Task<void> {
      while (to.stats().in_use < 2) co_await ngo::yield();
      co_await its.on(1, takes_one, to);
    };
    co_await when_all(test.on(0, gives_way, of), late(test, of));
    EXPECT_EQ(test.server.most, 2);
    co_await of.drain(1s);
  };
  loop.block_on(all(*this, pool));
}

TEST_F(PoolLending, ServesAWorkerBelowItsShareBeforeTheOwnOfOneAboveIt) {
  Connections pool(of_size(2, 0ms), hooks());
  auto all = [](PoolLending& test, Connections& of) -> Task<void> {
    std::atomic<int> order{0};
    auto greedy = [&]() -> Task<void> {
      Connections::Lease first = co_await of.checkout();
      Connections::Lease second = co_await of.checkout();
      auto third = [](Connections& from, std::atomic<int>& count) -> Task<int> {
        Connections::Lease lease = co_await from.checkout();
        co_return ++count;
      };
      auto frees = [](Connections& from, const std::atomic<int>& count, Connections::Lease& one,
                      Connections::Lease& other) -> Task<void> {
        co_await others_wait(from, 2);
        one.release();
        while (count == 0) co_await ngo::yield();
        other.release();
      };
      auto [its_place, nothing] = co_await when_all(third(of, order), frees(of, order, first, second));
      EXPECT_EQ(its_place, 2);
    };
    auto modest = [&]() -> Task<void> {
      Connections::Lease lease = co_await of.checkout();
      EXPECT_EQ(++order, 1);
    };
    auto run_there = [](EventLoop& where, auto& what) -> Task<void> { co_await run_on(where, what); };
    auto late = [](PoolLending& its, Connections& to, auto& what) -> Task<void> {
      // Behind the greedy worker's own in the queue.
      co_await others_wait(to, 1);
      co_await run_on(its.workers.loop(1), what);
    };
    co_await when_all(run_there(test.workers.loop(0), greedy), late(test, of, modest));
    co_await of.drain(1s);
  };
  loop.block_on(all(*this, pool));
}

// Each worker takes, holds, breaks, gives up waiting, at odd moments. What counts: the limit holds at every
// moment, and at the end nothing is lost: all can be had by one worker.
TEST_F(PoolLending, LosesNothingHoweverTheWorkersGetInEachOthersWay) {
  constexpr std::size_t kLimit = 3;
  Connections pool(of_size(kLimit, 0ms), hooks());
  auto one = [](Connections& of, unsigned seed, int rounds) -> Task<void> {
    for (int i = 0; i < rounds; ++i) {
      seed = seed * 1664525U + 1013904223U;
      const unsigned dice = seed >> 24;
      auto once = [](Connections& from, unsigned value) -> Task<void> {
        Connections::Lease lease = co_await from.checkout();
        lease->use();
        for (unsigned n = 0; n < value % 4; ++n) co_await ngo::yield();
        if (value % 16 == 0) lease.discard();
      };
      try {
        if (dice % 8 == 1) {
          co_await ngo::with_timeout(100us, once(of, dice));
        } else {
          co_await once(of, dice);
        }
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::deadline_exceeded) << error.what();
      }
    }
  };
  auto worker = [one](Connections& of, unsigned seed) -> Task<void> {
    std::vector<Task<void>> all;
    for (unsigned i = 0; i < 4; ++i) all.push_back(one(of, seed * 10 + i, 500));
    co_await when_all(std::move(all));
  };
  auto all = [](PoolLending& test, Connections& of, auto& its_worker) -> Task<void> {
    auto first = [&]() -> Task<void> { return its_worker(of, 1); };
    auto second = [&]() -> Task<void> { return its_worker(of, 2); };
    auto run_there = [](EventLoop& where, auto& what) -> Task<void> { co_await run_on(where, what); };
    co_await when_all(run_there(test.workers.loop(0), first), run_there(test.workers.loop(1), second));
    EXPECT_LE(test.server.most, static_cast<int>(kLimit));
    auto takes_all = [&of]() -> Task<void> {
      std::vector<Connections::Lease> leases;
      for (std::size_t i = 0; i < kLimit; ++i) {
        Connections::Lease lease = co_await of.checkout();
        leases.push_back(std::move(lease));
      }
    };
    co_await run_on(test.workers.loop(0), takes_all);
    const PoolStats stats = of.stats();
    EXPECT_EQ(stats.in_use + stats.waiting + stats.opening, 0U);
    co_await of.drain(1s);
    EXPECT_EQ(test.server.open, 0);
  };
  loop.block_on(all(*this, pool, worker));
}

TEST_F(PoolLending, TellsWhoHoldsWhatOnAllWorkers) {
  Connections pool(of_size(2, 0ms), hooks());
  auto all = [](PoolLending& test, Connections& of) -> Task<void> {
    std::atomic<bool> asked{false};
    auto holds = [&](const char* work) {
      return [&of, &asked, work]() -> Task<void> {
        ngo::Context::current().set_work(work);
        Connections::Lease lease = co_await of.checkout();
        while (!asked) co_await ngo::yield();
      };
    };
    auto first = holds("GET /a");
    auto second = holds("GET /b");
    auto run_there = [](EventLoop& where, auto& what) -> Task<void> { co_await run_on(where, what); };
    auto asks = [](Connections& from, std::atomic<bool>& done) -> Task<std::size_t> {
      while (from.stats().in_use < 2) co_await ngo::yield();
      const auto holders = co_await from.holders();
      done = true;
      co_return holders.size();
    };
    auto [a, b, count] = co_await when_all(run_there(test.workers.loop(0), first),
                                           run_there(test.workers.loop(1), second), asks(of, asked));
    EXPECT_EQ(count, 2U);
    co_await of.drain(1s);
  };
  loop.block_on(all(*this, pool));
}

}  // namespace
