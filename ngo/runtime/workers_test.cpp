#include "ngo/runtime/workers.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>

#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/sync.hpp"

namespace {

using namespace std::chrono_literals;
using ngo::Code;
using ngo::Context;
using ngo::Error;
using ngo::Event;
using ngo::EventLoop;
using ngo::run_on;
using ngo::Task;
using ngo::Workers;

TEST(Workers, AreAsManyAsTheProcessMayUseCpusUnlessTold) {
  EXPECT_GE(ngo::available_cpus(), 1U);
  Workers by_default;
  EXPECT_EQ(by_default.size(), ngo::available_cpus());
  Workers three(3);
  EXPECT_EQ(three.size(), 3U);
}

TEST(Workers, EachHasAThreadALoopAndANumber) {
  Workers workers(3);
  EventLoop loop;
  auto ask = [](Workers& all) -> Task<void> {
    EXPECT_FALSE(Workers::current_index());
    for (std::size_t i = 0; i < all.size(); ++i) {
      auto where = [&all, i]() -> Task<int> {
        EXPECT_EQ(Workers::current_index(), i);
        EXPECT_EQ(&EventLoop::current(), &all.loop(i));
        co_return gettid();
      };
      const int thread = co_await run_on(all.loop(i), where);
      EXPECT_EQ(thread, all.thread_id(i));
      EXPECT_NE(thread, gettid());
    }
  };
  loop.block_on(ask(workers));
}

TEST(Workers, HaveAStackForSignalHandlers) {
  Workers workers(1);
  EventLoop loop;
  auto ask = [](Workers& all) -> Task<bool> {
    auto look = []() -> Task<bool> {
      stack_t now{};
      sigaltstack(nullptr, &now);
      co_return (now.ss_flags & SS_DISABLE) == 0;
    };
    co_return co_await run_on(all.loop(0), look);
  };
  EXPECT_TRUE(loop.block_on(ask(workers)));
}

TEST(Workers, StopMayComeAtOnceAndTwice) {
  for (int i = 0; i < 50; ++i) {
    Workers workers(2);
    workers.stop();
    workers.stop();
  }
}

struct RunOnTest : testing::Test {
  Workers workers{2};
  EventLoop loop;
};

TEST_F(RunOnTest, BringsTheResultBackToTheLoopItCameFrom) {
  auto all = [](EventLoop& remote, EventLoop& home) -> Task<void> {
    auto made = [value = std::make_unique<int>(6)]() mutable -> Task<std::unique_ptr<int>> {
      co_await ngo::sleep(1ms);
      co_return std::move(value);
    };
    std::unique_ptr<int> got = co_await run_on(remote, std::move(made));
    EXPECT_EQ(*got, 6);
    EXPECT_EQ(&EventLoop::current(), &home);
    bool ran = false;
    co_await run_on(remote, [&]() -> Task<void> {
      ran = true;
      co_return;
    });
    EXPECT_TRUE(ran);
    // To itself as well.
    EXPECT_EQ(co_await run_on(home, []() -> Task<int> { co_return 3; }), 3);
  };
  loop.block_on(all(workers.loop(1), loop));
}

TEST_F(RunOnTest, BringsExceptionsBackAlsoFromBeforeTheFirstWait) {
  auto all = [](EventLoop& remote) -> Task<void> {
    auto late = []() -> Task<int> {
      co_await ngo::yield();
      throw std::runtime_error("late");
    };
    auto early = []() -> Task<int> { throw std::runtime_error("early"); };
    std::string seen;
    try {
      co_await run_on(remote, late);
    } catch (const std::runtime_error& error) {
      seen += error.what();
    }
    try {
      co_await run_on(remote, early);
    } catch (const std::runtime_error& error) {
      seen += error.what();
    }
    EXPECT_EQ(seen, "lateearly");
  };
  loop.block_on(all(workers.loop(0)));
}

TEST_F(RunOnTest, CancellationCrossesAndTheOtherSideIsWaitedFor) {
  auto all = [](EventLoop& remote) -> Task<void> {
    std::atomic<bool> waiting{false};
    std::atomic<bool> cleaned{false};
    Context context(Context::current());
    auto far = [](EventLoop& to, std::atomic<bool>& begun, std::atomic<bool>& over) -> Task<void> {
      co_await run_on(to, [&]() -> Task<void> {
        Event never;
        begun = true;
        try {
          co_await never.wait();
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), Code::aborted);
          over = true;
          throw;
        }
      });
    };
    auto under = [](Context& to, Task<void> task) -> Task<void> {
      try {
        co_await ngo::with_context(to, std::move(task));
        ADD_FAILURE();
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::aborted);
      }
    };
    auto cancels = [](Context& to, std::atomic<bool>& begun) -> Task<void> {
      while (!begun) co_await ngo::yield();
      to.cancel(Code::aborted);
    };
    co_await ngo::when_all(under(context, far(remote, waiting, cleaned)), cancels(context, waiting));
    EXPECT_TRUE(cleaned);
  };
  loop.block_on(all(workers.loop(0)));
}

TEST_F(RunOnTest, TheDeadlineHoldsOnTheOtherSide) {
  auto far = [](EventLoop& remote) -> Task<void> {
    co_await run_on(remote, []() -> Task<void> {
      EXPECT_TRUE(Context::current().deadline());
      Event never;
      co_await never.wait();
    });
  };
  auto limited = [](Task<void> task) -> Task<void> { co_await ngo::with_timeout(1ms, std::move(task)); };
  try {
    loop.block_on(limited(far(workers.loop(0))));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::deadline_exceeded);
  }
}

TEST_F(RunOnTest, BetweenDifferentClocksTheTimeThatIsLeftCounts) {
  ngo::VirtualClock clock;  // shows a time long before that of the workers
  EventLoop at_home(clock);
  auto far = [](EventLoop& remote) -> Task<ngo::Duration> {
    co_return co_await run_on(remote, []() -> Task<ngo::Duration> {
      EXPECT_FALSE(Context::current().cancelled());
      co_return *Context::current().remaining();
    });
  };
  auto limited = [](Task<ngo::Duration> task) -> Task<ngo::Duration> {
    co_return co_await ngo::with_timeout(1h, std::move(task));
  };
  const ngo::Duration left = at_home.block_on(limited(far(workers.loop(0))));
  EXPECT_GT(left, 1s);
  EXPECT_LE(left, 1h);
}

TEST_F(RunOnTest, CarriesTraceLogFieldsAndTheNameOfTheWork) {
  auto all = [](EventLoop& remote) -> Task<std::string> {
    Context::current().set_trace({{0, 9}, {0}});
    Context::current().add_log_field("user", "a name that does not fit into the string itself");
    Context::current().set_work("GET /far");
    co_return co_await run_on(remote, []() -> Task<std::string> {
      co_await ngo::yield();
      std::string seen =
          std::to_string(Context::current().trace().trace.low) + " " + Context::current().work();
      Context::current().each_log_field([&](std::string_view name, std::string_view value) {
        seen.append(" ").append(name).append("=").append(value);
      });
      co_return seen;
    });
  };
  EXPECT_EQ(loop.block_on(all(workers.loop(0))),
            "9 GET /far user=a name that does not fit into the string itself");
}

TEST_F(RunOnTest, WorkersCallOneAnotherBackAndForth) {
  auto rally = [](Workers& all) -> Task<int> {
    int hops = 0;
    co_await run_on(all.loop(0), [&]() -> Task<void> {
      for (int i = 0; i < 200; ++i) {
        hops += co_await run_on(all.loop(1), [&all]() -> Task<int> {
          co_return co_await run_on(all.loop(0), []() -> Task<int> { co_return 1; });
        });
      }
    });
    co_return hops;
  };
  EXPECT_EQ(loop.block_on(rally(workers)), 200);
}

}  // namespace
