#include "ngo/resilience/hedge.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <vector>

#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace {

using namespace std::chrono_literals;
using ngo::Code;
using ngo::Context;
using ngo::Duration;
using ngo::Error;
using ngo::EventLoop;
using ngo::Hedge;
using ngo::HedgeOptions;
using ngo::LatencyEstimate;
using ngo::RetryBudget;
using ngo::Task;
using ngo::TimePoint;

template <class Body>
void on_loop(Body body) {
  ngo::VirtualClock clock;
  EventLoop loop(clock);
  loop.block_on(body());
  EXPECT_FALSE(loop.timers().next());
}

// Its n-th call takes that long; a negative time ends with an error after it.
struct Server {
  std::vector<Duration> times;
  std::size_t calls = 0;
  int running = 0;
  Task<std::unique_ptr<std::size_t>> operator()() {
    const std::size_t number = calls++;
    struct Running {
      int& count;
      ~Running() { --count; }
    } end{++running};
    co_await ngo::sleep(std::chrono::abs(times.at(number)));
    if (times.at(number) < 0ms) throw Error(Code::unavailable, "failure " + std::to_string(number));
    co_return std::make_unique<std::size_t>(number);
  }
};

HedgeOptions after(Duration delay) {
  HedgeOptions options;
  options.delay = delay;
  return options;
}

TEST(Hedge, CallsOnceWhenTheAnswerComesInTime) {
  on_loop([]() -> Task<void> {
    Hedge hedge(after(20ms));
    Server server{{10ms}};
    std::unique_ptr<std::size_t> number = co_await hedge.run([&] { return server(); });
    EXPECT_EQ(*number, 0U);
    EXPECT_EQ(server.calls, 1U);
    EXPECT_EQ(hedge.state().hedged, 0U);
  });
}

TEST(Hedge, TakesTheSecondAnswerWhenTheFirstStallsAndCancelsTheFirst) {
  on_loop([]() -> Task<void> {
    Hedge hedge(after(20ms));
    Server server{{1h, 10ms}};
    const TimePoint start = EventLoop::current().now();
    std::unique_ptr<std::size_t> number = co_await hedge.run([&] { return server(); });
    EXPECT_EQ(*number, 1U);
    EXPECT_EQ(EventLoop::current().now() - start, 30ms);
    EXPECT_EQ(server.running, 0) << "the loser has ended";
    EXPECT_EQ(hedge.state().hedged, 1U);
    EXPECT_EQ(hedge.state().won, 1U);
  });
}

TEST(Hedge, TakesTheFirstAnswerWhenItComesSoonerAfterAll) {
  on_loop([]() -> Task<void> {
    Hedge hedge(after(20ms));
    Server server{{25ms, 1h}};
    std::unique_ptr<std::size_t> number = co_await hedge.run([&] { return server(); });
    EXPECT_EQ(*number, 0U);
    EXPECT_EQ(server.calls, 2U);
    EXPECT_EQ(server.running, 0);
    EXPECT_EQ(hedge.state().won, 0U);
  });
}

TEST(Hedge, LeavesAFailureBeforeTheDelayToOthers) {
  on_loop([]() -> Task<void> {
    Hedge hedge(after(20ms));
    Server server{{-10ms, 1ms}};
    EXPECT_THROW(co_await hedge.run([&] { return server(); }), Error);
    EXPECT_EQ(server.calls, 1U);
  });
}

TEST(Hedge, WaitsForTheOtherWhenOneFails) {
  on_loop([]() -> Task<void> {
    Hedge hedge(after(20ms));
    Server server{{100ms, -10ms}};
    std::unique_ptr<std::size_t> number = co_await hedge.run([&] { return server(); });
    EXPECT_EQ(*number, 0U);
    Server both_fail{{-100ms, -10ms}};
    try {
      co_await hedge.run([&] { return both_fail(); });
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.message(), "failure 1") << "the first in time";
    }
  });
}

TEST(Hedge, MakesAsManyAttemptsAsItIsTold) {
  on_loop([]() -> Task<void> {
    HedgeOptions options = after(20ms);
    options.max_attempts = 3;
    Hedge hedge(options);
    Server server{{1h, 1h, 5ms}};
    const TimePoint start = EventLoop::current().now();
    std::unique_ptr<std::size_t> number = co_await hedge.run([&] { return server(); });
    EXPECT_EQ(*number, 2U);
    EXPECT_EQ(EventLoop::current().now() - start, 45ms);
    Server stalls{{1h, 1h, 2h}};
    number = co_await hedge.run([&] { return stalls(); });
    EXPECT_EQ(stalls.calls, 3U);
  });
}

TEST(Hedge, KeepsToItsBudget) {
  on_loop([]() -> Task<void> {
    RetryBudget budget({.ratio = 0, .min_per_second = 0.1});
    Hedge hedge(after(20ms), &budget);
    Server server{{1s, 1ms, 1s, 1s}};
    co_await hedge.run([&] { return server(); });
    std::unique_ptr<std::size_t> number = co_await hedge.run([&] { return server(); });
    EXPECT_EQ(*number, 2U);
    EXPECT_EQ(server.calls, 3U);
    EXPECT_EQ(hedge.state().hedged, 1U);
  });
}

TEST(Hedge, TurnsWhatTheFunctionItselfThrowsIntoTheAttemptsFailure) {
  on_loop([]() -> Task<void> {
    Hedge hedge(after(20ms));
    int calls = 0;
    auto second_throws = [&]() -> Task<void> {
      if (++calls == 2) throw std::runtime_error("no");
      return [](int) -> Task<void> { co_await ngo::sleep(1s); }(0);
    };
    co_await hedge.run(second_throws);
    EXPECT_EQ(calls, 2);
  });
}

TEST(Hedge, EndsAllAttemptsAtTheDeadline) {
  on_loop([]() -> Task<void> {
    Hedge hedge(after(20ms));
    Server server{{1h, 1h}};
    auto run = [](Hedge& by, Server& what) -> Task<void> { co_await by.run([&] { return what(); }); };
    try {
      co_await ngo::with_timeout(50ms, run(hedge, server));
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::deadline_exceeded);
    }
    EXPECT_EQ(server.calls, 2U);
    EXPECT_EQ(server.running, 0);
    Server never_twice{{1h, 1h}};
    try {
      co_await ngo::with_timeout(10ms, run(hedge, never_twice));
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::deadline_exceeded);
    }
    EXPECT_EQ(never_twice.calls, 1U);
  });
}

TEST(Hedge, LearnsWhenAnAnswerIsLate) {
  on_loop([]() -> Task<void> {
    HedgeOptions options = after(1s);
    options.percentile = 0.95;
    options.min_samples = 100;
    Hedge hedge(options);
    EXPECT_EQ(hedge.delay(), 1s);
    for (int i = 0; i < 128; ++i) {
      Server server{{Duration(10ms)}};
      co_await hedge.run([&] { return server(); });
    }
    EXPECT_GE(hedge.delay(), 9ms);
    EXPECT_LE(hedge.delay(), 12ms);
    EXPECT_EQ(hedge.state().delay, hedge.delay());
    hedge.reset();
    EXPECT_EQ(hedge.delay(), 1s);
  });
}

TEST(LatencyEstimate, KnowsPercentilesToAboutATenth) {
  for (double wanted : {0.5, 0.9, 0.99}) {
    LatencyEstimate estimate(wanted);
    for (int i = 0; i < 1000; ++i) estimate.record(std::chrono::microseconds(i * 7919 % 1000 * 100));
    EXPECT_NEAR(static_cast<double>(estimate.value().count()) / 1e6, wanted * 100, wanted * 15) << wanted;
  }
}

TEST(LatencyEstimate, ForgetsWhatIsLongAgo) {
  LatencyEstimate estimate(0.5);
  for (int i = 0; i < 5000; ++i) estimate.record(1s);
  for (int i = 0; i < 5000; ++i) estimate.record(1ms);
  EXPECT_LT(estimate.value(), 2ms);
  for (Duration odd : {Duration(-5), Duration(0), Duration::max()}) estimate.record(odd);
}

}  // namespace
