// "Cancelling ends a pending wait at once; destructors run; nothing leaks": a tree of work that uses every
// awaitable of the runtime is run again and again, cancelled each time one step later, until it comes to its
// end by itself. After each run every object is gone and the loop has nothing left to wait for. The address
// and the thread sanitizer watch over the rest.
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include "ngo/runtime/blocking.hpp"
#include "ngo/runtime/channel.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/detached.hpp"
#include "ngo/runtime/generator.hpp"
#include "ngo/runtime/scope.hpp"
#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/wait.hpp"
#include "ngo/runtime/workers.hpp"

namespace {

using namespace std::chrono_literals;
using ngo::Channel;
using ngo::Clock;
using ngo::Code;
using ngo::Context;
using ngo::Duration;
using ngo::Error;
using ngo::Event;
using ngo::EventLoop;
using ngo::Generator;
using ngo::Mutex;
using ngo::Scope;
using ngo::Semaphore;
using ngo::Task;
using ngo::TimePoint;
using ngo::Workers;

// Counts itself; every coroutine of the tree holds some, as arguments and as local variables.
class Live {
 public:
  Live() { ++count; }
  Live(const Live&) { ++count; }
  Live(Live&&) noexcept { ++count; }
  Live& operator=(const Live&) = default;
  Live& operator=(Live&&) = default;
  ~Live() { --count; }
  static inline std::atomic<int> count{0};

 private:
  std::string memory_ = "a text that is too long to lie within the string itself";
};

// Cancels a Context at the n-th of some events.
class Trigger {
 public:
  explicit Trigger(int at) : at_(at) {}
  void aim(Context* context) noexcept { context_ = context; }
  void step() noexcept {
    if (context_ != nullptr && ++seen_ == at_) {
      fired_ = true;
      context_->cancel();
    }
  }
  [[nodiscard]] bool fired() const noexcept { return fired_; }
  [[nodiscard]] int seen() const noexcept { return seen_; }

 private:
  int at_;
  int seen_ = 0;
  bool fired_ = false;
  Context* context_ = nullptr;
};

// A virtual clock that is read once a turn, between the kernel's answer and everything that follows from it:
// at that moment all coroutines stand at their waits.
class TurnClock final : public Clock {
 public:
  explicit TurnClock(Trigger* trigger) : trigger_(trigger) {}
  [[nodiscard]] TimePoint now() const noexcept override {
    if (trigger_ != nullptr) trigger_->step();
    return clock_.now();
  }
  [[nodiscard]] ngo::WallTime wall() const noexcept override { return clock_.wall(); }
  bool jump_to(TimePoint next) noexcept override { return clock_.jump_to(next); }

 private:
  Trigger* trigger_;
  ngo::VirtualClock clock_;
};

struct Program {
  EventLoop& remote;
  Trigger* at_await;  // steps before and after every await
  void step() const noexcept {
    if (at_await != nullptr) at_await->step();
  }
};

Task<int> sleeps(const Program& program, Duration duration, Live) {
  Live local;
  program.step();
  co_await ngo::sleep(duration);
  program.step();
  co_await ngo::yield();
  program.step();
  co_return 1;
}

Task<void> fails(const Program& program, Live) {
  program.step();
  co_await ngo::sleep(2ms);
  program.step();
  throw std::runtime_error("expected");
}

Generator<Live> produces(const Program& program, int count, Live) {
  for (int i = 0; i < count; ++i) {
    Live element;
    program.step();
    co_await ngo::sleep(1ms);
    program.step();
    co_yield element;
  }
}

Task<void> locks(const Program& program, Mutex& mutex, Semaphore& semaphore, std::size_t permits, Live) {
  program.step();
  Mutex::Lock lock = co_await mutex.lock();
  Live local;
  program.step();
  co_await ngo::sleep(1ms);
  program.step();
  lock.release();
  Semaphore::Permit permit = co_await semaphore.acquire(permits);
  program.step();
  co_await ngo::sleep(2ms);
  program.step();
}

Task<void> feeds(const Program& program, Channel<Live>& channel, int count, Live) {
  for (int i = 0; i < count; ++i) {
    program.step();
    if (!co_await channel.send(Live())) break;
  }
  program.step();
}

Task<int> drains(const Program& program, Channel<Live>& channel, Live) {
  int got = 0;
  for (;;) {
    program.step();
    std::optional<Live> value = co_await channel.receive();
    program.step();
    if (!value) co_return got;
    ++got;
    co_await ngo::sleep(1ms);
  }
}

Task<void> beside_the_worker(const Program& program, Live) {
  Live local;
  program.step();
  Live back = co_await ngo::blocking([&local] { return local; });
  program.step();
  try {
    co_await ngo::blocking([]() -> Live { throw std::runtime_error("expected"); });
  } catch (const std::runtime_error&) {
  }
  program.step();
  Live far = co_await ngo::run_on(program.remote, [&local]() -> Task<Live> {
    Live there = local;
    co_await ngo::yield();
    co_await ngo::sleep(100us);
    co_return there;
  });
  program.step();
}

Task<void> limits(const Program& program, Live) {
  Event never;
  auto wait_for_ever = [](const Program& of, Event& event, Live) -> Task<void> {
    Live local;
    of.step();
    co_await event.wait();
  };
  for (int i = 0; i < 2; ++i) {
    program.step();
    try {
      co_await ngo::with_timeout(3ms, wait_for_ever(program, never, Live()));
    } catch (const Error& error) {
      if (error.code() != Code::deadline_exceeded) throw;
    }
    program.step();
  }
  auto first = co_await ngo::when_any(sleeps(program, 1ms, Live()), wait_for_ever(program, never, Live()),
                                      sleeps(program, 1h, Live()));
  EXPECT_EQ(first.index(), 0U);
  program.step();
  try {
    co_await ngo::when_all(sleeps(program, 1h, Live()), fails(program, Live()),
                           wait_for_ever(program, never, Live()));
  } catch (const std::runtime_error&) {
  }
  program.step();
}

Task<void> detaches(const Program& program, Live) {
  auto outlives = [](Live) -> Task<void> {
    Live local;
    co_await ngo::sleep(3ms);
  };
  ngo::spawn_detached(outlives(Live()));
  program.step();
  co_await ngo::sleep(1ms);
  program.step();
}

Task<void> consumes(const Program& program, Live) {
  Generator<Live> all = produces(program, 3, Live());
  while (Live* element = co_await all.next()) {
    Live copy = *element;
    program.step();
    co_await ngo::yield();
  }
  // One that is left in the middle.
  Generator<Live> half = produces(program, 3, Live());
  co_await half.next();
  program.step();
}

Task<void> tree(const Program& program, Live) {
  Mutex mutex;
  Semaphore semaphore(2);
  Channel<Live> channel(2);
  Event begun;
  co_await Scope::run([&](Scope& scope) -> Task<> {
    Live local;
    for (std::size_t permits : {1U, 2U, 1U, 1U})
      scope.spawn(locks(program, mutex, semaphore, permits, Live()));
    scope.spawn(beside_the_worker(program, Live()));
    scope.spawn(limits(program, Live()));
    scope.spawn(detaches(program, Live()));
    scope.spawn(consumes(program, Live()));
    auto sets = [](const Program& of, Event& event) -> Task<void> {
      of.step();
      co_await ngo::sleep(1ms);
      event.set();
    };
    auto waits = [](const Program& of, Event& event, Live) -> Task<void> {
      of.step();
      co_await event.wait();
      of.step();
    };
    scope.spawn(sets(program, begun));
    scope.spawn(waits(program, begun, Live()));
    scope.spawn(waits(program, begun, Live()));
    program.step();
    auto [fed, also_fed, got] =
        co_await ngo::when_all(feeds(program, channel, 5, Live()), feeds(program, channel, 5, Live()),
                               [](auto& of, auto& from) -> Task<int> {
                                 int count = 0;
                                 while (count < 10) {
                                   of.step();
                                   if (!co_await from.receive()) break;
                                   ++count;
                                 }
                                 co_return count;
                               }(program, channel));
    EXPECT_EQ(got, 10);
    program.step();
    scope.spawn(feeds(program, channel, 4, Live()));
    auto closes = [](Channel<Live>& which) -> Task<void> {
      co_await ngo::sleep(10ms);
      which.close();
    };
    scope.spawn(closes(channel));
    EXPECT_EQ(co_await drains(program, channel, Live()), 4);
    std::vector<Task<int>> many;
    for (int i = 0; i < 5; ++i) many.push_back(sleeps(program, std::chrono::milliseconds(i), Live()));
    const std::vector<int> results = co_await ngo::when_all(std::move(many));
    EXPECT_EQ(results.size(), 5U);
    program.step();
    // What has no end of its own is ended by its scope.
    co_await Scope::run([&](Scope& inner) -> Task<> {
      inner.spawn([](Live) -> Task<void> {
        for (;;) co_await ngo::sleep(1ms);
      }(Live()));
      program.step();
      co_await ngo::sleep(3ms);
      inner.cancel();
    });
    program.step();
  });
}

// Runs the tree once. Whether it came to its end uncancelled.
bool run_once(Workers& workers, Trigger& trigger, bool every_turn) {
  TurnClock clock(every_turn ? &trigger : nullptr);
  EventLoop loop(clock);
  const Program program{workers.loop(0), every_turn ? nullptr : &trigger};
  bool completed = false;
  auto drive = [](const Program& of, Trigger& by, bool& to, EventLoop& on) -> Task<void> {
    Context root(Context::current());
    by.aim(&root);
    try {
      co_await ngo::with_context(root, tree(of, Live()));
      to = true;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::cancelled) << error.what();
      EXPECT_TRUE(by.fired());
    }
    by.aim(nullptr);
    // Detached work is not part of the tree: it is ended as a stopping worker does.
    on.cancel_detached();
    while (on.detached_count() != 0) co_await ngo::yield();
  };
  loop.block_on(drive(program, trigger, completed, loop));
  EXPECT_EQ(Live::count, 0) << "step " << trigger.seen();
  EXPECT_FALSE(loop.timers().next()) << "step " << trigger.seen();
  return completed && !trigger.fired();
}

int cancel_at_every_step(bool every_turn) {
  Workers workers(1);
  for (int at = 1; at < 100'000; ++at) {
    Trigger trigger(at);
    const bool to_the_end = run_once(workers, trigger, every_turn);
    if (to_the_end || testing::Test::HasFailure()) return at;
  }
  return 0;
}

TEST(CancellationStress, CancelledAtEveryAwaitInTurnNothingIsLeft) {
  const int steps = cancel_at_every_step(false);
  EXPECT_GT(steps, 100);
  RecordProperty("steps", steps);
}

TEST(CancellationStress, CancelledInEveryTurnOfTheLoopNothingIsLeft) {
  const int turns = cancel_at_every_step(true);
  EXPECT_GT(turns, 20);
  RecordProperty("turns", turns);
}

// The deadline of the whole instead of a call: it ends the same waits, by the timer.
TEST(CancellationStress, CutOffByADeadlineAtEveryMillisecondNothingIsLeft) {
  Workers workers(1);
  bool completed = false;
  for (int milliseconds = 0; !completed && !testing::Test::HasFailure(); ++milliseconds) {
    TurnClock clock(nullptr);
    EventLoop loop(clock);
    const Program program{workers.loop(0), nullptr};
    auto drive = [](const Program& of, Duration limit, bool& to, EventLoop& on) -> Task<void> {
      try {
        co_await ngo::with_timeout(limit, tree(of, Live()));
        to = true;
      } catch (const Error& error) {
        EXPECT_TRUE(error.code() == Code::deadline_exceeded || error.code() == Code::cancelled)
            << error.what();
      }
      on.cancel_detached();
      while (on.detached_count() != 0) co_await ngo::yield();
    };
    loop.block_on(drive(program, std::chrono::milliseconds(milliseconds), completed, loop));
    EXPECT_EQ(Live::count, 0) << "limit " << milliseconds << " ms";
    EXPECT_FALSE(loop.timers().next()) << "limit " << milliseconds << " ms";
    ASSERT_LT(milliseconds, 10'000);
  }
}

}  // namespace
