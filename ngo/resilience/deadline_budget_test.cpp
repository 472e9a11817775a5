#include "ngo/resilience/deadline_budget.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "ngo/base/error.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace {

using namespace std::chrono_literals;
using ngo::Code;
using ngo::Context;
using ngo::DeadlineBudget;
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

Task<std::optional<Duration>> what_is_left() { co_return Context::current().remaining(); }
Task<std::optional<Duration>> run_with(DeadlineBudget& budget) {
  const std::optional<Duration> left = co_await budget.run(what_is_left);
  co_return left;
}

TEST(DeadlineBudget, GivesACallItsShareOfTheTimeThatIsLeft) {
  on_loop([]() -> Task<void> {
    DeadlineBudget budget({.share = 0.5, .reserve = 20ms});
    const std::optional<Duration> left = co_await ngo::with_timeout(100ms, run_with(budget));
    EXPECT_EQ(left, 40ms);
    const std::optional<Duration> without_deadline = co_await run_with(budget);
    EXPECT_FALSE(without_deadline);
  });
}

TEST(DeadlineBudget, DoesNotBeginWhatCouldNotEndInTime) {
  on_loop([]() -> Task<void> {
    DeadlineBudget budget({.reserve = 50ms, .at_least = 10ms});
    try {
      co_await ngo::with_timeout(55ms, run_with(budget));
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::deadline_exceeded);
      EXPECT_EQ(
          error.message(),
          "too late to begin: 55ms are left until the deadline, of which the call may take 5ms; it needs at "
          "least 10ms");
    }
    EXPECT_EQ(budget.state().refused, 1U);
    budget.set_options({});
    const std::optional<Duration> left = co_await ngo::with_timeout(55ms, run_with(budget));
    EXPECT_EQ(left, 55ms);
  });
}

}  // namespace
