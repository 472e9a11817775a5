#include "ngo/metrics/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "ngo/base/error.hpp"

namespace ngo::metrics {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Point& only_point(const Snapshot& snapshot, std::string_view name) {
  const Family* family = snapshot.find(name);
  EXPECT_NE(family, nullptr) << name;
  EXPECT_EQ(family->points.size(), 1U);
  return family->points.front();
}

double number(const Registry& registry, std::string_view name) {
  const Snapshot snapshot = registry.snapshot();
  return only_point(snapshot, name).number();
}

TEST(Registry, CountsForEachSetOfLabelsByItself) {
  Registry registry;
  const auto orders = registry.counter("shop.orders", "{order}", "orders taken");
  const Counter web = orders.with({{"channel", "web"}});
  const Counter desk = orders.with({{"channel", "desk"}, {"open", true}, {"floor", 3}});
  web.add();
  web.add(4);
  desk.add();
  const Snapshot snapshot = registry.snapshot();
  const Family* family = snapshot.find("shop.orders");
  ASSERT_NE(family, nullptr);
  EXPECT_EQ(family->unit, "{order}");
  EXPECT_EQ(family->description, "orders taken");
  ASSERT_EQ(family->points.size(), 2U);
  EXPECT_EQ(family->points[0].number(), 5);
  EXPECT_EQ(*family->points[1].labels, (Labels{{"channel", "desk"},
                                               {"floor", "3", Label::Type::integer},
                                               {"open", "true", Label::Type::boolean}}));
  EXPECT_EQ(value_of(*family->points[1].labels, "floor"), "3");
}

TEST(Registry, GivesTheSameInstrumentForTheSameNameAndLabelsInWhateverOrder) {
  Registry registry;
  registry.counter("a", "1", "").with({{"x", "1"}, {"y", "2"}}).add();
  registry.counter("a", "1", "").with({{"y", "2"}, {"x", "1"}}).add();
  EXPECT_EQ(number(registry, "a"), 2);
}

TEST(Registry, RefusesANameThatIsThereAsSomethingElse) {
  Registry registry;
  static_cast<void>(registry.counter("a", "s", ""));
  EXPECT_THROW(static_cast<void>(registry.gauge("a", "s", "")), Error);
  EXPECT_THROW(static_cast<void>(registry.counter("a", "By", "")), Error);
  static_cast<void>(registry.histogram("h", "s", ""));
  EXPECT_THROW(static_cast<void>(registry.histogram("h", "s", "", kBytes)), Error);
}

TEST(Registry, RefusesWhatIsNoName) {
  Registry registry;
  for (const std::string& name :
       {std::string(), std::string("1a"), std::string("a b"), std::string(256, 'a')}) {
    EXPECT_THROW(static_cast<void>(registry.counter(name, "1", "")), Error) << name;
  }
}

TEST(Registry, CountsUpAndDownOverThreads) {
  Registry registry;
  const UpDownCounter busy = registry.up_down_counter("busy", "{thing}", "");
  busy.add(2);
  std::thread([busy] { busy.add(-3); }).join();
  EXPECT_EQ(number(registry, "busy"), -1);
}

TEST(Registry, AddsUpWhatManyThreadsCountWhileItIsRead) {
  constexpr int kThreads = 4;
  constexpr int kEach = 20'000;
  Registry registry;
  const Counter counter = registry.counter("c", "1", "");
  const Histogram histogram = registry.histogram("h", "s", "");
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    double before = 0;
    while (!stop) {
      const Snapshot snapshot = registry.snapshot();
      const double now = only_point(snapshot, "c").number();
      EXPECT_GE(now, before);
      before = now;
    }
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        counter.add();
        histogram.record(0.5, {{1, static_cast<std::uint64_t>(i) + 1}, {7}});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  stop = true;
  reader.join();
  EXPECT_EQ(number(registry, "c"), kThreads * kEach);
  const Snapshot snapshot = registry.snapshot();
  const auto& data = std::get<HistogramData>(only_point(snapshot, "h").value);
  EXPECT_EQ(data.count, static_cast<std::uint64_t>(kThreads * kEach));
  EXPECT_EQ(data.sum, kThreads * kEach * 0.5);
}

TEST(Registry, KeepsWhatEndedThreadsHaveCounted) {
  Registry registry;
  const Counter counter = registry.counter("c", "1", "");
  for (int i = 0; i < 5; ++i) std::thread([&] { counter.add(10); }).join();
  EXPECT_EQ(number(registry, "c"), 50);
}

TEST(Registry, BeginsAtZeroWhereAnotherRegistryHasEnded) {
  for (int i = 0; i < 3; ++i) {
    Registry registry;
    const Counter counter = registry.counter("c", "1", "");
    EXPECT_EQ(number(registry, "c"), 0);
    counter.add(7);
    EXPECT_EQ(number(registry, "c"), 7);
  }
}

TEST(Registry, InstrumentsThatAreBoundToNothingCountNothing) {
  Counter().add();
  UpDownCounter().add(-1);
  Gauge().set(1);
  Histogram().record(1);
  Histogram().record(1, {{1, 2}, {3}});
  ExponentialHistogram().record(1);
  Registry registry;
  const Counter counter = registry.counter("c", "1", "");
  EXPECT_EQ(number(registry, "c"), 0);
  counter.add();
  EXPECT_EQ(number(registry, "c"), 1);
}

TEST(Registry, CountsTooManyLabelSetsTogetherAndSaysSoOnce) {
  Registry registry;
  registry.set_options({3});
  std::vector<std::string> problems;
  registry.on_problem([&](const std::string& problem) { problems.push_back(problem); });
  const auto metric = registry.counter("c", "1", "");
  for (int i = 0; i < 10; ++i) metric.with({{"user", i}}).add();
  metric.with({{"user", 1}}).add();  // one that is known goes on
  const Snapshot snapshot = registry.snapshot();
  const Family* family = snapshot.find("c");
  ASSERT_EQ(family->points.size(), 4U);
  EXPECT_EQ(family->points[1].number(), 2);
  EXPECT_EQ(*family->points[3].labels, (Labels{{"otel.metric.overflow", "true", Label::Type::boolean}}));
  EXPECT_EQ(family->points[3].number(), 7);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_THAT(problems[0], HasSubstr("the metric c has more than 3 sets of labels"));
}

TEST(Registry, PutsEachValueIntoItsBucketTheBoundIncluded) {
  Registry registry;
  const std::array bounds{1.0, 2.0, 5.0};
  const Histogram histogram = registry.histogram("h", "s", "", bounds);
  for (const double value : {-1.0, 0.0, 1.0, 1.5, 2.0, 2.1, 5.0, 6.0, std::nan("")}) histogram.record(value);
  const Snapshot snapshot = registry.snapshot();
  const auto& data = std::get<HistogramData>(only_point(snapshot, "h").value);
  EXPECT_THAT(data.counts, ElementsAre(3, 2, 2, 1));
  EXPECT_EQ(data.count, 8U);
  EXPECT_DOUBLE_EQ(data.sum, 16.6);
  EXPECT_THAT(*data.bounds, ElementsAre(1, 2, 5));
}

TEST(Registry, ShowsTheLatestExemplarOfEachBucket) {
  Registry registry;
  const std::array bounds{1.0, 2.0};
  const Histogram histogram = registry.histogram("h", "s", "", bounds);
  histogram.record(0.5);
  histogram.record(1.5, {{1, 1}, {1}});
  std::thread([&] { histogram.record(1.6, {{2, 2}, {2}}); }).join();
  histogram.record(9, {{3, 3}, {3}});
  const Snapshot snapshot = registry.snapshot();
  const auto& data = std::get<HistogramData>(only_point(snapshot, "h").value);
  ASSERT_EQ(data.exemplars.size(), 2U);
  EXPECT_EQ(data.exemplars[0].bucket, 1U);
  EXPECT_EQ(data.exemplars[0].exemplar.trace, (TraceId{2, 2}));
  EXPECT_EQ(data.exemplars[0].exemplar.span, (SpanId{2}));
  EXPECT_EQ(data.exemplars[0].exemplar.value, 1.6);
  EXPECT_GT(data.exemplars[0].exemplar.time, 0);
  EXPECT_EQ(data.exemplars[1].bucket, 2U);
}

TEST(Registry, RefusesBucketsThatDoNotRise) {
  Registry registry;
  const std::array bounds{1.0, 1.0};
  EXPECT_THROW(static_cast<void>(registry.histogram("h", "s", "", bounds)), Error);
  EXPECT_THROW(static_cast<void>(registry.exponential_histogram("e", "s", "", {9, 1, 2})), Error);
  EXPECT_THROW(static_cast<void>(registry.exponential_histogram("e", "s", "", {6, 1e-200, 1e200})), Error);
}

// The bucket of a value, found by its bounds.
int bucket_of(const ExponentialData& data, double value) {
  int bucket = 0;
  while (value > data.bound(data.offset + bucket + 1)) ++bucket;
  return bucket;
}

TEST(Registry, PutsEachValueIntoItsExponentialBucket) {
  for (const int scale : {0, 1, 3, 6}) {
    Registry registry;
    const ExponentialRange range{scale, 1e-3, 1e3};
    const ExponentialHistogram histogram = registry.exponential_histogram("h", "s", "", range);
    static_cast<void>(histogram);
    std::vector<std::uint64_t> expected;
    double value = 0.0011;
    int recorded = 0;
    for (; value < 999; value *= 1.37, ++recorded) {
      histogram.record(value);
      const Snapshot snapshot = registry.snapshot();
      const auto& data = std::get<ExponentialData>(only_point(snapshot, "h").value);
      expected.resize(data.counts.size());
      ++expected[static_cast<std::size_t>(bucket_of(data, value))];
      ASSERT_EQ(data.counts, expected) << value << " at scale " << scale;
    }
    EXPECT_GT(recorded, 40);
  }
}

TEST(Registry, CountsAnExactPowerOfTwoBelowItsBound) {
  Registry registry;
  const ExponentialHistogram histogram = registry.exponential_histogram("h", "s", "", {0, 0.5, 16});
  for (const double value : {1.0, 2.0, 4.0, 4.0}) histogram.record(value);
  const Snapshot snapshot = registry.snapshot();
  const auto& data = std::get<ExponentialData>(only_point(snapshot, "h").value);
  EXPECT_EQ(data.offset, -2);  // (0.25, 0.5]
  EXPECT_THAT(data.counts, ElementsAre(0, 1, 1, 2, 0, 0));
}

TEST(Registry, KeepsExponentialValuesOutOfRangeAtTheEnds) {
  Registry registry;
  const ExponentialHistogram histogram = registry.exponential_histogram("h", "s", "", {0, 1, 4});
  for (const double value : {0.0, -3.0, 0.1, 1e9, std::numeric_limits<double>::infinity()})
    histogram.record(value);
  const Snapshot snapshot = registry.snapshot();
  const auto& data = std::get<ExponentialData>(only_point(snapshot, "h").value);
  EXPECT_EQ(data.zeros, 3U);
  EXPECT_EQ(data.counts.back(), 2U);
  EXPECT_EQ(data.count, 5U);
}

TEST(Registry, AsksCallbacksWheneverItIsRead) {
  Registry registry;
  int asked = 0;
  Collection collection = registry.on_collect([&](Collector& out) {
    ++asked;
    constexpr Description kSize{Kind::gauge, "pool.size", "{connection}", "open"};
    out.add(kSize, std::int64_t{3}, {{"state", "idle"}});
    out.add(kSize, 1.5, {{"state", "used"}});
  });
  const Collection one = registry.on_collect({Kind::gauge, "answer", "1", ""}, [] { return 42.0; });
  const Snapshot snapshot = registry.snapshot();
  EXPECT_EQ(asked, 1);
  ASSERT_EQ(snapshot.find("pool.size")->points.size(), 2U);
  EXPECT_EQ(snapshot.find("pool.size")->points[1].number(), 1.5);
  EXPECT_EQ(only_point(snapshot, "answer").number(), 42);
  collection.reset();
  EXPECT_EQ(registry.snapshot().find("pool.size"), nullptr);
  EXPECT_EQ(asked, 1);
}

TEST(Registry, JoinsWhatCallbacksReportUnderOneNameAndRefusesOtherKinds) {
  Registry registry;
  std::vector<std::string> problems;
  registry.on_problem([&](const std::string& problem) { problems.push_back(problem); });
  const Counter counted = registry.counter("c", "1", "").with({{"by", "hand"}});
  counted.add();
  const auto report = [&](Kind kind, const char* by) {
    return registry.on_collect(
        [kind, by](Collector& out) { out.add({kind, "c", "1", ""}, std::int64_t{2}, {{"by", by}}); });
  };
  const Collection first = report(Kind::counter, "first");
  const Collection second = report(Kind::counter, "second");
  EXPECT_EQ(registry.snapshot().find("c")->points.size(), 3U);
  EXPECT_TRUE(problems.empty());
  const Collection wrong = report(Kind::gauge, "wrong");
  EXPECT_EQ(registry.snapshot().find("c")->points.size(), 3U);
  EXPECT_EQ(registry.snapshot().find("c")->points.size(), 3U);
  EXPECT_EQ(problems.size(), 1U);
}

TEST(Registry, GoesOnWhenACallbackFails) {
  Registry registry;
  std::vector<std::string> problems;
  registry.on_problem([&](const std::string& problem) { problems.push_back(problem); });
  const Collection bad = registry.on_collect([](Collector&) { throw std::runtime_error("no pool"); });
  const Collection good = registry.on_collect({Kind::gauge, "answer", "1", ""}, [] { return 42.0; });
  EXPECT_EQ(number(registry, "answer"), 42);
  EXPECT_THAT(problems, ElementsAre(HasSubstr("no pool")));
}

TEST(Registry, GivesFamiliesByNameOneAfterTheOther) {
  Registry registry;
  registry.counter("b", "1", "").with({}).add();
  static_cast<void>(registry.counter("never.bound", "1", ""));
  registry.gauge("d", "1", "").with({}).set(1);
  const Collection a = registry.on_collect({Kind::gauge, "a", "1", ""}, [] { return 1.0; });
  const Collection c = registry.on_collect({Kind::gauge, "c", "1", ""}, [] { return 1.0; });
  std::string names;
  Registry::Reading reading = registry.read();
  while (const std::optional<Family> family = reading.next()) names += family->name;
  EXPECT_EQ(names, "abcd");
  EXPECT_GE(reading.time(), reading.start());
}

TEST(Snapshot, TellsWhatCameInBetween) {
  Registry registry;
  const auto counter = registry.counter("c", "1", "");
  const Histogram histogram = registry.histogram("h", "s", "");
  const ExponentialHistogram exponential = registry.exponential_histogram("e", "s", "");
  const Gauge gauge = registry.gauge("g", "1", "");
  counter.with({{"k", "old"}}).add(5);
  histogram.record(1);
  exponential.record(1);
  gauge.set(5);
  const Snapshot before = registry.snapshot();
  counter.with({{"k", "old"}}).add(2);
  counter.with({{"k", "new"}}).add(3);
  histogram.record(2);
  exponential.record(3);
  gauge.set(6);
  const Snapshot between = difference(before, registry.snapshot());
  EXPECT_EQ(between.start, before.time);
  EXPECT_EQ(between.find("c")->points[0].number(), 2);
  EXPECT_EQ(between.find("c")->points[1].number(), 3);
  EXPECT_EQ(std::get<HistogramData>(only_point(between, "h").value).count, 1U);
  EXPECT_EQ(only_point(between, "h").number(), 2);
  EXPECT_EQ(only_point(between, "e").number(), 3);
  EXPECT_EQ(only_point(between, "g").number(), 6);
}

}  // namespace
}  // namespace ngo::metrics
