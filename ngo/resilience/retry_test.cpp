#include "ngo/resilience/retry.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "ngo/resilience/circuit_breaker.hpp"
#include "ngo/resilience/retry_after.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace {

using namespace std::chrono_literals;
using ngo::CircuitBreaker;
using ngo::Code;
using ngo::Context;
using ngo::Duration;
using ngo::Error;
using ngo::EventLoop;
using ngo::Retry;
using ngo::RetryBudget;
using ngo::RetryOptions;
using ngo::RetryVerdict;
using ngo::Task;
using ngo::TimePoint;

template <class Body>
void on_loop(Body body) {
  ngo::VirtualClock clock;
  EventLoop loop(clock);
  loop.block_on(body());
}

// Fails so many times, then answers.
struct Flaky {
  int failures;
  Code code = Code::unavailable;
  int calls = 0;
  Task<std::unique_ptr<int>> operator()() {
    ++calls;
    co_await ngo::sleep(1ms);
    if (calls <= failures) throw Error(code, "failure " + std::to_string(calls));
    co_return std::make_unique<int>(calls);
  }
};

TEST(Retry, RepeatsUntilTheCallSucceeds) {
  on_loop([]() -> Task<void> {
    Retry retry;
    Flaky flaky{2};
    std::unique_ptr<int> got = co_await retry.run([&] { return flaky(); });
    EXPECT_EQ(*got, 3);
    EXPECT_EQ(retry.state().calls, 1U);
    EXPECT_EQ(retry.state().repeated, 2U);
    EXPECT_EQ(retry.state().gave_up, 0U);
  });
}

TEST(Retry, ThrowsTheLastErrorWhenAllAttemptsFailed) {
  on_loop([]() -> Task<void> {
    Retry retry;
    Flaky flaky{9};
    try {
      co_await retry.run([&] { return flaky(); });
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.message(), "failure 3");
    }
    EXPECT_EQ(retry.state().gave_up, 1U);
  });
}

TEST(Retry, DoesNotRepeatWhatWouldFailAgainOrIsNoError) {
  on_loop([]() -> Task<void> {
    Retry retry;
    Flaky flaky{1, Code::not_found};
    EXPECT_THROW(co_await retry.run([&] { return flaky(); }), Error);
    EXPECT_EQ(flaky.calls, 1);
    int calls = 0;
    auto breaks = [&]() -> Task<void> {
      ++calls;
      throw std::runtime_error("a bug");
      co_return;
    };
    EXPECT_THROW(co_await retry.run(breaks), std::runtime_error);
    EXPECT_EQ(calls, 1);
    Retry of_all({}, nullptr, [](const Error&) { return true; });
    Flaky other{1, Code::not_found};
    co_await of_all.run([&] { return other(); });
    EXPECT_EQ(other.calls, 2);
  });
}

TEST(Retry, DoesNotRepeatWhatABreakerRefused) {
  on_loop([]() -> Task<void> {
    CircuitBreaker breaker({.resource = "billing"});
    breaker.force_open();
    Retry retry;
    Flaky flaky{0};
    auto call = [&] { return flaky(); };
    EXPECT_THROW(co_await retry.run([&] { return breaker.run(call); }), Error);
    EXPECT_EQ(breaker.state().refused, 1U);
  });
}

TEST(Retry, PausesAtRandomUpToALimitThatGrows) {
  on_loop([]() -> Task<void> {
    RetryOptions options;
    options.max_attempts = 6;
    options.base_delay = 100ms;
    options.max_delay = 350ms;
    Retry retry(options);
    const std::vector<Duration> limits{100ms, 200ms, 350ms, 350ms, 350ms};
    std::vector<Duration> longest(limits.size());
    for (int round = 0; round < 200; ++round) {
      std::vector<TimePoint> begun;
      auto fails = [&](std::uint32_t attempt) -> Task<void> {
        EXPECT_EQ(attempt, begun.size() + 1);
        begun.push_back(EventLoop::current().now());
        throw Error(Code::unavailable, "down");
        co_return;
      };
      EXPECT_THROW(co_await retry.run(fails), Error);
      EXPECT_EQ(begun.size(), 6U);
      for (std::size_t i = 0; i < limits.size(); ++i) {
        longest[i] = std::max(longest[i], begun.at(i + 1) - begun.at(i));
        EXPECT_LE(begun.at(i + 1) - begun.at(i), limits[i] + 1ms) << "timers fire up to a millisecond late";
      }
    }
    // Of 200 that are equally likely, not one in the upper half has a chance of 2^-200.
    for (std::size_t i = 0; i < limits.size(); ++i) EXPECT_GT(longest[i], limits[i] / 2);
  });
}

TEST(Retry, ComesBackNotSoonerThanItIsTold) {
  on_loop([]() -> Task<void> {
    Retry retry;
    int calls = 0;
    auto busy = [&]() -> Task<void> {
      if (++calls > 1) co_return;
      Error error(Code::resource_exhausted, "busy");
      ngo::set_retry_after(error, 10s);
      throw error;
    };
    const TimePoint start = EventLoop::current().now();
    co_await retry.run(busy);
    EXPECT_GE(EventLoop::current().now() - start, 10s);
    EXPECT_EQ(calls, 2);
    RetryOptions impatient;
    impatient.max_retry_after = 9s;
    retry.set_options(impatient);
    calls = 0;
    EXPECT_THROW(co_await retry.run(busy), Error);
    EXPECT_EQ(calls, 1);
  });
}

TEST(Retry, LooksAtResultsAndReturnsTheLastAsItIs) {
  on_loop([]() -> Task<void> {
    Retry retry;
    int calls = 0;
    auto answers = [&]() -> Task<int> {
      ++calls;
      co_return 503;
    };
    auto judge = [](int status) { return RetryVerdict{status == 503, 1s}; };
    const TimePoint start = EventLoop::current().now();
    const int status = co_await retry.run(answers, judge);
    EXPECT_EQ(status, 503);
    EXPECT_EQ(calls, 3);
    EXPECT_GE(EventLoop::current().now() - start, 2s);
  });
}

TEST(Retry, DoesNotPauseBeyondTheDeadline) {
  on_loop([]() -> Task<void> {
    Retry retry;
    int calls = 0;
    auto busy = [&]() -> Task<void> {
      ++calls;
      Error error(Code::unavailable, "busy");
      ngo::set_retry_after(error, 5s);
      throw error;
      co_return;
    };
    auto run = [](Retry& by, auto& what) -> Task<void> { co_await by.run(what); };
    const TimePoint start = EventLoop::current().now();
    try {
      co_await ngo::with_timeout(5s, run(retry, busy));
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.message(), "busy") << "what went wrong, not that time is up";
    }
    EXPECT_EQ(EventLoop::current().now(), start);
    EXPECT_EQ(calls, 1);
  });
}

TEST(Retry, RepeatsAnAttemptThatTookTooLongButNotTheCallThatDid) {
  on_loop([]() -> Task<void> {
    RetryOptions options;
    options.attempt_timeout = 10ms;
    options.base_delay = 0ms;
    Retry retry(options);
    int calls = 0;
    auto stalls = [&]() -> Task<int> {
      if (++calls == 1) co_await ngo::sleep(1h);
      co_return calls;
    };
    const int got = co_await retry.run(stalls);
    EXPECT_EQ(got, 2);
    calls = 0;
    auto run = [](Retry& by, auto& what) -> Task<void> { co_await by.run(what); };
    try {
      co_await ngo::with_timeout(5ms, run(retry, stalls));
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::deadline_exceeded);
    }
    EXPECT_EQ(calls, 1);
  });
}

TEST(Retry, StopsWhenTheBudgetIsSpent) {
  on_loop([]() -> Task<void> {
    RetryBudget budget({.ratio = 0.1, .min_per_second = 0.5});
    Retry retry({}, &budget);
    for (int i = 0; i < 100; ++i) {
      Flaky down{9};
      EXPECT_THROW(co_await retry.run([&] { return down(); }), Error);
    }
    // A tenth of the hundred, and half a one for each of the ten seconds.
    EXPECT_EQ(retry.state().repeated, 15U);
    EXPECT_EQ(budget.state().calls, 100U);
    EXPECT_EQ(budget.state().repeated, 15U);
    EXPECT_GT(budget.state().refused, 0U);
    co_await ngo::sleep(11s);
    EXPECT_TRUE(budget.take());
  });
}

TEST(Retry, EndsItsPauseWhenItIsCancelled) {
  on_loop([]() -> Task<void> {
    RetryOptions options;
    options.base_delay = 1h;
    options.max_delay = 1h;
    Retry retry(options);
    Flaky flaky{9};
    Context context(Context::current());
    auto run = [](Retry& by, Flaky& what) -> Task<void> { co_await by.run([&] { return what(); }); };
    auto cancels = [](Context& which) -> Task<void> {
      co_await ngo::sleep(100ms);
      which.cancel();
    };
    auto caught = [](Task<void> task) -> Task<Code> {
      try {
        co_await std::move(task);
      } catch (const Error& error) {
        co_return error.code();
      }
      co_return Code::internal;
    };
    auto under = [](Context& which, Task<void> task) -> Task<void> {
      co_await ngo::with_context(which, std::move(task));
    };
    auto [code, nothing] = co_await when_all(caught(under(context, run(retry, flaky))), cancels(context));
    EXPECT_EQ(code, Code::cancelled);
    EXPECT_EQ(flaky.calls, 1);
  });
}

}  // namespace
