#include "ngo/resilience/sliding_window.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "ngo/runtime/event_loop.hpp"

namespace {

using namespace std::chrono_literals;
using ngo::SlidingWindow;
using ngo::TimePoint;

TimePoint at(ngo::Duration time) { return TimePoint(time); }

TEST(SlidingWindow, CountsTheCallsOfTheIntervalAndForgetsThemBucketByBucket) {
  SlidingWindow window(10s, 5);
  window.add(at(100s), false);
  window.add(at(101s), true);
  window.add(at(103s), true);
  EXPECT_EQ(window.sum(at(103s)).total, 3U);
  EXPECT_EQ(window.sum(at(103s)).marked, 2U);
  EXPECT_DOUBLE_EQ(window.sum(at(103s)).ratio(), 2.0 / 3);
  EXPECT_EQ(window.sum(at(109s)).total, 3U);
  EXPECT_EQ(window.sum(at(110s)).total, 1U) << "the bucket from 100 to 102 is ten seconds old";
  EXPECT_EQ(window.sum(at(112s)).total, 0U);
  window.add(at(120s), false);
  EXPECT_EQ(window.sum(at(120s)).total, 1U) << "the bucket is used again";
}

TEST(SlidingWindow, BeginsAnewWithEachIntervalWhenItHasOneBucket) {
  SlidingWindow window(1s, 1);
  window.add(at(5900ms), true);
  EXPECT_EQ(window.sum(at(5999ms)).total, 1U);
  EXPECT_EQ(window.sum(at(6s)).total, 0U);
}

TEST(SlidingWindow, TakesBucketsThatDoNotDivideTheIntervalAsOne) {
  EXPECT_EQ(SlidingWindow(10ns, 3).buckets(), 1U);
  EXPECT_EQ(SlidingWindow(10ns, 0).buckets(), 1U);
  EXPECT_EQ(SlidingWindow(10ns, 5).buckets(), 5U);
  EXPECT_EQ(SlidingWindow(10ns, 5).interval(), 10ns);
}

TEST(SlidingWindow, CountsWhatComesLateFromAnotherTurnInTheBucketThatHasBegun) {
  SlidingWindow window(1s, 1);
  window.add(at(6s), false);
  window.add(at(5999ms), false);
  EXPECT_EQ(window.sum(at(6s)).total, 2U);
}

TEST(SlidingWindow, IsEmptyAfterItWasCleared) {
  SlidingWindow window(1s, 2);
  window.add(at(5s), true);
  window.clear();
  EXPECT_EQ(window.sum(at(5s)).total, 0U);
  window.mark(at(5s));
  EXPECT_EQ(window.sum(at(5s)).marked, 1U);
}

TEST(SlidingWindow, LosesNothingThatThreadsCountAtTheSameTimeInABucketThatHasBegun) {
  SlidingWindow window(1h, 1);
  window.add(at(5s), false);
  constexpr int kEach = 20'000;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kEach; ++n) window.add(at(5s), n % 2 == 0);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(window.sum(at(5s)).total, 4U * kEach + 1);
  EXPECT_EQ(window.sum(at(5s)).marked, 4U * kEach / 2);
}

}  // namespace
