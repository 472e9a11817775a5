#include "ngo/runtime/channel.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/scope.hpp"

namespace {

using namespace std::chrono_literals;
using ngo::Channel;
using ngo::Context;
using ngo::Error;
using ngo::EventLoop;
using ngo::Scope;
using ngo::Task;
using ngo::VirtualClock;

template <class T>
T run(Task<T> task) {
  VirtualClock clock;
  EventLoop loop(clock);
  return loop.block_on(std::move(task));
}

Task<void> sends(Channel<int>& channel, int from, int count) {
  for (int i = 0; i < count; ++i) EXPECT_TRUE(co_await channel.send(from + i));
}

Task<void> receives(Channel<int>& channel, std::vector<int>& to) {
  while (std::optional<int> value = co_await channel.receive()) to.push_back(*value);
}

TEST(Channel, KeepsTheOrderAndNeverHoldsMoreThanItsCapacity) {
  for (std::size_t capacity : {0U, 1U, 2U, 7U}) {
    auto all = [](std::size_t room) -> Task<std::vector<int>> {
      Channel<int> channel(room);
      std::vector<int> got;
      co_await Scope::run([&](Scope& scope) -> Task<> {
        auto feeds = [](Channel<int>& into, std::size_t most) -> Task<void> {
          for (int i = 0; i < 500; ++i) {
            EXPECT_TRUE(co_await into.send(i));
            EXPECT_LE(into.size(), most);
          }
          into.close();
        };
        scope.spawn(feeds(channel, room == 0 ? 1 : room));
        co_await receives(channel, got);
      });
      co_return got;
    };
    const std::vector<int> got = run(all(capacity));
    ASSERT_EQ(got.size(), 500U);
    for (int i = 0; i < 500; ++i) ASSERT_EQ(got[static_cast<std::size_t>(i)], i);
  }
}

TEST(Channel, ServesSendersAndReceiversInTheOrderOfTheirComing) {
  auto all = []() -> Task<void> {
    Channel<int> channel(1);
    std::string log;
    auto sender = [](Channel<int>& into, int value) -> Task<void> {
      EXPECT_TRUE(co_await into.send(value));
      co_await ngo::yield();
      EXPECT_TRUE(co_await into.send(value + 10));
    };
    auto receiver = [](Channel<int>& from, std::string& to, char letter) -> Task<void> {
      for (int i = 0; i < 2; ++i) {
        std::optional<int> value = co_await from.receive();
        to += letter + std::to_string(*value) + " ";
      }
    };
    co_await Scope::run([&](Scope& scope) -> Task<> {
      for (int value : {1, 2, 3}) scope.spawn(sender(channel, value));
      co_await ngo::sleep(1s);
      for (char letter : {'a', 'b', 'c'}) scope.spawn(receiver(channel, log, letter));
    });
    EXPECT_EQ(log, "a1 a2 b3 b11 c12 c13 ");
  };
  run(all());
}

TEST(Channel, CloseLetsReceiversTakeWhatIsLeftAndTellsWaitingSendersFalse) {
  auto all = []() -> Task<void> {
    Channel<int> channel(2);
    int refused = 0;
    co_await Scope::run([&](Scope& scope) -> Task<> {
      auto late = [](Channel<int>& into, int& count) -> Task<void> {
        if (!co_await into.send(3)) ++count;
      };
      co_await sends(channel, 1, 2);
      scope.spawn(late(channel, refused));
      EXPECT_FALSE(channel.try_send(4));
      channel.close();
    });
    EXPECT_EQ(refused, 1);
    EXPECT_FALSE(co_await channel.send(5));
    std::vector<int> got;
    co_await receives(channel, got);
    EXPECT_EQ(got, (std::vector<int>{1, 2}));
    EXPECT_TRUE(channel.closed());
  };
  run(all());
}

TEST(Channel, CloseWakesWaitingReceivers) {
  auto all = []() -> Task<void> {
    Channel<int> channel(1);
    std::vector<int> got;
    co_await Scope::run([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 3; ++i) scope.spawn(receives(channel, got));
      co_await ngo::sleep(1s);
      channel.close();
    });
    EXPECT_TRUE(got.empty());
  };
  run(all());
}

TEST(Channel, ACancelledSenderOrReceiverTakesNobodysTurn) {
  auto all = []() -> Task<void> {
    Channel<int> channel(1);
    std::vector<int> got;
    auto impatient = [](Task<void> task) -> Task<void> {
      try {
        co_await ngo::with_timeout(1s, std::move(task));
        ADD_FAILURE();
      } catch (const Error&) {
      }
    };
    // Two receivers, the first gives up; the value goes to the second.
    co_await Scope::run([&](Scope& scope) -> Task<> {
      std::vector<int> none;
      scope.spawn(impatient(receives(channel, none)));
      scope.spawn(receives(channel, got));
      co_await ngo::sleep(2s);
      EXPECT_TRUE(none.empty());
      EXPECT_TRUE(channel.try_send(1));
      co_await ngo::yield();
      EXPECT_EQ(got, std::vector<int>{1});
      // Two senders on a full channel, the first gives up; the room goes to the second.
      scope.spawn(impatient([](Channel<int>& into) -> Task<void> {
        co_await ngo::yield();
        for (int i = 0; i < 3; ++i) (void)co_await into.send(-1);
        co_await ngo::sleep(1h);
      }(channel)));
      co_await ngo::sleep(2s);
      channel.close();
    });
    EXPECT_EQ(got, (std::vector<int>{1, -1, -1, -1}));
  };
  run(all());
}

TEST(Channel, AValueHandedToAReceiverThatIsThenCancelledIsStillReceived) {
  auto all = []() -> Task<void> {
    Channel<int> channel(1);
    std::vector<int> got;
    Context context(Context::current());
    co_await Scope::run([&](Scope& scope) -> Task<> {
      auto under = [](Context& to, Task<void> task) -> Task<void> {
        try {
          co_await ngo::with_context(to, std::move(task));
          ADD_FAILURE();
        } catch (const Error&) {
        }
      };
      scope.spawn(under(context, receives(channel, got)));
      EXPECT_TRUE(channel.try_send(7));
      context.cancel();
      co_return;
    });
    EXPECT_EQ(got, std::vector<int>{7});
    EXPECT_EQ(channel.size(), 0U);
  };
  run(all());
}

TEST(Channel, CarriesMoveOnlyValues) {
  auto all = []() -> Task<int> {
    Channel<std::unique_ptr<int>> channel(1);
    EXPECT_TRUE(co_await channel.send(std::make_unique<int>(5)));
    std::optional<std::unique_ptr<int>> value = co_await channel.receive();
    co_return **value;
  };
  EXPECT_EQ(run(all()), 5);
}

}  // namespace
