#include "ngo/runtime/generator.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/wait.hpp"

namespace {

using namespace std::chrono_literals;
using ngo::Code;
using ngo::Error;
using ngo::EventLoop;
using ngo::Generator;
using ngo::Task;
using ngo::VirtualClock;

template <class T>
T run(Task<T> task) {
  VirtualClock clock;
  EventLoop loop(clock);
  return loop.block_on(std::move(task));
}

Generator<int> count_to(int end) {
  for (int i = 0; i < end; ++i) {
    if (i % 3 == 1) co_await ngo::sleep(1s);
    co_yield i;
  }
}

Task<std::vector<int>> collect(Generator<int> from) {
  std::vector<int> got;
  while (int* value = co_await from.next()) got.push_back(*value);
  EXPECT_EQ(co_await from.next(), nullptr);  // and stays at its end
  co_return got;
}

TEST(Generator, GivesElementsOneByOneAndMayWaitBetween) {
  EXPECT_EQ(run(collect(count_to(7))), (std::vector<int>{0, 1, 2, 3, 4, 5, 6}));
  EXPECT_TRUE(run(collect(count_to(0))).empty());
  EXPECT_TRUE(run(collect(Generator<int>())).empty());
}

TEST(Generator, AHundredThousandElementsNeedNoStack) {
  auto many = []() -> Generator<int> {
    for (int i = 0; i < 100'000; ++i) co_yield i;
  };
  EXPECT_EQ(run(collect(many())).size(), 100'000U);
}

TEST(Generator, ThrowsWhatItsCoroutineThrowsOnceAndEnds) {
  auto breaks = []() -> Generator<int> {
    co_yield 1;
    throw std::runtime_error("broken");
  };
  auto all = [](Generator<int> from) -> Task<void> {
    int* first = co_await from.next();
    EXPECT_EQ(*first, 1);
    try {
      co_await from.next();
      ADD_FAILURE();
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "broken");
    }
    EXPECT_EQ(co_await from.next(), nullptr);
  };
  run(all(breaks()));
}

TEST(Generator, DroppingItEndsItsCoroutineWhereItStands) {
  auto holder = std::make_shared<int>(0);
  auto holds = [](std::shared_ptr<int> held) -> Generator<std::shared_ptr<int>> {
    for (;;) co_yield held;
  };
  auto all = [](Generator<std::shared_ptr<int>> from) -> Task<void> {
    co_await from.next();
    co_await from.next();
  };
  run(all(holds(holder)));
  {
    Generator<std::shared_ptr<int>> never_begun = holds(holder);
    EXPECT_EQ(holder.use_count(), 2);
  }
  EXPECT_EQ(holder.use_count(), 1);
}

TEST(Generator, TheElementMayBeMovedFromAndLivesUntilTheNextCall) {
  auto owners = []() -> Generator<std::unique_ptr<std::string>> {
    co_yield std::make_unique<std::string>("one");
    auto named = std::make_unique<std::string>("two");
    co_yield named;
    EXPECT_EQ(named, nullptr);
  };
  auto all = [](Generator<std::unique_ptr<std::string>> from) -> Task<std::string> {
    std::string text;
    while (auto* element = co_await from.next()) {
      std::unique_ptr<std::string> taken = std::move(*element);
      text += *taken;
    }
    co_return text;
  };
  EXPECT_EQ(run(all(owners())), "onetwo");
}

TEST(Generator, ItsWaitsBelongToTheContextOfWhoAsksForTheNext) {
  auto slow = []() -> Generator<int> {
    co_yield 1;
    co_await ngo::sleep(1h);
    co_yield 2;
  };
  auto all = [](Generator<int> from) -> Task<void> {
    co_await from.next();
    auto ask = [](Generator<int>& same) -> Task<void> { co_await same.next(); };
    try {
      co_await ngo::with_timeout(1s, ask(from));
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::deadline_exceeded);
    }
  };
  run(all(slow()));
}

}  // namespace
