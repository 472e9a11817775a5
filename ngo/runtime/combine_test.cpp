#include "ngo/runtime/combine.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "ngo/runtime/sync.hpp"

namespace {

using namespace std::chrono_literals;
using ngo::Code;
using ngo::Context;
using ngo::Duration;
using ngo::Error;
using ngo::EventLoop;
using ngo::Task;
using ngo::TimePoint;
using ngo::VirtualClock;

template <class T>
T run(Task<T> task) {
  VirtualClock clock;
  EventLoop loop(clock);
  return loop.block_on(std::move(task));
}

Task<int> after(Duration duration, int value) {
  co_await ngo::sleep(duration);
  co_return value;
}

Task<int> fails_after(Duration duration, const char* why) {
  co_await ngo::sleep(duration);
  throw std::runtime_error(why);
}

// Writes down how it ended.
Task<int> watched(Duration duration, std::string& to) {
  try {
    co_await ngo::sleep(duration);
    to += "done ";
  } catch (const Error& error) {
    to += ngo::to_string(error.code());
    to += ' ';
    throw;
  }
  co_return 0;
}

TEST(WhenAll, GivesTheResultsInOrderAfterTheSlowest) {
  auto all = []() -> Task<void> {
    const TimePoint before = EventLoop::current().now();
    auto owner = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(9); };
    auto nothing = []() -> Task<void> { co_await ngo::yield(); };
    auto [slow, quick, owned, none] = co_await ngo::when_all(after(2s, 1), after(1s, 2), owner(), nothing());
    EXPECT_EQ(slow, 1);
    EXPECT_EQ(quick, 2);
    EXPECT_EQ(*owned, 9);
    EXPECT_EQ(none, std::monostate());
    EXPECT_EQ(EventLoop::current().now() - before, 2s);
  };
  run(all());
}

TEST(WhenAll, TakesAnyNumberOfTasksOfOneType) {
  auto all = []() -> Task<int> {
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 1000; ++i) tasks.push_back(after(std::chrono::milliseconds(1000 - i), i));
    const std::vector<int> results = co_await ngo::when_all(std::move(tasks));
    int right = 0;
    for (int i = 0; i < 1000; ++i) right += results[static_cast<std::size_t>(i)] == i ? 1 : 0;
    std::vector<Task<void>> none;
    co_await ngo::when_all(std::move(none));
    co_return right;
  };
  EXPECT_EQ(run(all()), 1000);
}

TEST(WhenAll, CancelsTheOthersOnTheFirstFailureAndWaitsForThem) {
  std::string log;
  auto all = [](std::string& to) -> Task<void> {
    const TimePoint before = EventLoop::current().now();
    try {
      co_await ngo::when_all(watched(1h, to), fails_after(2s, "first"), fails_after(3s, "second"),
                             watched(1s, to));
      ADD_FAILURE();
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "first");
    }
    EXPECT_EQ(EventLoop::current().now() - before, 2s);
    EXPECT_FALSE(Context::current().cancelled());
  };
  run(all(log));
  EXPECT_EQ(log, "done cancelled ");
}

Task<void> note(std::string& to, char letter) {
  to.push_back(letter);
  co_return;
}

Task<void> throws_now() {
  throw std::runtime_error("now");
  co_return;
}

TEST(WhenAll, DoesNotBeginWhatStandsBehindAFailure) {
  std::string log;
  auto all = [](std::string& to) -> Task<void> {
    co_await ngo::when_all(note(to, 'a'), throws_now(), note(to, 'b'));
  };
  EXPECT_THROW(run(all(log)), std::runtime_error);
  EXPECT_EQ(log, "a");
  auto many = [](std::string& to) -> Task<void> {
    std::vector<Task<void>> tasks;
    tasks.push_back(throws_now());
    tasks.push_back(note(to, 'b'));
    co_await ngo::when_all(std::move(tasks));
  };
  EXPECT_THROW(run(many(log)), std::runtime_error);
  EXPECT_EQ(log, "a");
}

TEST(WhenAll, CarriesReferences) {
  int place = 0;
  auto all = [](int& to) -> Task<bool> {
    auto refer = [](int& at) -> Task<int&> { co_return at; };
    co_await ngo::yield();
    co_return &co_await refer(to) == &to;
  };
  EXPECT_TRUE(run(all(place)));
}

TEST(WhenAny, GivesTheFirstAndCancelsTheRest) {
  std::string log;
  auto all = [](std::string& to) -> Task<void> {
    const TimePoint before = EventLoop::current().now();
    auto result = co_await ngo::when_any(watched(1h, to), after(1s, 7), watched(2h, to));
    EXPECT_EQ(result.index(), 1U);
    EXPECT_EQ(std::get<1>(result), 7);
    EXPECT_EQ(EventLoop::current().now() - before, 1s);
  };
  run(all(log));
  EXPECT_EQ(log, "cancelled cancelled ");
}

TEST(WhenAny, ATaskThatEndsWithoutWaitingWinsBeforeThoseBehindItBegin) {
  std::string log;
  auto all = [](std::string& to) -> Task<void> {
    auto ready = []() -> Task<int> { co_return 3; };
    auto result = co_await ngo::when_any(watched(1h, to), ready(), note(to, 'b'));
    EXPECT_EQ(result.index(), 1U);
    EXPECT_EQ(std::get<1>(result), 3);
  };
  run(all(log));
  EXPECT_EQ(log, "cancelled ");
}

TEST(WhenAny, ThrowsTheFailureOfTheFirst) {
  std::string log;
  auto all = [](std::string& to) -> Task<void> {
    co_await ngo::when_any(watched(1h, to), fails_after(1s, "lost"));
  };
  EXPECT_THROW(run(all(log)), std::runtime_error);
  EXPECT_EQ(log, "cancelled ");
}

TEST(WhenAny, IsCancelledFromOutsideAsAWhole) {
  std::string log;
  auto all = [](std::string& to) -> Task<void> {
    co_await ngo::with_timeout(1s, ngo::when_any(watched(1h, to), watched(2h, to)));
  };
  EXPECT_THROW(run(all(log)), Error);
  EXPECT_EQ(log, "deadline_exceeded deadline_exceeded ");
}

TEST(WithTimeout, GivesTheResultWhenItIsInTime) {
  auto all = []() -> Task<int> { co_return co_await ngo::with_timeout(2s, after(1s, 5)); };
  EXPECT_EQ(run(all()), 5);
}

TEST(WithTimeout, EndsTheWaitWithDeadlineExceededAndLeavesTheCallerAlone) {
  auto all = []() -> Task<void> {
    Context& before = Context::current();
    try {
      co_await ngo::with_timeout(2s, after(1h, 5));
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::deadline_exceeded);
    }
    EXPECT_EQ(&Context::current(), &before);
    EXPECT_EQ(co_await after(1h, 6), 6);
  };
  run(all());
}

TEST(WithTimeout, WaitsForWorkThatCleansUp) {
  auto all = []() -> Task<bool> {
    bool cleaned = false;
    auto slow_to_end = [](bool& to) -> Task<void> {
      try {
        co_await ngo::sleep(1h);
      } catch (const Error&) {
      }
      to = true;
    };
    co_await ngo::with_timeout(1s, slow_to_end(cleaned));
    co_return cleaned;
  };
  EXPECT_TRUE(run(all()));
}

}  // namespace
