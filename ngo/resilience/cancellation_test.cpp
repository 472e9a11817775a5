// All parts around one call, cancelled in every turn of the loop in turn: every attempt has ended when the
// call has, and no part keeps a place, a probe or a timer.
#include <gtest/gtest.h>

#include <vector>

#include "ngo/resilience/circuit_breaker.hpp"
#include "ngo/resilience/concurrency_limit.hpp"
#include "ngo/resilience/deadline_budget.hpp"
#include "ngo/resilience/hedge.hpp"
#include "ngo/resilience/retry.hpp"
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

struct Parts {
  explicit Parts(CancelAt& its_clock) : by(its_clock) {}
  CancelAt& by;
  ngo::RetryBudget budget;
  ngo::Retry retry;
  ngo::DeadlineBudget time{{.share = 0.9}};
  ngo::Hedge hedge;
  ngo::CircuitBreaker breaker{{.resource = "billing", .threshold = 1}};
  ngo::ConcurrencyLimit limit{"billing"};
  int running = 0;
  int answered = 0;
};

// Answers, stalls and fails by turns.
Task<int> served(Parts& parts, int number) {
  struct Running {
    int& count;
    ~Running() { --count; }
  } end{++parts.running};
  parts.by.step();
  co_await ngo::sleep(number % 3 == 1 ? 200ms : 5ms);
  parts.by.step();
  if (number % 5 == 2) throw Error(Code::unavailable, "down");
  co_return number;
}

Task<void> calls(Parts& parts, int first) {
  int number = first;
  for (int i = 0; i < 3; ++i) {
    parts.by.step();
    auto innermost = [&] { return served(parts, number++); };
    auto limited = [&] { return parts.limit.run(innermost); };
    auto guarded = [&] { return parts.breaker.run(limited); };
    auto hedged = [&] { return parts.hedge.run(guarded); };
    auto timed = [&] { return parts.time.run(hedged); };
    co_await parts.retry.run(timed);
    parts.by.step();
    ++parts.answered;
  }
}

Task<void> tree(Parts& parts) {
  std::vector<Task<void>> all;
  for (int i = 0; i < 4; ++i) all.push_back(calls(parts, i));
  co_await when_all(std::move(all));
}

// Whether the tree came to its end.
bool run_once(CancelAt::Moments moments, int number) {
  CancelAt clock(moments, number);
  EventLoop loop(clock);
  Parts parts(clock);
  auto all = [](Parts& of) -> Task<void> {
    Context root(Context::current());
    of.by.aim(&root);
    try {
      co_await ngo::with_context(root, tree(of));
    } catch (const Error& error) {
      // What had failed just before is not repeated any more.
      EXPECT_TRUE(error.code() == Code::cancelled || error.code() == Code::unavailable) << error.what();
      EXPECT_TRUE(of.by.fired());
    }
    of.by.aim(nullptr);
    EXPECT_EQ(of.running, 0);
    EXPECT_EQ(of.limit.state().running, 0U);
    EXPECT_TRUE(of.by.fired() || of.answered == 12);
  };
  loop.block_on(all(parts));
  EXPECT_FALSE(loop.timers().next()) << "moment " << number;
  return !clock.fired();
}

TEST(ResilienceCancellation, InEveryTurnOfTheLoopNothingIsLeft) {
  int turns = 1;
  while (!run_once(CancelAt::Moments::turns, turns) && !HasFailure()) ++turns;
  EXPECT_GT(turns, 20);
}

TEST(ResilienceCancellation, AtEveryAwaitNothingIsLeft) {
  int steps = 1;
  while (!run_once(CancelAt::Moments::steps, steps) && !HasFailure()) ++steps;
  EXPECT_GT(steps, 30);
}

}  // namespace
