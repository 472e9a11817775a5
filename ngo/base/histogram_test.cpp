#include "ngo/base/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>
#include <vector>

#include "ngo/base/id.hpp"

namespace ngo {
namespace {

TEST(Histogram, AnEmptyOneAnswersZero) {
  const Histogram::Snapshot empty = Histogram().snapshot();
  EXPECT_EQ(empty.count(), 0U);
  EXPECT_EQ(empty.least(), 0U);
  EXPECT_EQ(empty.quantile(0.5), 0U);
  EXPECT_EQ(empty.mean(), 0.0);
  EXPECT_EQ(Histogram::Snapshot().count_up_to(10), 0U);
}

TEST(Histogram, SmallValuesAreExact) {
  Histogram histogram;
  for (std::uint64_t value = 0; value < 64; ++value) histogram.record(value);
  const Histogram::Snapshot snapshot = histogram.snapshot();
  EXPECT_EQ(snapshot.quantile(0.5), 31U);
  EXPECT_EQ(snapshot.quantile(0.25), 15U);
  EXPECT_EQ(snapshot.count_up_to(9), 10U);
  EXPECT_EQ(snapshot.sum(), 63U * 64 / 2);
}

TEST(Histogram, EveryValueIsKnownToWithinTheStatedError) {
  for (std::uint64_t base = 1; base < (std::uint64_t{1} << 42); base += base / 37 + 1) {
    for (const std::uint64_t value : {base - 1, base}) {
      Histogram histogram;
      histogram.record(value);
      histogram.record(0);
      histogram.record(std::uint64_t{1} << 43);
      const auto found = static_cast<double>(histogram.snapshot().quantile(0.5));
      ASSERT_LE(std::abs(found - static_cast<double>(value)),
                static_cast<double>(value) * Histogram::kRelativeError);
    }
  }
}

TEST(Histogram, QuantilesOfManyValuesAgreeWithSorting) {
  Histogram histogram;
  std::vector<std::uint64_t> values;
  for (int i = 0; i < 20'000; ++i) {
    values.push_back(random_below(std::uint64_t{1} << (10 + random_below(30))));
    histogram.record(values.back());
  }
  std::sort(values.begin(), values.end());
  const Histogram::Snapshot snapshot = histogram.snapshot();
  for (const double q : {0.01, 0.5, 0.9, 0.99, 0.999}) {
    const auto expected = static_cast<double>(values[static_cast<std::size_t>(std::ceil(q * 20'000)) - 1]);
    EXPECT_NEAR(static_cast<double>(snapshot.quantile(q)), expected, expected * Histogram::kRelativeError)
        << q;
  }
  EXPECT_EQ(snapshot.quantile(0), values.front());
  EXPECT_EQ(snapshot.quantile(1), values.back());
}

TEST(Histogram, MergingIsTheSameAsRecordingAllInOne) {
  Histogram one;
  Histogram two;
  Histogram both;
  for (std::uint64_t i = 1; i < 1000; ++i) {
    (i % 2 == 0 ? one : two).record(i * i);
    both.record(i * i);
  }
  Histogram::Snapshot merged;
  merged.merge(one.snapshot());
  merged.merge(two.snapshot());
  merged.merge(Histogram::Snapshot());
  const Histogram::Snapshot expected = both.snapshot();
  EXPECT_EQ(merged.count(), expected.count());
  EXPECT_EQ(merged.sum(), expected.sum());
  EXPECT_EQ(merged.least(), 1U);
  EXPECT_EQ(merged.greatest(), 999U * 999);
  for (const double q : {0.1, 0.5, 0.99}) EXPECT_EQ(merged.quantile(q), expected.quantile(q));
}

TEST(Histogram, HugeValuesAreCountedAndTheGreatestStaysExact) {
  Histogram histogram;
  histogram.record(5);
  histogram.record(~std::uint64_t{0} - 1);
  const Histogram::Snapshot snapshot = histogram.snapshot();
  EXPECT_EQ(snapshot.greatest(), ~std::uint64_t{0} - 1);
  EXPECT_EQ(snapshot.quantile(0.9), ~std::uint64_t{0} - 1);
  EXPECT_EQ(snapshot.count_up_to(std::uint64_t{1} << 50), 1U);
  EXPECT_EQ(snapshot.count_up_to(~std::uint64_t{0}), 2U);
}

TEST(Histogram, AnotherThreadMayLookWhileOneRecords) {
  Histogram histogram;
  std::thread writer([&] {
    for (std::uint64_t i = 0; i < 100'000; ++i) histogram.record(i);
  });
  std::uint64_t last = 0;
  for (int i = 0; i < 50; ++i) {
    const std::uint64_t count = histogram.snapshot().count();
    EXPECT_GE(count, last);
    last = count;
  }
  writer.join();
  EXPECT_EQ(histogram.snapshot().count(), 100'000U);
}

}  // namespace
}  // namespace ngo
