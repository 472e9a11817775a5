// All parts around one call, cancelled in every turn of the loop in turn: every attempt has ended when the
// call has, and no part keeps a place, a probe or a timer.
#include <gtest/gtest.h>

#include <vector>

#include "ngo/resilience/circuit_breaker.hpp"
#include "ngo/resilience/concurrency_limit.hpp"
#include "ngo/resilience/deadline_budget.hpp"
#include "ngo/resilience/hedge.hpp"
#include "ngo/resilience/retry.hpp"
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

struct Parts {
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
  co_await ngo::sleep(number % 3 == 1 ? 200ms : 5ms);
  if (number % 5 == 2) throw Error(Code::unavailable, "down");
  co_return number;
}

Task<void> calls(Parts& parts, int first) {
  int number = first;
  for (int i = 0; i < 3; ++i) {
    auto innermost = [&] { return served(parts, number++); };
    auto limited = [&] { return parts.limit.run(innermost); };
    auto guarded = [&] { return parts.breaker.run(limited); };
    auto hedged = [&] { return parts.hedge.run(guarded); };
    auto timed = [&] { return parts.time.run(hedged); };
    co_await parts.retry.run(timed);
    ++parts.answered;
  }
}

Task<void> tree(Parts& parts) {
  std::vector<Task<void>> all;
  for (int i = 0; i < 4; ++i) all.push_back(calls(parts, i));
  co_await when_all(std::move(all));
}

// Whether the tree came to its end.
bool run_once(int at) {
  CancellingClock clock(at);
  EventLoop loop(clock);
  Parts parts;
  auto all = [](CancellingClock& by, Parts& of) -> Task<void> {
    Context root(Context::current());
    by.aim(&root);
    try {
      co_await ngo::with_context(root, tree(of));
    } catch (const Error& error) {
      // What had failed just before is not repeated any more.
      EXPECT_TRUE(error.code() == Code::cancelled || error.code() == Code::unavailable) << error.what();
      EXPECT_TRUE(by.fired());
    }
    by.aim(nullptr);
    EXPECT_EQ(of.running, 0);
    EXPECT_EQ(of.limit.state().running, 0U);
    EXPECT_TRUE(by.fired() || of.answered == 12);
  };
  loop.block_on(all(clock, parts));
  EXPECT_FALSE(loop.timers().next()) << "turn " << at;
  return !clock.fired();
}

TEST(ResilienceCancellation, InEveryTurnOfTheLoopNothingIsLeft) {
  int turns = 1;
  while (!run_once(turns) && !HasFailure()) ++turns;
  EXPECT_GT(turns, 20);
}

}  // namespace
