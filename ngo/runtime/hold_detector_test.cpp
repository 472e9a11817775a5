#include <gtest/gtest.h>

#include "ngo/runtime/hold_detector_impl.hpp"

namespace {

using namespace std::chrono_literals;
using ngo::TimePoint;
using ngo::detail::HoldDetector;
using Finding = HoldDetector::Finding;

const TimePoint kStart(1h);

TEST(HoldDetector, FindsWorkThatIsSeenForTheLimitOnceAndItsEnd) {
  HoldDetector detector;
  EXPECT_EQ(detector.observe(7, kStart, 100ms), Finding::nothing);
  EXPECT_EQ(detector.observe(7, kStart + 99ms, 100ms), Finding::nothing);
  EXPECT_EQ(detector.observe(7, kStart + 125ms, 100ms), Finding::held);
  EXPECT_EQ(detector.held_for(), 125ms);
  EXPECT_EQ(detector.observe(7, kStart + 10s, 100ms), Finding::nothing);
  EXPECT_EQ(detector.observe(8, kStart + 11s, 100ms), Finding::released);
  EXPECT_EQ(detector.held_for(), 11s);
  EXPECT_EQ(detector.observe(0, kStart + 12s, 100ms), Finding::nothing);
}

TEST(HoldDetector, FindsNothingInALoopThatWaits) {
  HoldDetector detector;
  for (int second = 0; second < 1000; ++second) {
    EXPECT_EQ(detector.observe(0, kStart + second * 1s, 100ms), Finding::nothing);
  }
}

TEST(HoldDetector, FindsNothingInALoopThatIsBusyForLongWithShortWork) {
  HoldDetector detector;
  for (std::uint64_t turn = 1; turn < 1000; ++turn) {
    const TimePoint now = kStart + turn * 90ms;
    EXPECT_EQ(detector.observe(turn, now, 100ms), Finding::nothing);
    EXPECT_EQ(detector.observe(turn, now + 80ms, 100ms), Finding::nothing);
  }
}

TEST(HoldDetector, FindsTheNextHoldRightAfterOne) {
  HoldDetector detector;
  EXPECT_EQ(detector.observe(1, kStart, 100ms), Finding::nothing);
  EXPECT_EQ(detector.observe(1, kStart + 100ms, 100ms), Finding::held);
  EXPECT_EQ(detector.observe(2, kStart + 200ms, 100ms), Finding::released);
  EXPECT_EQ(detector.observe(2, kStart + 300ms, 100ms), Finding::held);
  EXPECT_EQ(detector.observe(0, kStart + 350ms, 100ms), Finding::released);
  EXPECT_EQ(detector.held_for(), 150ms);
}

}  // namespace
