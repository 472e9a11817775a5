#include "ngo/runtime/blocking.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/scope.hpp"
#include "ngo/runtime/wait.hpp"

namespace {

using namespace std::chrono_literals;
using ngo::BlockingPool;
using ngo::Code;
using ngo::Context;
using ngo::Error;
using ngo::EventLoop;
using ngo::Scope;
using ngo::Task;
using ngo::TimePoint;
using ngo::VirtualClock;

// Holds functions of the pool until it is opened, and knows how many it holds.
class Gate {
 public:
  ~Gate() { open(); }
  void open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    ++held_;
    changed_.wait(lock, [&] { return open_; });
  }
  std::size_t held() {
    std::lock_guard lock(mutex_);
    return held_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t held_ = 0;
  bool open_ = false;
};

// The pool is the process's own: a test that needs it small has it stay as it is, and puts the options back.
class SmallPool {
 public:
  explicit SmallPool(std::size_t queue) {
    threads_ = std::max<std::size_t>(1, BlockingPool::shared().stats().threads);
    BlockingPool::shared().set_options({threads_, queue});
  }
  SmallPool(const SmallPool&) = delete;
  SmallPool& operator=(const SmallPool&) = delete;
  ~SmallPool() { BlockingPool::shared().set_options({}); }
  [[nodiscard]] std::size_t threads() const { return threads_; }

 private:
  std::size_t threads_;
};

Task<void> pass(Gate& gate) {
  co_await ngo::blocking([&gate] { gate.pass(); });
}

// Has every thread of the pool held by the gate.
Task<void> fill(Scope& scope, Gate& gate, std::size_t threads) {
  for (std::size_t i = 0; i < threads; ++i) {
    scope.spawn(pass(gate));
    while (gate.held() <= i) co_await ngo::yield();
  }
}

struct BlockingTest : testing::Test {
  VirtualClock clock;
  EventLoop loop{clock};
};

TEST_F(BlockingTest, RunsOnAnotherThreadAndGoesOnWhereItWas) {
  auto all = []() -> Task<void> {
    const std::thread::id here = std::this_thread::get_id();
    Context& context = Context::current();
    const std::thread::id there = co_await ngo::blocking([] { return std::this_thread::get_id(); });
    EXPECT_NE(there, here);
    EXPECT_EQ(std::this_thread::get_id(), here);
    EXPECT_EQ(&Context::current(), &context);
    auto give = [value = std::make_unique<int>(4)]() mutable { return std::move(value); };
    std::unique_ptr<int> owned = co_await ngo::blocking(std::move(give));
    EXPECT_EQ(*owned, 4);
    bool ran = false;
    co_await ngo::blocking([&] { ran = true; });
    EXPECT_TRUE(ran);
  };
  loop.block_on(all());
}

TEST_F(BlockingTest, BringsTheExceptionBack) {
  auto all = []() -> Task<void> {
    try {
      co_await ngo::blocking([]() -> int { throw std::runtime_error("no such file"); });
      ADD_FAILURE();
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "no such file");
    }
  };
  loop.block_on(all());
}

TEST_F(BlockingTest, RunsManyAtOnce) {
  auto all = []() -> Task<int> {
    int sum = 0;
    co_await Scope::run([&](Scope& scope) -> Task<> {
      auto adds = [](int& to, int number) -> Task<void> {
        auto give = [number] { return number; };
        to += co_await ngo::blocking(give);
      };
      for (int i = 1; i <= 1000; ++i) scope.spawn(adds(sum, i));
      co_return;
    });
    co_return sum;
  };
  EXPECT_EQ(loop.block_on(all()), 500'500);
}

TEST_F(BlockingTest, SaysThatTheQueueIsFullAndHowFull) {
  auto all = []() -> Task<void> {
    SmallPool pool(1);
    Gate gate;
    const std::uint64_t rejected = BlockingPool::shared().stats().rejected;
    co_await Scope::run([&](Scope& scope) -> Task<> {
      co_await fill(scope, gate, pool.threads());
      scope.spawn(pass(gate));  // takes the one place in the queue
      EXPECT_EQ(BlockingPool::shared().stats().queued, 1U);
      try {
        co_await ngo::blocking([] { ADD_FAILURE() << "must not run"; });
        ADD_FAILURE();
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::resource_exhausted);
        EXPECT_THAT(error.what(), testing::HasSubstr("1 functions wait for"));
      }
      gate.open();
    });
    EXPECT_EQ(BlockingPool::shared().stats().rejected, rejected + 1);
    EXPECT_EQ(co_await ngo::blocking([] { return 1; }), 1);
  };
  loop.block_on(all());
}

TEST_F(BlockingTest, AFunctionThatStillWaitsForAThreadIsTakenBackAtOnceWhenCancelled) {
  auto all = []() -> Task<void> {
    SmallPool pool(10);
    Gate gate;
    co_await Scope::run([&](Scope& scope) -> Task<> {
      co_await fill(scope, gate, pool.threads());
      bool ran = false;
      auto queued = [](bool& to) -> Task<void> { co_await ngo::blocking([&to] { to = true; }); };
      try {
        auto stop = []() -> Task<void> {
          co_await ngo::yield();
          throw std::runtime_error("stop");
        };
        co_await ngo::when_all(queued(ran), queued(ran), stop());
        ADD_FAILURE();
      } catch (const std::runtime_error&) {
      }
      EXPECT_EQ(BlockingPool::shared().stats().queued, 0U);
      EXPECT_FALSE(ran);
      gate.open();
    });
  };
  loop.block_on(all());
}

TEST_F(BlockingTest, AFunctionThatRunsIsWaitedForWhenCancelled) {
  auto all = []() -> Task<void> {
    Gate gate;
    bool ended = false;
    Context context(Context::current());
    auto runs = [](Gate& through, bool& to) -> Task<int> {
      int local = 0;  // the function refers to it, so the coroutine must not end before
      co_await ngo::blocking([&] {
        through.pass();
        local = 5;
      });
      to = true;
      co_return local;
    };
    auto under = [](Context& to, Task<int> task) -> Task<int> {
      co_return co_await ngo::with_context(to, std::move(task));
    };
    auto cancels = [](Context& to, Gate& through, bool& over) -> Task<void> {
      while (through.held() == 0) co_await ngo::yield();
      to.cancel();
      for (int i = 0; i < 10; ++i) co_await ngo::yield();
      EXPECT_FALSE(over);
      through.open();
    };
    auto [value, nothing] =
        co_await ngo::when_all(under(context, runs(gate, ended)), cancels(context, gate, ended));
    EXPECT_EQ(value, 5);
    EXPECT_TRUE(ended);
  };
  loop.block_on(all());
}

TEST_F(BlockingTest, NothingIsStartedUnderACancelledContext) {
  auto all = []() -> Task<void> {
    Context::current().cancel();
    try {
      co_await ngo::blocking([] { ADD_FAILURE() << "must not run"; });
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::cancelled);
    }
  };
  loop.block_on(all());
}

TEST_F(BlockingTest, AVirtualClockDoesNotJumpWhileAFunctionRuns) {
  auto all = []() -> Task<void> {
    Gate gate;
    std::thread opener([&] {
      while (gate.held() == 0) std::this_thread::yield();
      gate.open();
    });
    auto sleeps = []() -> Task<void> { co_await ngo::sleep(1h); };
    const TimePoint before = EventLoop::current().now();
    auto first = co_await ngo::when_any(pass(gate), sleeps());
    opener.join();
    EXPECT_EQ(first.index(), 0U);
    EXPECT_EQ(EventLoop::current().now(), before);
  };
  loop.block_on(all());
}

// A pool by itself: what its destructor promises.
class CountedJob final : public BlockingPool::Job {
 public:
  CountedJob(Gate& gate, std::atomic<int>& ran) : gate_(gate), ran_(ran) {}
  virtual ~CountedJob() = default;
  void run() noexcept override {
    gate_.pass();
    ++ran_;
  }

 private:
  Gate& gate_;
  std::atomic<int>& ran_;
};

TEST(BlockingPool, ItsEndWaitsForWhatRunsAndDropsWhatWaits) {
  Gate gate;
  std::atomic<int> ran{0};
  CountedJob runs(gate, ran);
  CountedJob waits(gate, ran);
  std::thread opener;
  {
    BlockingPool pool({1, 10});
    pool.submit(runs);
    while (gate.held() == 0) std::this_thread::yield();
    pool.submit(waits);
    EXPECT_EQ(pool.stats().threads, 1U);
    EXPECT_EQ(pool.stats().queued, 1U);
    EXPECT_FALSE(pool.withdraw(runs));
    EXPECT_TRUE(pool.withdraw(waits));
    EXPECT_FALSE(pool.withdraw(waits));
    pool.submit(waits);
    opener = std::thread([&] { gate.open(); });
    // Whether `waits` still gets the thread is open; that `runs` has ended is not.
  }
  opener.join();
  EXPECT_GE(ran, 1);
}

}  // namespace
