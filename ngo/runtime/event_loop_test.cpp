#include "ngo/runtime/event_loop.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/scope.hpp"
#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/wait.hpp"

namespace {

using namespace std::chrono_literals;
using ngo::Code;
using ngo::Error;
using ngo::Event;
using ngo::EventLoop;
using ngo::Scope;
using ngo::Task;
using ngo::TimePoint;
using ngo::VirtualClock;

TEST(VirtualClock, AnHoursSleepTakesNoTimeAndAlwaysEndsInTheSameOrder) {
  auto trace = [] {
    VirtualClock clock;
    EventLoop loop(clock);
    std::vector<std::string> lines;
    auto sleeper = [](int number, std::vector<std::string>& to) -> Task<void> {
      for (int round = 0; round < 3; ++round) {
        co_await ngo::sleep(std::chrono::minutes((number * 37 + round * 11) % 60 + 1));
        const auto at = EventLoop::current().now().time_since_epoch();
        to.push_back(std::to_string(number) + " at " + std::to_string(at / 1min));
      }
    };
    const TimePoint before = clock.now();
    loop.block_on([](std::vector<std::string>& to, auto make) -> Task<void> {
      co_await Scope::run([&](Scope& scope) -> Task<> {
        for (int number = 0; number < 50; ++number) scope.spawn(make(number, to));
        co_await ngo::sleep(1h);
        to.push_back("an hour");
      });
    }(lines, sleeper));
    EXPECT_GE(clock.now() - before, 1h);
    return lines;
  };
  const std::vector<std::string> first = trace();
  EXPECT_EQ(first.size(), 151U);
  EXPECT_EQ(trace(), first);
}

TEST(VirtualClock, MovesItsCivilTimeAlong) {
  VirtualClock clock;
  EventLoop loop(clock);
  const ngo::WallTime before = loop.wall();
  loop.block_on([]() -> Task<void> { co_await ngo::sleep(90min); }());
  EXPECT_EQ(loop.wall() - before, 90min);
}

TEST(EventLoop, SleepsToTheMillisecondAndNeverLess) {
  VirtualClock clock;
  EventLoop loop(clock);
  auto slept = [](ngo::Duration duration) -> Task<ngo::Duration> {
    const TimePoint before = EventLoop::current().now();
    co_await ngo::sleep(duration);
    co_return EventLoop::current().now() - before;
  };
  EXPECT_EQ(loop.block_on(slept(5ms)), 5ms);
  EXPECT_EQ(loop.block_on(slept(24h * 365 * 30)), 24h * 365 * 30);
  EXPECT_EQ(loop.block_on(slept(1500us)), 2ms);
  EXPECT_EQ(loop.block_on(slept(0ms)), 0ms);
  EXPECT_EQ(loop.block_on(slept(-1s)), 0ms);
}

TEST(EventLoop, TakesTheLongestDurationAsNoLimit) {
  VirtualClock clock;
  EventLoop loop(clock);
  auto limited = []() -> Task<int> {
    auto one = []() -> Task<int> {
      co_await ngo::sleep(1h);
      co_return 1;
    };
    co_return co_await ngo::with_timeout(ngo::Duration::max(), one());
  };
  EXPECT_EQ(loop.block_on(limited()), 1);
}

TEST(EventLoop, YieldLetsTheOthersGoFirst) {
  VirtualClock clock;
  EventLoop loop(clock);
  std::string order;
  auto writes = [](std::string& to, char letter) -> Task<void> {
    for (int i = 0; i < 3; ++i) {
      to.push_back(letter);
      co_await ngo::yield();
    }
  };
  loop.block_on([](std::string& to, auto make) -> Task<void> {
    co_await ngo::when_all(make(to, 'a'), make(to, 'b'), make(to, 'c'));
  }(order, writes));
  EXPECT_EQ(order, "abcabcabc");
}

TEST(EventLoop, BlockOnGivesTheResultAndTheException) {
  EventLoop loop;
  EXPECT_EQ(loop.block_on([]() -> Task<int> { co_return 5; }()), 5);
  EXPECT_THROW(loop.block_on([]() -> Task<int> { throw Error(Code::not_found, "gone"); }()), Error);
}

TEST(EventLoop, BlockOnRefusesToWaitForTheLoopThatItRunsOn) {
  EventLoop loop;
  auto nested = [](EventLoop& same) -> Task<int> {
    co_await ngo::yield();
    auto one = []() -> Task<int> { co_return 1; };
    co_return same.block_on(one());
  };
  try {
    loop.block_on(nested(loop));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::internal);
    EXPECT_THAT(error.what(), testing::HasSubstr("co_await"));
  }
}

TEST(EventLoop, AnotherLoopMayRunInsideAndLeavesTheOuterAsItWas) {
  EventLoop outer;
  auto with_inner = [](EventLoop& expected) -> Task<bool> {
    co_await ngo::yield();
    ngo::Context& before = ngo::Context::current();
    {
      VirtualClock clock;
      EventLoop inner(clock);
      inner.block_on([]() -> Task<void> { co_await ngo::sleep(1h); }());
    }
    const bool same = &EventLoop::current() == &expected && &ngo::Context::current() == &before;
    co_await ngo::yield();
    co_return same;
  };
  // The one that was created last is the thread's while none runs; while one runs it is that.
  EventLoop* created = EventLoop::current_or_null();
  EXPECT_EQ(created, &outer);
  EXPECT_TRUE(outer.block_on(with_inner(outer)));
}

TEST(EventLoop, BlockOnBeginsWithTheTimeOfNow) {
  VirtualClock clock;
  EventLoop loop(clock);
  clock.advance(1h);  // the loop was made long before it is used
  auto quick = []() -> Task<int> {
    auto one = []() -> Task<int> {
      co_await ngo::sleep(1ms);
      co_return 1;
    };
    co_return co_await ngo::with_timeout(1s, one());
  };
  EXPECT_EQ(loop.block_on(quick()), 1);
}

TEST(EventLoop, StopBeforeRunReturnsAtOnceAndIsForgotten) {
  EventLoop loop;
  loop.stop();
  loop.run();
  EXPECT_EQ(loop.block_on([]() -> Task<int> {
    co_await ngo::sleep(1ms);
    co_return 1;
  }()),
            1);
}

TEST(EventLoop, CallsWhatManyThreadsPostInTheOrderOfEach) {
  constexpr int kThreads = 8;
  constexpr int kPosts = 5000;
  EventLoop loop;
  std::vector<std::vector<int>> seen(kThreads);
  int total = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kPosts; ++i) {
        loop.post([&, thread, i] {
          seen[static_cast<std::size_t>(thread)].push_back(i);
          if (++total == kThreads * kPosts) loop.stop();
        });
      }
    });
  }
  loop.run();
  for (std::thread& thread : threads) thread.join();
  for (const auto& of_thread : seen) {
    ASSERT_EQ(of_thread.size(), static_cast<std::size_t>(kPosts));
    for (int i = 0; i < kPosts; ++i) ASSERT_EQ(of_thread[static_cast<std::size_t>(i)], i);
  }
}

TEST(EventLoop, CallsWhatItsOwnWorkPosts) {
  EventLoop loop;
  std::vector<int> order;
  loop.post([&] {
    loop.post([&] {
      order.push_back(2);
      loop.post([&] { loop.stop(); });
    });
    order.push_back(1);
  });
  loop.run();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST(EventLoop, IsWokenByThePostOfTheThreadThatCreatedItButDoesNotRunIt) {
  EventLoop loop;
  std::atomic<int> called{0};
  std::thread runner([&] { loop.run(); });
  for (int i = 1; i <= 100; ++i) {
    loop.post([&] { ++called; });
    while (called != i) std::this_thread::yield();
  }
  loop.stop();
  runner.join();
}

TEST(EventLoop, DestroysWhatWasPostedAndNeverCalled) {
  auto value = std::make_shared<int>(1);
  {
    EventLoop loop;
    loop.post([value] { ADD_FAILURE() << "was called"; });
    EXPECT_EQ(value.use_count(), 2);
  }
  EXPECT_EQ(value.use_count(), 1);
}

TEST(EventLoop, PostedCallsBeginWithoutTheContextOfTheOneBefore) {
  EventLoop loop;
  ngo::Context context;
  context.set_work("leaked");
  const char* seen = "not called";
  loop.post([&] { ngo::CurrentContext::set(&context); });
  loop.post([&] {
    seen = ngo::Context::current().work();
    loop.stop();
  });
  loop.run();
  EXPECT_EQ(seen, nullptr);
}

TEST(EventLoop, TellsTheWatchdogWhatItWorksOnAndWhenItRests) {
  VirtualClock clock;
  EventLoop loop(clock);
  EXPECT_EQ(loop.activity().turn, 0U);
  auto work = [](EventLoop& watched) -> Task<void> {
    const std::uint64_t first = watched.activity().turn;
    EXPECT_NE(first, 0U);
    watched.name_work("GET /");
    EXPECT_STREQ(watched.activity().work, "GET /");
    ngo::Context::current().set_work("job");
    co_await ngo::yield();
    EXPECT_NE(watched.activity().turn, first);
    EXPECT_STREQ(watched.activity().work, "job");
  };
  loop.block_on(work(loop));
  EXPECT_EQ(loop.activity().turn, 0U);
}

TEST(EventLoop, SaysThatItRestsWhileItWaitsInTheKernel) {
  EventLoop loop;
  std::thread runner([&] { loop.run(); });
  std::atomic<bool> worked{false};
  loop.post([&] { worked = loop.activity().turn != 0; });
  while (!worked || loop.activity().turn != 0) std::this_thread::yield();
  loop.stop();
  runner.join();
}

}  // namespace
