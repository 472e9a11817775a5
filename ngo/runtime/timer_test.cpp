#include "ngo/runtime/timer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace {

using namespace std::chrono_literals;
using ngo::Duration;
using ngo::TimePoint;
using ngo::Timer;
using ngo::TimerWheel;

const TimePoint kStart(1234567890123ns);

class Recorder final : public Timer {
 public:
  Recorder(int number, std::vector<int>& fired) : number_(number), fired_(&fired) {}
  std::function<void()> then;

 private:
  void fire() noexcept override {
    fired_->push_back(number_);
    if (then) then();
  }
  int number_;
  std::vector<int>* fired_;
};

struct TimerWheelTest : testing::Test {
  Recorder& timer(int number) { return *all.emplace_back(std::make_unique<Recorder>(number, fired)); }

  TimerWheel wheel{kStart};
  std::vector<int> fired;
  std::vector<std::unique_ptr<Recorder>> all;
};

TEST_F(TimerWheelTest, FiresNothingEarlyAndNothingLaterThanAMillisecond) {
  wheel.arm(timer(1), kStart + 10ms + 1ns);
  wheel.advance(kStart + 10ms);
  wheel.advance(kStart + 11ms - 1ns);
  EXPECT_TRUE(fired.empty());
  wheel.advance(kStart + 11ms);
  EXPECT_EQ(fired, std::vector<int>{1});
  EXPECT_FALSE(all[0]->armed());
}

TEST_F(TimerWheelTest, CountsWhatIsArmedUpToALimit) {
  EXPECT_EQ(wheel.count(100), 0U);
  for (int i = 1; i <= 5; ++i) wheel.arm(timer(i), kStart + i * 1min);
  EXPECT_EQ(wheel.count(100), 5U);
  EXPECT_EQ(wheel.count(3), 3U);
  all[0]->disarm();
  wheel.advance(kStart + 2min);
  EXPECT_EQ(wheel.count(100), 3U);
}

TEST_F(TimerWheelTest, FiresInTheOrderOfDeadlinesThenOfArming) {
  wheel.arm(timer(4), kStart + 3h);
  wheel.arm(timer(2), kStart + 2ms);
  wheel.arm(timer(3), kStart + 70ms);
  wheel.arm(timer(5), kStart + 3h);
  wheel.arm(timer(1), kStart + 1999us);
  wheel.arm(timer(6), kStart + 3h);
  wheel.arm(*all[3], kStart + 3h);  // arming again puts it behind
  wheel.advance(kStart + 4h);
  EXPECT_EQ(fired, (std::vector<int>{1, 2, 3, 4, 6, 5}));
}

TEST_F(TimerWheelTest, FiresADeadlineThatHasPassedWithTheNextAdvance) {
  wheel.advance(kStart + 1h);
  wheel.arm(timer(1), kStart + 1min);
  wheel.arm(timer(2), kStart - 1h);
  EXPECT_LE(*wheel.next(), kStart + 1h);
  wheel.advance(kStart + 1h);
  EXPECT_EQ(fired, (std::vector<int>{2, 1}));
}

TEST_F(TimerWheelTest, KeepsDeadlinesOfYearsAndOfTheEndOfTime) {
  const Duration year = 24h * 365;
  wheel.arm(timer(3), TimePoint::max());
  wheel.arm(timer(2), kStart + 200 * year);
  wheel.arm(timer(1), kStart + 3 * year);
  wheel.advance(kStart + 3 * year - 1ms);
  EXPECT_TRUE(fired.empty());
  wheel.advance(kStart + 3 * year);
  EXPECT_EQ(fired, std::vector<int>{1});
  wheel.advance(kStart + 200 * year - 1ms);
  EXPECT_EQ(fired, std::vector<int>{1});
  wheel.advance(kStart + 200 * year);
  EXPECT_EQ(fired, (std::vector<int>{1, 2}));
  wheel.advance(TimePoint::max() - 1h);
  EXPECT_EQ(fired, (std::vector<int>{1, 2}));
  EXPECT_TRUE(wheel.next().has_value());
}

TEST_F(TimerWheelTest, HasNoNextTimeWhenAllAreDisarmed) {
  EXPECT_FALSE(wheel.next());
  wheel.arm(timer(1), kStart + 5s);
  EXPECT_TRUE(wheel.next());
  all[0]->disarm();
  EXPECT_FALSE(wheel.next());
  all.clear();
  {
    Recorder gone(2, fired);
    wheel.arm(gone, kStart + 1s);
  }
  EXPECT_FALSE(wheel.next());
  wheel.advance(kStart + 1h);
  EXPECT_TRUE(fired.empty());
}

TEST_F(TimerWheelTest, LetsATimerDisarmDestroyMoveAndArmOthersThatAreDueWithIt) {
  auto destroyed = std::make_unique<Recorder>(3, fired);
  wheel.arm(timer(1), kStart + 1ms);
  wheel.arm(timer(2), kStart + 2ms);
  wheel.arm(*destroyed, kStart + 3ms);
  wheel.arm(timer(4), kStart + 4ms);
  wheel.arm(timer(5), kStart + 5ms);
  all[0]->then = [&] {
    all[1]->disarm();
    destroyed.reset();
    wheel.arm(*all[2], kStart + 20ms);  // number 4
    wheel.arm(*all[0], kStart + 10ms);  // itself, which is due too but for the next advance
    all[0]->then = nullptr;
  };
  wheel.advance(kStart + 10ms);
  EXPECT_EQ(fired, (std::vector<int>{1, 5}));
  wheel.advance(kStart + 10ms);
  EXPECT_EQ(fired, (std::vector<int>{1, 5, 1}));
  wheel.advance(kStart + 20ms);
  EXPECT_EQ(fired, (std::vector<int>{1, 5, 1, 4}));
}

// Against the obvious: a list that is searched from end to end.
TEST_F(TimerWheelTest, AgreesWithAPlainListOverAHundredThousandRandomOperations) {
  struct Expected {
    TimePoint deadline;
    int sequence;
    int number;
  };
  constexpr int kTimers = 300;
  std::mt19937_64 random(20250117);
  auto below = [&](std::uint64_t limit) { return random() % limit; };
  auto some_time = [&]() -> Duration {
    switch (below(8)) {
      case 0: return Duration(below(3'000'000));                   // within three milliseconds
      case 1: return Duration(below(70'000'000'000));              // a minute
      case 2: return std::chrono::milliseconds(below(40) * 64);    // edges of slots
      case 3: return std::chrono::milliseconds(below(20) * 4096);  //
      case 4: return std::chrono::minutes(below(60 * 24 * 10));    // days
      case 5: return std::chrono::hours(below(24 * 365 * 20));     // years
      default: return Duration(below(2'000'000'000));              // two seconds
    }
  };
  std::vector<Expected> model;
  for (int number = 0; number < kTimers; ++number) timer(number);
  TimePoint now = kStart;
  int sequence = 0;
  std::size_t total_fired = 0;
  for (int step = 0; step < 100'000; ++step) {
    const int number = static_cast<int>(below(kTimers));
    auto same = [number](const Expected& one) { return one.number == number; };
    const std::uint64_t what = below(10);
    if (what < 5) {
      const TimePoint deadline = now + some_time() - (below(20) == 0 ? 5ms : 0ms);
      wheel.arm(*all[static_cast<std::size_t>(number)], deadline);
      std::erase_if(model, same);
      model.push_back({deadline, ++sequence, number});
    } else if (what < 7) {
      all[static_cast<std::size_t>(number)]->disarm();
      std::erase_if(model, same);
    } else {
      if (what == 7) {
        now += Duration(below(5'000'000));
      } else if (what == 8 && wheel.next()) {
        now = std::max(now, *wheel.next());
      } else {
        now += below(50) == 0 ? some_time() : Duration(below(100'000'000));
      }
      const std::int64_t ticks = (now - kStart) / 1ms;
      auto due = [&](const Expected& one) {
        return one.deadline <= kStart ||
               std::chrono::ceil<std::chrono::milliseconds>(one.deadline - kStart).count() <= ticks;
      };
      std::vector<Expected> expected;
      std::copy_if(model.begin(), model.end(), std::back_inserter(expected), due);
      std::erase_if(model, due);
      std::sort(expected.begin(), expected.end(), [](const Expected& a, const Expected& b) {
        return a.deadline != b.deadline ? a.deadline < b.deadline : a.sequence < b.sequence;
      });
      std::vector<int> numbers;
      for (const Expected& one : expected) numbers.push_back(one.number);
      fired.clear();
      wheel.advance(now);
      ASSERT_EQ(fired, numbers) << "step " << step;
      total_fired += fired.size();
    }
    ASSERT_EQ(wheel.next().has_value(), !model.empty()) << "step " << step;
    if (!model.empty()) {
      TimePoint first = TimePoint::max();
      for (const Expected& one : model) first = std::min(first, one.deadline);
      ASSERT_LT(*wheel.next(), std::max(first, now) + 1ms) << "step " << step;
    }
  }
  EXPECT_GT(total_fired, 10'000U);
}

}  // namespace
