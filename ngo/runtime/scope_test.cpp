#include "ngo/runtime/scope.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "ngo/runtime/sync.hpp"

namespace {

using namespace std::chrono_literals;
using ngo::Code;
using ngo::Error;
using ngo::EventLoop;
using ngo::Scope;
using ngo::Task;
using ngo::TimePoint;
using ngo::VirtualClock;

template <class T>
T run(Task<T> task) {
  VirtualClock clock;
  EventLoop loop(clock);
  return loop.block_on(std::move(task));
}

Task<void> child(ngo::Duration duration, std::string& to, char letter) {
  try {
    co_await ngo::sleep(duration);
    to.push_back(letter);
  } catch (const Error&) {
    to.push_back('x');
    throw;
  }
}

TEST(Scope, WaitsForEverythingThatWasSpawnedInIt) {
  std::string log;
  auto all = [](std::string& to) -> Task<void> {
    const TimePoint before = EventLoop::current().now();
    co_await Scope::run([&](Scope& scope) -> Task<> {
      scope.spawn(child(3s, to, 'c'));
      scope.spawn(child(1s, to, 'a'));
      co_await ngo::sleep(2s);
      to.push_back('b');
      scope.spawn(child(2s, to, 'd'));
    });
    EXPECT_EQ(EventLoop::current().now() - before, 4s);
  };
  run(all(log));
  EXPECT_EQ(log, "abcd");
}

TEST(Scope, AChildMaySpawnOthers) {
  std::string log;
  auto all = [](std::string& to) -> Task<void> {
    co_await Scope::run([&](Scope& scope) -> Task<> {
      auto spawns = [](Scope& in, std::string& into) -> Task<void> {
        co_await ngo::sleep(1s);
        in.spawn(child(1s, into, 'g'));
      };
      scope.spawn(spawns(scope, to));
      co_return;
    });
  };
  run(all(log));
  EXPECT_EQ(log, "g");
}

TEST(Scope, AFailureOfTheBodyCancelsTheChildrenFirst) {
  std::string log;
  auto all = [](std::string& to) -> Task<void> {
    const TimePoint before = EventLoop::current().now();
    try {
      co_await Scope::run([&](Scope& scope) -> Task<> {
        scope.spawn(child(1h, to, 'a'));
        scope.spawn(child(1s, to, 'b'));
        co_await ngo::sleep(2s);
        throw std::runtime_error("body");
      });
      ADD_FAILURE();
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "body");
    }
    EXPECT_EQ(EventLoop::current().now() - before, 2s);
  };
  run(all(log));
  EXPECT_EQ(log, "bx");
}

TEST(Scope, ABodyThatIsNoCoroutineMayThrowAfterItSpawned) {
  std::string log;
  auto all = [](std::string& to) -> Task<void> {
    co_await Scope::run([&](Scope& scope) -> Task<> {
      scope.spawn(child(1h, to, 'a'));
      throw std::runtime_error("before the first wait");
    });
  };
  EXPECT_THROW(run(all(log)), std::runtime_error);
  auto plain = [](std::string& to) -> Task<void> {
    auto nothing = []() -> Task<void> { co_return; };
    co_await Scope::run([&](Scope& scope) {
      scope.spawn(child(1h, to, 'a'));
      if (!to.empty()) throw std::runtime_error("no coroutine at all");
      return nothing();
    });
  };
  EXPECT_THROW(run(plain(log)), std::runtime_error);
  EXPECT_EQ(log, "xx");
}

TEST(Scope, AFailedChildCancelsTheBodyAndTheRestAndTheFirstFailureIsThrown) {
  std::string log;
  auto all = [](std::string& to) -> Task<void> {
    auto fails = [](ngo::Duration duration, const char* why) -> Task<void> {
      co_await ngo::sleep(duration);
      throw std::runtime_error(why);
    };
    try {
      co_await Scope::run([&](Scope& scope) -> Task<> {
        scope.spawn(child(1h, to, 'a'));
        scope.spawn(fails(2s, "first"));
        scope.spawn(fails(3s, "second"));
        co_await child(2h, to, 'b');
      });
      ADD_FAILURE();
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "first");
    }
  };
  run(all(log));
  EXPECT_EQ(log, "xx");
}

TEST(Scope, CancellingItEndsTheChildrenWithoutBeingAFailure) {
  std::string log;
  auto all = [](std::string& to) -> Task<void> {
    co_await Scope::run([&](Scope& scope) -> Task<> {
      scope.spawn(child(1h, to, 'a'));
      co_await ngo::sleep(1s);
      scope.cancel();
    });
    to += "after";
  };
  run(all(log));
  EXPECT_EQ(log, "xafter");
}

TEST(Scope, AnErrorOtherThanCancelledCountsAlsoAfterCancel) {
  auto all = []() -> Task<void> {
    co_await Scope::run([&](Scope& scope) -> Task<> {
      auto fails_to_end = []() -> Task<void> {
        try {
          co_await ngo::sleep(1h);
        } catch (const Error&) {
          throw std::runtime_error("cannot clean up");
        }
      };
      scope.spawn(fails_to_end());
      co_await ngo::yield();
      scope.cancel();
    });
  };
  EXPECT_THROW(run(all()), std::runtime_error);
}

TEST(Scope, ACancellationFromOutsideIsThrownEvenWhenItWasEndedEarlyAsWell) {
  auto all = []() -> Task<void> {
    co_await Scope::run([&](Scope& scope) -> Task<> {
      std::string ignored;
      auto both = [](Scope& in) -> Task<void> {
        try {
          co_await ngo::sleep(1h);
        } catch (const Error&) {
          in.cancel();
        }
      };
      co_await both(scope);
    });
  };
  auto limited = [](Task<void> task) -> Task<void> { co_await ngo::with_timeout(1s, std::move(task)); };
  try {
    run(limited(all()));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::deadline_exceeded);
  }
}

}  // namespace
