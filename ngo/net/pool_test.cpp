#include "ngo/net/pool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/scope.hpp"
#include "ngo/runtime/wait.hpp"

namespace {

using namespace std::chrono_literals;
using ngo::Code;
using ngo::Context;
using ngo::Duration;
using ngo::Error;
using ngo::EventLoop;
using ngo::Scope;
using ngo::Task;
using ngo::VirtualClock;
using ngo::net::Pool;
using ngo::net::PoolClose;
using ngo::net::PoolHolder;
using ngo::net::PoolOptions;
using ngo::net::PoolStats;
using testing::HasSubstr;

// What stands at the other end of the pool's connections.
struct Server {
  int opened = 0;
  int open = 0;
  int checks = 0;
  Duration opens_in{};
  bool refuses = false;
};

class Connection {
 public:
  explicit Connection(Server& server) : number(++server.opened), server_(&server) { ++server.open; }
  Connection(Connection&& other) noexcept
      : number(other.number),
        usable(other.usable),
        healthy(other.healthy),
        server_(std::exchange(other.server_, nullptr)) {}
  Connection& operator=(Connection&&) = delete;
  ~Connection() {
    if (server_ != nullptr) --server_->open;
  }
  int number;
  bool usable = true;
  bool healthy = true;
  bool settled = true;
  [[nodiscard]] Server& server() const { return *server_; }

 private:
  Server* server_;
};

using Connections = Pool<Connection>;

Task<Connection> connect(Server& server) {
  if (server.opens_in > Duration::zero()) co_await ngo::sleep(server.opens_in);
  if (server.refuses) throw Error(Code::unavailable, "refused");
  co_return Connection(server);
}

Task<bool> is_healthy(Connection& connection) {
  ++connection.server().checks;
  co_await ngo::sleep(connection.healthy ? 1ms : 1h);
  co_return true;
}

Connections::Hooks hooks(Server& server) {
  return {.open = [&server] { return connect(server); },
          .usable = [](Connection& connection) { return connection.usable; },
          .check = [](Connection& connection) { return is_healthy(connection); }};
}

PoolOptions of_size(std::size_t size) {
  PoolOptions options;
  options.name = "store:main";
  options.max_size = size;
  return options;
}

template <class Body>
void on_loop(Body body) {
  VirtualClock clock;
  EventLoop loop(clock);
  loop.block_on(body());
}

// Checks one out, holds it for a while, and writes down which it was.
Task<void> uses(Connections& pool, Duration for_how_long, std::vector<int>& log) {
  Connections::Lease lease = co_await pool.checkout();
  log.push_back(lease->number);
  co_await ngo::sleep(for_how_long);
}

TEST(Pool, HandsOutTheOneThatWasUsedLast) {
  on_loop([]() -> Task<void> {
    Server server;
    Connections pool(of_size(4), hooks(server));
    Connections::Lease first = co_await pool.checkout();
    Connections::Lease second = co_await pool.checkout();
    EXPECT_EQ(first->number, 1);
    EXPECT_EQ(second->number, 2);
    first.release();
    second.release();
    EXPECT_FALSE(first);
    Connections::Lease again = co_await pool.checkout();
    EXPECT_EQ(again->number, 2);
    EXPECT_EQ(pool.try_checkout()->number, 1);
    EXPECT_EQ(server.opened, 2);
  });
}

TEST(Pool, DoesNotWaitNorOpenInTryCheckout) {
  on_loop([]() -> Task<void> {
    Server server;
    Connections pool(of_size(4), hooks(server));
    EXPECT_FALSE(pool.try_checkout());
    co_await pool.warm_up(1);
    Connections::Lease lease = pool.try_checkout();
    EXPECT_TRUE(lease);
    EXPECT_FALSE(pool.try_checkout());
  });
}

TEST(Pool, LetsNoMoreThanItsSizeBeOpenAndServesTheRestInTurn) {
  on_loop([]() -> Task<void> {
    Server server;
    server.opens_in = 1ms;
    Connections pool(of_size(2), hooks(server));
    std::vector<int> log;
    co_await Scope::run([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 6; ++i) scope.spawn(uses(pool, 10ms + i * 1ms, log));
      co_await ngo::sleep(5ms);
      const PoolStats stats = pool.stats();
      EXPECT_EQ(stats.in_use, 2U);
      EXPECT_EQ(stats.waiting, 4U);
      EXPECT_EQ(server.open, 2);
    });
    EXPECT_THAT(log, testing::ElementsAre(1, 2, 1, 2, 1, 2));
    const PoolStats stats = pool.stats();
    EXPECT_EQ(stats.waiting, 0U);
    EXPECT_EQ(stats.idle, 2U);
    EXPECT_EQ(stats.checkouts, 6U);
    EXPECT_EQ(stats.opened, 2U);
    EXPECT_EQ(stats.wait.count(), 4U);
    EXPECT_GE(stats.wait.least(), 10'000'000U);
  });
}

TEST(Pool, SaysWhoHoldsWhatWhenNoneBecomesFree) {
  on_loop([]() -> Task<void> {
    Server server;
    PoolOptions options = of_size(1);
    options.max_wait = 2s;
    Connections pool(options, hooks(server));
    Context::current().set_work("GET /articles/{id}");
    Connections::Lease held = co_await pool.checkout();
    co_await ngo::sleep(1s);
    try {
      Connections::Lease none = co_await pool.checkout();
      ADD_FAILURE() << "there was none to have";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::resource_exhausted);
      EXPECT_EQ(error.message(),
                "pool \"store:main\": none became free within 2s; 1 of 1 in use, 0 waiting; held on this "
                "worker by GET /articles/{id} (1, for up to 3s)");
    }
    EXPECT_EQ(pool.stats().timed_out, 1U);
    const std::vector<PoolHolder> holders = co_await pool.holders();
    EXPECT_EQ(holders.size(), 1U);
    EXPECT_EQ(holders.at(0).work, "GET /articles/{id}");
    EXPECT_EQ(holders.at(0).held, 3s);
  });
}

TEST(Pool, ShowsWhoHoldsAndWhoWaitsWithTheirTraces) {
  on_loop([]() -> Task<void> {
    Server server;
    Connections pool(of_size(1), hooks(server));
    const ngo::TraceId trace = ngo::TraceId::generate();
    Context::current().set_work("GET /articles/{id}");
    ngo::TraceIdentity identity;
    identity.trace = trace;
    identity.span = ngo::SpanId::generate();
    Context::current().set_trace(identity);
    Connections::Lease held = co_await pool.checkout();
    held.describe([] { return std::string("HTTP/2, 3 requests"); });
    std::vector<int> log;
    co_await Scope::run([&](Scope& scope) -> Task<> {
      scope.spawn(uses(pool, 1ms, log));
      co_await ngo::sleep(1s);
      const ngo::net::PoolReport report = co_await pool.view().report();
      EXPECT_EQ(report.stats.limit, 1U);
      EXPECT_EQ(report.share, 1U);
      EXPECT_EQ(report.holders.size(), 1U);
      EXPECT_EQ(report.waiters.size(), 1U);
      for (const PoolHolder& each : {report.holders.at(0), report.waiters.at(0)}) {
        EXPECT_EQ(each.work, "GET /articles/{id}");
        EXPECT_EQ(each.trace, trace);
        EXPECT_EQ(each.held, 1s);
        EXPECT_FALSE(each.worker);
      }
      EXPECT_EQ(report.holders.at(0).note, "HTTP/2, 3 requests");
      EXPECT_EQ(report.workers.size(), 1U);
      EXPECT_EQ(report.workers.at(0).permits, 1U);
      EXPECT_EQ(report.workers.at(0).wanted, 1U);
      EXPECT_TRUE(report.workers.at(0).answered);
      held.release();
    });
    Connections::Lease again = co_await pool.checkout();
    const std::vector<PoolHolder> holders = co_await pool.holders();
    EXPECT_EQ(holders.at(0).note, "") << "it was that of the lease before";
  });
}

TEST(Pool, IsSeenByAViewThatOutlivesIt) {
  on_loop([]() -> Task<void> {
    Server server;
    auto pool = std::make_unique<Connections>(of_size(3), hooks(server));
    const ngo::net::PoolView view = pool->view();
    view.set_max_size(2);
    EXPECT_EQ(pool->stats().limit, 2U);
    {
      const Connections::Lease lease = co_await pool->checkout();
    }
    pool.reset();
    EXPECT_EQ(view.options().name, "store:main");
    EXPECT_EQ(view.stats().opened, 1U);
    const ngo::net::PoolReport report = co_await view.report();
    EXPECT_TRUE(report.holders.empty());
  });
}

TEST(Pool, RefusesAtOnceWhenTooManyWaitAlready) {
  on_loop([]() -> Task<void> {
    Server server;
    PoolOptions options = of_size(1);
    options.max_waiting = 2;
    Connections pool(options, hooks(server));
    std::vector<int> log;
    co_await Scope::run([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 3; ++i) scope.spawn(uses(pool, 10ms, log));
      try {
        Connections::Lease none = co_await pool.checkout();
        ADD_FAILURE() << "two wait already";
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::resource_exhausted);
        EXPECT_THAT(error.message(), HasSubstr("2 waiting"));
      }
    });
    EXPECT_EQ(pool.stats().refused, 1U);
    EXPECT_EQ(log.size(), 3U);
  });
}

TEST(Pool, WaitsNoLongerThanTheDeadline) {
  on_loop([]() -> Task<void> {
    Server server;
    Connections pool(of_size(1), hooks(server));
    Connections::Lease held = co_await pool.checkout();
    std::vector<int> log;
    try {
      co_await ngo::with_timeout(50ms, uses(pool, 0ms, log));
      ADD_FAILURE() << "there was none to have";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::deadline_exceeded);
      EXPECT_EQ(error.message(),
                "the deadline passed after a wait of 50ms for pool \"store:main\" of size 1");
    }
    EXPECT_EQ(pool.stats().waiting, 0U);
    held.release();
    co_await uses(pool, 0ms, log);
    EXPECT_EQ(server.opened, 1);
  });
}

TEST(Pool, ClosesWhatAnExceptionLeftBehind) {
  on_loop([]() -> Task<void> {
    Server server;
    Connections pool(of_size(1), hooks(server));
    auto breaks = [](Connections& of) -> Task<void> {
      Connections::Lease lease = co_await of.checkout();
      co_await ngo::sleep(1ms);
      throw std::runtime_error("in the middle of an answer");
    };
    try {
      co_await breaks(pool);
    } catch (const std::runtime_error&) {
    }
    EXPECT_EQ(server.open, 0);
    EXPECT_EQ(pool.stats().closed_for(PoolClose::discarded), 1U);
    Connections::Lease lease = co_await pool.checkout();
    EXPECT_EQ(lease->number, 2);
    lease.discard();
    EXPECT_EQ(server.open, 0);
  });
}

TEST(Pool, KeepsWhatIsSettledAlsoAfterAnException) {
  on_loop([]() -> Task<void> {
    Server server;
    Connections::Hooks with_settled = hooks(server);
    with_settled.settled = [](Connection& connection) { return connection.settled; };
    Connections pool(of_size(1), with_settled);
    auto fails = [](Connections& of, bool settled) -> Task<void> {
      Connections::Lease lease = co_await of.checkout();
      lease->settled = settled;
      throw Error(Code::not_found, "a whole answer");
    };
    EXPECT_THROW(co_await fails(pool, true), Error);
    EXPECT_EQ(pool.stats().idle, 1U);
    EXPECT_THROW(co_await fails(pool, false), Error);
    EXPECT_EQ(pool.stats().closed_for(PoolClose::discarded), 1U);
    EXPECT_EQ(server.open, 0);
  });
}

TEST(Pool, LetsTheNextInTurnOpenOneInPlaceOfABrokenOne) {
  on_loop([]() -> Task<void> {
    Server server;
    Connections pool(of_size(1), hooks(server));
    Connections::Lease lease = co_await pool.checkout();
    std::vector<int> log;
    co_await Scope::run([&](Scope& scope) -> Task<> {
      scope.spawn(uses(pool, 1ms, log));
      scope.spawn(uses(pool, 1ms, log));
      co_await ngo::sleep(1ms);
      lease.discard();
    });
    EXPECT_THAT(log, testing::ElementsAre(2, 2));
  });
}

TEST(Pool, DoesNotKeepWhatIsUnusable) {
  on_loop([]() -> Task<void> {
    Server server;
    Connections pool(of_size(2), hooks(server));
    Connections::Lease lease = co_await pool.checkout();
    lease->usable = false;
    lease.release();
    EXPECT_EQ(server.open, 0);
    lease = co_await pool.checkout();
    Connection& closed_by_peer = *lease;
    lease.release();
    closed_by_peer.usable = false;
    lease = co_await pool.checkout();
    EXPECT_EQ(lease->number, 3);
    EXPECT_EQ(pool.stats().closed_for(PoolClose::unusable), 2U);
  });
}

TEST(Pool, ChecksWhatWasIdleForLong) {
  on_loop([]() -> Task<void> {
    Server server;
    PoolOptions options = of_size(2);
    options.check_after = 10s;
    options.check_timeout = 100ms;
    Connections pool(options, hooks(server));
    co_await pool.warm_up(2);
    co_await ngo::sleep(10s);
    EXPECT_TRUE(pool.try_checkout());
    EXPECT_EQ(server.checks, 0);
    co_await ngo::sleep(11s);
    EXPECT_FALSE(pool.try_checkout()) << "it needs a check";
    Connections::Lease lease = co_await pool.checkout();
    EXPECT_EQ(server.checks, 1);
    Connection& frozen = *lease;
    lease.release();
    frozen.healthy = false;
    co_await ngo::sleep(11s);
    lease = co_await pool.checkout();
    EXPECT_EQ(server.checks, 3);
    EXPECT_EQ(pool.stats().closed_for(PoolClose::unhealthy), 1U);
    EXPECT_EQ(server.open, 1);
  });
}

TEST(Pool, ClosesWhatIsIdleForTooLongOrTooOld) {
  on_loop([]() -> Task<void> {
    Server server;
    PoolOptions options = of_size(4);
    options.idle_age = 30s;
    options.max_age = 10min;
    Connections pool(options, hooks(server));
    co_await pool.warm_up(2);
    co_await ngo::sleep(20s);
    {
      Connections::Lease lease = co_await pool.checkout();
    }
    co_await ngo::sleep(11s);
    EXPECT_EQ(server.open, 1);
    co_await ngo::sleep(20s);
    EXPECT_EQ(server.open, 0);
    EXPECT_EQ(pool.stats().closed_for(PoolClose::idle_age), 2U);
    Connections::Lease lease = co_await pool.checkout();
    co_await ngo::sleep(11min);
    lease.release();
    EXPECT_EQ(pool.stats().closed_for(PoolClose::max_age), 1U);
    EXPECT_EQ(server.open, 0);
  });
}

TEST(Pool, KeepsTheMinimumOpen) {
  on_loop([]() -> Task<void> {
    Server server;
    PoolOptions options = of_size(4);
    options.min_idle = 2;
    options.idle_age = 30s;
    Connections pool(options, hooks(server));
    {
      Connections::Lease lease = co_await pool.checkout();
    }
    co_await ngo::sleep(2s);
    EXPECT_EQ(pool.stats().idle, 2U);
    co_await ngo::sleep(1h);
    EXPECT_EQ(pool.stats().idle, 2U);
    EXPECT_EQ(server.opened, 2);
    server.refuses = true;
    Connections::Lease one = co_await pool.checkout();
    Connections::Lease two = co_await pool.checkout();
    one.discard();
    co_await ngo::sleep(3s);
    EXPECT_GE(pool.stats().open_failed, 2U);
    server.refuses = false;
    co_await ngo::sleep(2s);
    EXPECT_EQ(pool.stats().idle, 2U);
    EXPECT_EQ(server.open, 3);
    co_await pool.drain(1s);
    two.release();
  });
}

TEST(Pool, GivesTheNextInTurnAChanceWhenOpeningFails) {
  on_loop([]() -> Task<void> {
    Server server;
    server.refuses = true;
    server.opens_in = 10ms;
    Connections pool(of_size(1), hooks(server));
    int failed = 0;
    std::vector<int> log;
    auto tries = [](Connections& of, int& failures, std::vector<int>& to) -> Task<void> {
      try {
        co_await uses(of, 1ms, to);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::unavailable);
        ++failures;
      }
    };
    co_await Scope::run([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 3; ++i) scope.spawn(tries(pool, failed, log));
      co_await ngo::sleep(15ms);
      server.refuses = false;
    });
    EXPECT_EQ(failed, 1);
    EXPECT_EQ(log.size(), 2U);
    EXPECT_EQ(pool.stats().opening, 0U);
  });
}

TEST(Pool, RefusesThoseWhoWaitAndWaitsForThoseWhoHoldWhenItIsDrained) {
  on_loop([]() -> Task<void> {
    Server server;
    Connections pool(of_size(2), hooks(server));
    co_await pool.warm_up(2);
    Connections::Lease early = co_await pool.checkout();
    Connections::Lease late = co_await pool.checkout();
    bool refused = false;
    auto waits = [](Connections& of, bool& to) -> Task<void> {
      try {
        Connections::Lease none = co_await of.checkout();
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::unavailable);
        to = true;
      }
    };
    const ngo::TimePoint start = EventLoop::current().now();
    co_await Scope::run([&](Scope& scope) -> Task<> {
      scope.spawn(waits(pool, refused));
      scope.spawn(pool.drain(10s));
      co_await ngo::sleep(1s);
      EXPECT_TRUE(refused);
      early.release();
    });
    EXPECT_EQ(EventLoop::current().now() - start, 10s) << "the late one holds up the drain";
    EXPECT_EQ(server.open, 1);
    late.release();
    EXPECT_EQ(server.open, 0);
    EXPECT_EQ(pool.stats().closed_for(PoolClose::drained), 2U);
    co_await waits(pool, refused);
  });
}

TEST(Pool, ShrinksAndGrowsWhileItIsUsed) {
  on_loop([]() -> Task<void> {
    Server server;
    Connections pool(of_size(3), hooks(server));
    co_await pool.warm_up(3);
    Connections::Lease one = co_await pool.checkout();
    Connections::Lease two = co_await pool.checkout();
    pool.set_max_size(1);
    co_await ngo::sleep(1ms);
    EXPECT_EQ(server.open, 2) << "the idle one is closed";
    one.release();
    EXPECT_EQ(server.open, 1);
    std::vector<int> log;
    co_await Scope::run([&](Scope& scope) -> Task<> {
      scope.spawn(uses(pool, 1ms, log));
      co_await ngo::sleep(1ms);
      EXPECT_TRUE(log.empty());
      pool.set_max_size(2);
    });
    EXPECT_EQ(log.size(), 1U);
    EXPECT_EQ(server.open, 2);
    EXPECT_EQ(pool.stats().closed_for(PoolClose::shrunk), 2U);
  });
}

}  // namespace
