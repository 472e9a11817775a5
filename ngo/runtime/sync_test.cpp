#include "ngo/runtime/sync.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/scope.hpp"

namespace {

using namespace std::chrono_literals;
using ngo::Code;
using ngo::Context;
using ngo::Error;
using ngo::Event;
using ngo::EventLoop;
using ngo::Mutex;
using ngo::Scope;
using ngo::Semaphore;
using ngo::Task;
using ngo::VirtualClock;

template <class T>
T run(Task<T> task) {
  VirtualClock clock;
  EventLoop loop(clock);
  return loop.block_on(std::move(task));
}

Task<void> waits(Event& event, std::string& to, char letter) {
  co_await event.wait();
  to.push_back(letter);
}

TEST(Event, LetsAllGoOnWhenItIsSetInTheOrderOfTheirComing) {
  auto all = []() -> Task<std::string> {
    Event event;
    std::string log;
    co_await Scope::run([&](Scope& scope) -> Task<> {
      for (char letter : {'a', 'b', 'c'}) scope.spawn(waits(event, log, letter));
      co_await ngo::sleep(1s);
      log.push_back('|');
      event.set();
      event.reset();  // those who waited go on all the same
      scope.spawn(waits(event, log, 'd'));
      co_await ngo::sleep(1s);
      log.push_back('|');
      event.set();
    });
    co_await event.wait();
    EXPECT_TRUE(event.is_set());
    co_return log;
  };
  EXPECT_EQ(run(all()), "|abc|d");
}

Task<void> takes(Semaphore& semaphore, std::size_t count, std::string& to, char letter) {
  Semaphore::Permit permit = co_await semaphore.acquire(count);
  to.push_back(letter);
  co_await ngo::sleep(1s);
}

TEST(Semaphore, ServesInOrderAndDoesNotLetSmallOnesOvertake) {
  auto all = []() -> Task<std::string> {
    Semaphore semaphore(3);
    std::string log;
    co_await Scope::run([&](Scope& scope) -> Task<> {
      scope.spawn(takes(semaphore, 2, log, 'a'));
      scope.spawn(takes(semaphore, 3, log, 'b'));
      scope.spawn(takes(semaphore, 1, log, 'c'));
      EXPECT_FALSE(semaphore.try_acquire());
      EXPECT_EQ(semaphore.available(), 1U);
      co_await ngo::sleep(1500ms);
      log.push_back('|');
    });
    EXPECT_EQ(semaphore.available(), 3U);
    EXPECT_TRUE(semaphore.try_acquire(3));
    co_return log;
  };
  EXPECT_EQ(run(all()), "ab|c");
}

TEST(Semaphore, ACancelledRequestAtTheHeadLetsThoseBehindItIn) {
  auto all = []() -> Task<std::string> {
    Semaphore semaphore(2);
    std::string log;
    auto impatient = [](Semaphore& from) -> Task<void> {
      try {
        auto wants = [](Semaphore& same) -> Task<void> { auto permit = co_await same.acquire(2); };
        co_await ngo::with_timeout(100ms, wants(from));
        ADD_FAILURE();
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::deadline_exceeded);
      }
    };
    co_await Scope::run([&](Scope& scope) -> Task<> {
      Semaphore::Permit held = co_await semaphore.acquire();
      scope.spawn(impatient(semaphore));
      scope.spawn(takes(semaphore, 1, log, 'c'));
      EXPECT_EQ(log, "");
      co_await ngo::sleep(200ms);
      EXPECT_EQ(log, "c");
    });
    EXPECT_EQ(semaphore.available(), 2U);
    co_return log;
  };
  EXPECT_EQ(run(all()), "c");
}

TEST(Semaphore, APermitThatWasGrantedToOneWhoIsCancelledThenIsNotLost) {
  auto all = []() -> Task<void> {
    Semaphore semaphore(1);
    Context context(Context::current());
    auto wants = [](Semaphore& from) -> Task<void> {
      auto permit = co_await from.acquire();
      co_await ngo::sleep(1h);  // cancelled
    };
    co_await Scope::run([&](Scope& scope) -> Task<> {
      Semaphore::Permit held = co_await semaphore.acquire();
      auto under = [](Context& to, Task<void> task) -> Task<void> {
        try {
          co_await ngo::with_context(to, std::move(task));
        } catch (const Error&) {
        }
      };
      scope.spawn(under(context, wants(semaphore)));
      held.release();    // granted to the waiting one, which has not gone on yet
      context.cancel();  // and will not go far
      co_return;
    });
    EXPECT_EQ(semaphore.available(), 1U);
  };
  run(all());
}

// What a combinator of a user might do: destroy a coroutine while it waits.
TEST(Semaphore, ARequestThatIsDestroyedWhileItWaitsOrWasGrantedLeavesNoTrace) {
  VirtualClock clock;
  EventLoop loop(clock);
  Semaphore semaphore(2);
  Semaphore::Permit held = semaphore.try_acquire(1);
  std::string log;
  auto wants = [](Semaphore& from, std::size_t count) -> Task<void> {
    auto permit = co_await from.acquire(count);
  };
  Task<void> head = wants(semaphore, 2);
  Task<void> behind = wants(semaphore, 1);
  head.handle().resume();
  behind.handle().resume();
  head = Task<void>();  // destroyed at the head of the queue: the one behind it fits
  EXPECT_EQ(semaphore.available(), 0U);
  behind = Task<void>();  // destroyed with the grant, before it went on
  EXPECT_EQ(semaphore.available(), 1U);
  held.release();
  EXPECT_EQ(semaphore.available(), 2U);
  loop.block_on([]() -> Task<void> { co_await ngo::yield(); }());
}

TEST(Semaphore, PermitsMoveAndAreGivenBackOnce) {
  Semaphore semaphore(3);
  {
    Semaphore::Permit one = semaphore.try_acquire(1);
    Semaphore::Permit two = semaphore.try_acquire(2);
    EXPECT_EQ(semaphore.available(), 0U);
    EXPECT_FALSE(semaphore.try_acquire());
    one = std::move(two);
    EXPECT_EQ(semaphore.available(), 1U);
    EXPECT_TRUE(one);
    EXPECT_FALSE(two);
    one.release();
    one.release();
    EXPECT_EQ(semaphore.available(), 3U);
  }
  EXPECT_EQ(semaphore.available(), 3U);
}

TEST(Mutex, LetsOneInAtATimeInOrder) {
  auto all = []() -> Task<std::string> {
    Mutex mutex;
    std::string log;
    auto enters = [](Mutex& of, std::string& to, char letter) -> Task<void> {
      Mutex::Lock lock = co_await of.lock();
      to.push_back(letter);
      co_await ngo::sleep(1ms);
      to.push_back(letter);
    };
    co_await Scope::run([&](Scope& scope) -> Task<> {
      for (char letter : {'a', 'b', 'c', 'd'}) scope.spawn(enters(mutex, log, letter));
      EXPECT_FALSE(mutex.try_lock());
      co_return;
    });
    EXPECT_TRUE(mutex.try_lock());
    co_return log;
  };
  EXPECT_EQ(run(all()), "aabbccdd");
}

TEST(Mutex, IsFreedByAnExceptionAndByCancellation) {
  auto all = []() -> Task<void> {
    Mutex mutex;
    auto holds = [](Mutex& of) -> Task<void> {
      Mutex::Lock lock = co_await of.lock();
      co_await ngo::sleep(1h);
    };
    for (int i = 0; i < 3; ++i) {
      try {
        co_await ngo::with_timeout(1s, holds(mutex));
        ADD_FAILURE();
      } catch (const Error&) {
      }
    }
    EXPECT_TRUE(mutex.try_lock());
  };
  run(all());
}

}  // namespace
