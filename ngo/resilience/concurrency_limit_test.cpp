#include "ngo/resilience/concurrency_limit.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace {

using namespace std::chrono_literals;
using ngo::Code;
using ngo::ConcurrencyLimit;
using ngo::ConcurrencyLimitOptions;
using ngo::Duration;
using ngo::Error;
using ngo::EventLoop;
using ngo::Task;

template <class Body>
void on_loop(Body body) {
  ngo::VirtualClock clock;
  EventLoop loop(clock);
  loop.block_on(body());
}

TEST(ConcurrencyLimit, RefusesWhatComesAboveIt) {
  on_loop([]() -> Task<void> {
    ConcurrencyLimit limit("billing", {.limit = 2});
    ConcurrencyLimit::Permit first = limit.try_enter();
    {
      ConcurrencyLimit::Permit second = limit.try_enter();
      EXPECT_TRUE(second);
      EXPECT_FALSE(limit.try_enter());
      try {
        ConcurrencyLimit::Permit third = limit.enter();
        ADD_FAILURE();
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::unavailable);
        EXPECT_EQ(error.message(), "concurrency limit \"billing\": 2 calls run already");
      }
    }
    EXPECT_TRUE(limit.try_enter());
    EXPECT_EQ(limit.state().running, 1U);
    EXPECT_EQ(limit.state().refused, 2U);
    first.succeeded();
    EXPECT_EQ(limit.state().running, 0U);
    co_return;
  });
}

TEST(ConcurrencyLimit, RunsCallsAndIsFreeAgainHoweverTheyEnd) {
  on_loop([]() -> Task<void> {
    ConcurrencyLimit limit("billing", {.limit = 1});
    auto answers = []() -> Task<int> { co_return 7; };
    auto fails = []() -> Task<void> {
      co_await ngo::yield();
      throw Error(Code::internal, "broken");
    };
    const int got = co_await limit.run(answers);
    EXPECT_EQ(got, 7);
    EXPECT_THROW(co_await limit.run(fails), Error);
    auto stalls = []() -> Task<void> { co_await ngo::sleep(1h); };
    auto run = [](ConcurrencyLimit& by, auto& what) -> Task<void> { co_await by.run(what); };
    EXPECT_THROW(co_await ngo::with_timeout(1ms, run(limit, stalls)), Error);
    EXPECT_EQ(limit.state().running, 0U);
  });
}

TEST(ConcurrencyLimit, CanBeChangedWhileItIsUsed) {
  on_loop([]() -> Task<void> {
    ConcurrencyLimit limit("billing", {.limit = 1});
    ConcurrencyLimit::Permit first = limit.try_enter();
    limit.set_options({.limit = 2});
    EXPECT_TRUE(limit.try_enter());
    EXPECT_EQ(limit.state().limit, 2U);
    EXPECT_EQ(limit.state().options.limit, 2U);
    co_return;
  });
}

ConcurrencyLimitOptions adaptive() {
  ConcurrencyLimitOptions options;
  options.limit = 20;
  options.adaptive = true;
  options.min_limit = 4;
  options.max_limit = 200;
  options.window = 100ms;
  return options;
}

Task<void> takes(ConcurrencyLimit& limit, Duration time, bool overloaded) {
  ConcurrencyLimit::Permit permit = limit.try_enter();
  co_await ngo::sleep(time);
  if (overloaded) {
    permit.ended_with(Code::resource_exhausted);
  } else {
    permit.succeeded();
  }
}

// As many calls at once as may run, again and again.
Task<void> load(ConcurrencyLimit& limit, int rounds, Duration time, bool overloaded = false) {
  for (int i = 0; i < rounds; ++i) {
    std::vector<Task<void>> all;
    for (std::uint32_t n = 0; n < limit.state().limit; ++n) all.push_back(takes(limit, time, overloaded));
    co_await when_all(std::move(all));
  }
}

TEST(ConcurrencyLimit, GrowsWhileCallsTakeAsLongAsTheyUseTo) {
  on_loop([]() -> Task<void> {
    ConcurrencyLimit limit("billing", adaptive());
    co_await load(limit, 100, 50ms);
    EXPECT_GT(limit.state().limit, 30U);
    EXPECT_GE(limit.state().usual, 50ms);
    EXPECT_LE(limit.state().usual, 51ms);
    co_await load(limit, 2000, 50ms);
    EXPECT_EQ(limit.state().limit, 200U) << "no further than it may";
  });
}

TEST(ConcurrencyLimit, ShrinksWhenCallsTakeLongerOrFailForOverload) {
  on_loop([]() -> Task<void> {
    ConcurrencyLimit limit("billing", adaptive());
    co_await load(limit, 50, 50ms);
    const std::uint32_t before = limit.state().limit;
    co_await load(limit, 5, 500ms);
    EXPECT_LT(limit.state().limit, before);
    limit.set_options(adaptive());
    co_await load(limit, 100, 50ms, true);
    EXPECT_EQ(limit.state().limit, 4U) << "no less than it must";
  });
}

TEST(ConcurrencyLimit, DoesNotGrowWhenItIsNotReached) {
  on_loop([]() -> Task<void> {
    ConcurrencyLimit limit("billing", adaptive());
    for (int i = 0; i < 200; ++i) co_await takes(limit, 50ms, false);
    EXPECT_EQ(limit.state().limit, 20U);
  });
}

}  // namespace
