#include "ngo/runtime/detached.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>

#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace {

using namespace std::chrono_literals;
using ngo::Code;
using ngo::Context;
using ngo::Error;
using ngo::EventLoop;
using ngo::Task;
using ngo::VirtualClock;

std::string failures;

void note_failure(std::exception_ptr error) noexcept {
  try {
    std::rethrow_exception(std::move(error));
  } catch (const std::exception& what) {
    failures += what.what();
  }
}

struct DetachedTest : testing::Test {
  DetachedTest() {
    failures.clear();
    ngo::set_unhandled_error(&note_failure);
  }
  Task<void> until_all_ended() {
    while (loop.detached_count() != 0) co_await ngo::sleep(1s);
  }
  VirtualClock clock;
  EventLoop loop{clock};
};

TEST_F(DetachedTest, OutlivesTheWorkThatStartedItWithoutItsDeadline) {
  bool ended = false;
  auto later = [](bool& to) -> Task<void> {
    EXPECT_FALSE(Context::current().deadline());
    co_await ngo::sleep(1h);
    to = true;
  };
  auto starts = [](auto make, bool& to) -> Task<void> {
    Context& before = Context::current();
    ngo::spawn_detached(make(to));
    EXPECT_EQ(&Context::current(), &before);
    Context::current().cancel();
    co_return;
  };
  auto limited = [](Task<void> task) -> Task<void> { co_await ngo::with_timeout(1s, std::move(task)); };
  loop.block_on(limited(starts(later, ended)));
  EXPECT_FALSE(ended);
  EXPECT_EQ(loop.detached_count(), 1U);
  loop.block_on(until_all_ended());
  EXPECT_TRUE(ended);
}

TEST_F(DetachedTest, KeepsTheTraceAndTheLogFields) {
  std::string seen;
  auto later = [](std::string& to) -> Task<void> {
    co_await ngo::yield();
    to += std::to_string(Context::current().trace().trace.low);
    Context::current().each_log_field([&](std::string_view name, std::string_view value) {
      to.append(" ").append(name).append("=").append(value);
    });
  };
  auto starts = [](auto make, std::string& to) -> Task<void> {
    Context::current().set_trace({{0, 42}, {0}});
    Context::current().add_log_field("user", "7");
    ngo::spawn_detached(make(to));
    co_return;
  };
  loop.block_on(starts(later, seen));
  loop.block_on(until_all_ended());
  EXPECT_EQ(seen, "42 user=7");
}

TEST_F(DetachedTest, AFailureGoesToTheHandlerAndACancellationIsNone) {
  auto fails = []() -> Task<void> {
    co_await ngo::yield();
    throw std::runtime_error("lost");
  };
  auto waits = []() -> Task<void> { co_await ngo::sleep(1h); };
  auto starts = [](Task<void> first, Task<void> second) -> Task<void> {
    ngo::spawn_detached(std::move(first));
    ngo::spawn_detached(std::move(second));
    co_return;
  };
  loop.block_on(starts(fails(), waits()));
  EXPECT_EQ(loop.detached_count(), 2U);
  loop.cancel_detached();
  loop.block_on(until_all_ended());
  EXPECT_EQ(failures, "lost");
}

TEST_F(DetachedTest, ItsArgumentsAreGoneWhenItCountsAsEnded) {
  auto held = std::make_shared<int>(0);
  auto holds = [](std::shared_ptr<int>) -> Task<void> { co_await ngo::sleep(1s); };
  auto starts = [](Task<void> task) -> Task<void> {
    ngo::spawn_detached(std::move(task));
    co_return;
  };
  loop.block_on(starts(holds(held)));
  EXPECT_EQ(held.use_count(), 2);
  loop.block_on(until_all_ended());
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
