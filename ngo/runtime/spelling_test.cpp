// The spellings that docs/compilers.md recommends hold with every compiler: each value is destroyed once, and
// every coroutine goes on.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/task.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo {
namespace {

int alive = 0;

struct Counted {
  Counted() { ++alive; }
  Counted(const Counted&) { ++alive; }
  Counted(Counted&&) noexcept { ++alive; }
  Counted& operator=(const Counted&) = default;
  Counted& operator=(Counted&&) = default;
  ~Counted() { --alive; }
};

struct Aggregate {
  Counted counted;
  int number = 0;
};

class Made {
 public:
  explicit Made(int number) : number_(number) {}
  [[nodiscard]] int number() const { return number_; }

 private:
  Counted counted_;
  int number_;
};

Task<int> number_of(Aggregate aggregate) { co_return aggregate.number; }
Task<int> number_of(const Made& made) { co_return made.number(); }
Task<int> same(int number) { co_return number; }
template <class Function>
Task<int> call(Function function) {
  co_return function();
}
Aggregate aggregate_with(int number) { return Aggregate{{}, number}; }

template <class Coroutine>
int run(Coroutine coroutine) {
  alive = 0;
  EventLoop loop;
  const int result = loop.block_on(coroutine());
  EXPECT_EQ(alive, 0);
  return result;
}

Task<int> named_aggregate() {
  Aggregate aggregate{{}, 7};
  co_return co_await number_of(std::move(aggregate));
}

Task<int> constructed() { co_return co_await number_of(Made(7)); }

Task<int> returned() { co_return co_await number_of(aggregate_with(7)); }

Task<int> named_part() {
  const int number = co_await same(7);
  Aggregate aggregate{{}, number};
  co_return aggregate.number;
}

Task<int> named_task() {
  auto task = number_of(Aggregate{{}, 7});
  co_return co_await std::move(task);
}

Task<int> named_lambda() {
  Counted counted;
  auto seven = [counted] {
    static_cast<void>(counted);
    return 7;
  };
  co_return co_await call(std::move(seven));
}

Task<int> captured_by_reference() {
  const std::string text = "seven is a text that is too long for the inside of a string";
  co_return co_await call([&text] { return text.starts_with("seven") ? 7 : 1; });
}

Task<int> named_condition() {
  const bool is_seven = co_await same(7) == 7;
  if (is_seven) co_return 7;
  co_return 1;
}

Task<int> initialised_switch() {
  switch (const int number = co_await same(2); number) {
    case 1: co_return 1;
    case 2: co_return 7;
    default: co_return 3;
  }
}

Task<int> named_list() {
  const std::vector<int> numbers{3, 4};
  int sum = 0;
  for (const int number : numbers) sum += co_await same(number);
  co_return sum;
}

TEST(Spelling, DestroysOnceWhatHasANameBeforeTheAwait) {
  EXPECT_EQ(run(named_aggregate), 7);
  EXPECT_EQ(run(named_part), 7);
  EXPECT_EQ(run(named_task), 7);
  EXPECT_EQ(run(named_lambda), 7);
  EXPECT_EQ(run(named_list), 7);
}

TEST(Spelling, DestroysOnceATemporaryThatAConstructorOrAFunctionMade) {
  EXPECT_EQ(run(constructed), 7);
  EXPECT_EQ(run(returned), 7);
}

TEST(Spelling, DestroysOnceALambdaThatCapturesByReference) { EXPECT_EQ(run(captured_by_reference), 7); }

TEST(Spelling, GoesOnAfterAConditionThatHasANameBefore) {
  EXPECT_EQ(run(named_condition), 7);
  EXPECT_EQ(run(initialised_switch), 7);
}

}  // namespace
}  // namespace ngo
