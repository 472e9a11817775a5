#include "ngo/runtime/context.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/wait.hpp"

namespace {

using namespace std::chrono_literals;
using ngo::Code;
using ngo::Context;
using ngo::Error;
using ngo::Event;
using ngo::EventLoop;
using ngo::Task;
using ngo::TimePoint;
using ngo::VirtualClock;

struct ContextTest : testing::Test {
  VirtualClock clock;
  EventLoop loop{clock};
};

// Waits for ever; gives the code of the error that ended it.
Task<Code> wait_for_ever() {
  Event never;
  try {
    co_await never.wait();
  } catch (const Error& error) {
    co_return error.code();
  }
  co_return Code::internal;
}

Task<ngo::Duration> time_until_cut_off() {
  const TimePoint before = EventLoop::current().now();
  co_await wait_for_ever();
  co_return EventLoop::current().now() - before;
}

TEST_F(ContextTest, CancellingEndsAPendingWaitAtOnce) {
  auto all = []() -> Task<void> {
    Context context(Context::current());
    auto cancel = [](Context& to) -> Task<void> {
      co_await ngo::sleep(1min);
      to.cancel();
    };
    const TimePoint before = EventLoop::current().now();
    auto under = [](Context& to) -> Task<Code> { co_return co_await ngo::with_context(to, wait_for_ever()); };
    auto [code, nothing] = co_await ngo::when_all(under(context), cancel(context));
    EXPECT_EQ(code, Code::cancelled);
    EXPECT_EQ(EventLoop::current().now() - before, 1min);
    EXPECT_FALSE(Context::current().cancelled());
  };
  loop.block_on(all());
}

TEST_F(ContextTest, CancelPropagatesDownAndNotUpAndTheFirstCauseStays) {
  Context root;
  Context child(root);
  Context sibling(root);
  Context grandchild(child);
  child.cancel(Code::unavailable);
  child.cancel(Code::aborted);
  EXPECT_FALSE(root.cancelled());
  EXPECT_FALSE(sibling.cancelled());
  EXPECT_EQ(child.cause(), Code::unavailable);
  EXPECT_EQ(grandchild.cause(), Code::unavailable);
  root.cancel();
  EXPECT_EQ(sibling.cause(), Code::cancelled);
  EXPECT_EQ(child.cause(), Code::unavailable);
  Context late(child);
  EXPECT_EQ(late.cause(), Code::unavailable);
  EXPECT_THROW(late.check(), Error);
}

TEST_F(ContextTest, EveryWaitUnderACancelledContextEndsAtOnce) {
  auto all = []() -> Task<int> {
    Context::current().cancel();
    int ended = 0;
    for (int i = 0; i < 3; ++i) {
      try {
        if (i == 0) co_await ngo::sleep(1h);
        if (i == 1) co_await ngo::yield();
        if (i == 2) {
          Event set;
          set.set();
          co_await set.wait();
        }
      } catch (const Error& error) {
        if (error.code() == Code::cancelled) ++ended;
      }
    }
    co_return ended;
  };
  const TimePoint before = clock.now();
  EXPECT_EQ(loop.block_on(all()), 3);
  EXPECT_EQ(clock.now(), before);
}

TEST_F(ContextTest, TheSoonerDeadlineOfANestHolds) {
  auto nested = [](ngo::Duration outer, ngo::Duration inner) -> Task<ngo::Duration> {
    auto inside = [](ngo::Duration limit) -> Task<ngo::Duration> {
      co_return co_await ngo::with_timeout(limit, time_until_cut_off());
    };
    co_return co_await ngo::with_timeout(outer, inside(inner));
  };
  EXPECT_EQ(loop.block_on(nested(10s, 3s)), 3s);
  EXPECT_EQ(loop.block_on(nested(3s, 10s)), 3s);
}

TEST_F(ContextTest, TheOuterDeadlineHoldsAfterTheInnerHasPassed) {
  auto twice = []() -> Task<void> {
    const TimePoint before = EventLoop::current().now();
    EXPECT_EQ(co_await ngo::with_timeout(3s, wait_for_ever()), Code::deadline_exceeded);
    EXPECT_EQ(EventLoop::current().now() - before, 3s);
    EXPECT_EQ(co_await wait_for_ever(), Code::deadline_exceeded);
    EXPECT_EQ(EventLoop::current().now() - before, 10s);
  };
  auto outer = [](Task<void> task) -> Task<void> { co_await ngo::with_timeout(10s, std::move(task)); };
  loop.block_on(outer(twice()));
}

TEST_F(ContextTest, TellsItsDeadlineAndWhatIsLeftOfIt) {
  Context root;
  EXPECT_FALSE(root.deadline());
  EXPECT_FALSE(root.remaining());
  root.set_deadline(loop.now() + 5s);
  Context child(root, loop.now() + 9s);
  EXPECT_EQ(child.deadline(), loop.now() + 5s);
  EXPECT_EQ(child.remaining(), 5s);
  root.set_deadline(loop.now() + 20s);
  EXPECT_EQ(child.remaining(), 9s);
  root.set_deadline(TimePoint::max());
  EXPECT_EQ(child.remaining(), 9s);
  EXPECT_FALSE(root.deadline());
  child.set_deadline(loop.now() - 1s);
  EXPECT_EQ(child.remaining(), 0s);
}

TEST_F(ContextTest, ADeadlineThatIsSetWhileAChildWaitsHoldsForIt) {
  auto all = []() -> Task<void> {
    const TimePoint before = EventLoop::current().now();
    Context& context = Context::current();
    auto sets = [](Context& to, TimePoint start) -> Task<void> {
      co_await ngo::sleep(1s);
      to.set_deadline(start + 60s);
      co_await ngo::sleep(1s);
      to.set_deadline(start + 5s);
    };
    auto waits = []() -> Task<Code> { co_return co_await ngo::with_timeout(1h, wait_for_ever()); };
    auto [code, nothing] = co_await ngo::when_all(waits(), sets(context, before));
    EXPECT_EQ(code, Code::deadline_exceeded);
    EXPECT_EQ(EventLoop::current().now() - before, 5s);
  };
  loop.block_on(all());
}

TEST_F(ContextTest, ADeadlineThatIsTakenBackDoesNotCutOff) {
  auto all = []() -> Task<void> {
    Context& context = Context::current();
    auto changes = [](Context& to) -> Task<void> {
      co_await ngo::sleep(1s);
      to.set_deadline(TimePoint::max());
    };
    context.set_deadline(EventLoop::current().now() + 2s);
    auto waits = []() -> Task<void> { co_await ngo::sleep(1h); };
    co_await ngo::when_all(waits(), changes(context));
    EXPECT_FALSE(context.cancelled());
  };
  loop.block_on(all());
}

TEST_F(ContextTest, ADeadlineCutsOffALoopThatOnlyYields) {
  // The clock has to move, since a loop that is never idle lets no virtual time pass.
  auto yields = [](VirtualClock& time) -> Task<int> {
    int rounds = 0;
    for (;;) {
      time.advance(1s);
      try {
        co_await ngo::yield();
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::deadline_exceeded);
        co_return rounds;
      }
      ++rounds;
    }
  };
  auto limited = [](Task<int> task) -> Task<int> {
    co_return co_await ngo::with_timeout(5s, std::move(task));
  };
  const int rounds = loop.block_on(limited(yields(clock)));
  EXPECT_GE(rounds, 4);
  EXPECT_LE(rounds, 6);
}

TEST_F(ContextTest, ArmsNoTimerForWorkThatNeverWaits) {
  auto quick = [](EventLoop& of) -> Task<void> {
    auto one = [](EventLoop& same) -> Task<void> {
      EXPECT_FALSE(same.timers().next());
      co_return;
    };
    co_await ngo::with_timeout(1s, one(of));
    EXPECT_FALSE(of.timers().next());
  };
  loop.block_on(quick(loop));
}

TEST_F(ContextTest, ResetMakesARootAsNew) {
  Context context;
  context.set_deadline(loop.now() + 1s);
  context.set_work("GET /");
  context.set_trace({{1, 2}, {3}});
  context.add_log_field("user", "7");
  context.cancel();
  context.reset();
  EXPECT_FALSE(context.cancelled());
  EXPECT_FALSE(context.deadline());
  EXPECT_FALSE(context.trace().valid());
  EXPECT_EQ(context.work(), nullptr);
  context.each_log_field([](std::string_view, std::string_view) { ADD_FAILURE(); });
  EXPECT_EQ(loop.block_on([](Context& again) -> Task<int> {
    auto one = []() -> Task<int> {
      co_await ngo::sleep(1h);
      co_return 1;
    };
    co_return co_await ngo::with_context(again, one());
  }(context)),
            1);
}

TEST_F(ContextTest, ChildrenInheritTraceWorkAndLogFieldsTheParentsFirst) {
  Context root;
  root.set_trace({{1, 2}, {3}});
  root.set_work("job");
  root.add_log_field("a", "1");
  Context child(root);
  child.add_log_field("b", "2");
  Context grandchild(child);
  EXPECT_EQ(grandchild.trace().trace.low, 2U);
  EXPECT_STREQ(grandchild.work(), "job");
  child.set_trace({{4, 5}, {6}});
  EXPECT_EQ(grandchild.trace().trace.low, 5U);
  EXPECT_EQ(root.trace().trace.low, 2U);
  std::string fields;
  grandchild.each_log_field([&](std::string_view name, std::string_view value) {
    fields.append(name).append("=").append(value).append(" ");
  });
  EXPECT_EQ(fields, "a=1 b=2 ");
}

TEST_F(ContextTest, TravelsWithTheCoroutineOverEveryWait) {
  auto travels = [](std::uint64_t number) -> Task<void> {
    Context& mine = Context::current();
    mine.set_trace({{0, number}, {0}});
    for (int i = 0; i < 5; ++i) {
      co_await ngo::sleep(std::chrono::milliseconds(number * 7 % 5));
      EXPECT_EQ(Context::current().trace().trace.low, number);
      EXPECT_EQ(&Context::current(), &mine);
      co_await ngo::yield();
      EXPECT_EQ(&Context::current(), &mine);
    }
  };
  auto under = [](Task<void> task) -> Task<void> {
    Context own(Context::current());
    co_await ngo::with_context(own, std::move(task));
  };
  auto all = [](auto wrap, auto make) -> Task<void> {
    std::vector<Task<void>> tasks;
    for (std::uint64_t i = 1; i <= 20; ++i) tasks.push_back(wrap(make(i)));
    Context& before = Context::current();
    co_await ngo::when_all(std::move(tasks));
    EXPECT_EQ(&Context::current(), &before);
    EXPECT_FALSE(before.trace().valid());
  };
  loop.block_on(all(under, travels));
}

TEST_F(ContextTest, OutsideOfAnyCoroutineThereIsARootThatIsNeverCancelled) {
  EXPECT_FALSE(Context::current().cancelled());
  EXPECT_FALSE(Context::current().deadline());
}

}  // namespace
