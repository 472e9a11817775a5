#include "ngo/app/telemetry/span_batches.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>

#include "ngo/app/telemetry/trace_metrics.hpp"
#include "ngo/metrics/text.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/scope.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::app {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using trace::ExportResult;
using Outcome = ExportResult::Outcome;

// A back end that answers as it is told, and remembers how many spans came when.
struct BackEnd {
  std::vector<std::size_t> batches;
  std::vector<Duration> at;
  std::vector<ExportResult> answers;  // the last one from then on; none: taken
  Duration takes{};
  TimePoint began;
};

class TestExporter final : public trace::Exporter {
 public:
  explicit TestExporter(BackEnd& back_end) : back_end_(back_end) {}
  [[nodiscard]] std::string_view name() const noexcept override { return "test"; }
  [[nodiscard]] Task<ExportResult> send(std::span<const trace::FragmentPtr> batch) override {
    std::size_t spans = 0;
    for (const trace::FragmentPtr& each : batch) spans += each->spans.size();
    back_end_.batches.push_back(spans);
    back_end_.at.push_back(EventLoop::current().now() - back_end_.began);
    if (back_end_.takes > Duration::zero()) co_await sleep(back_end_.takes);
    if (back_end_.answers.empty()) co_return ExportResult();
    const std::size_t number = std::min(back_end_.batches.size(), back_end_.answers.size());
    co_return back_end_.answers[number - 1];
  }

 private:
  BackEnd& back_end_;
};

trace::FragmentPtr fragment_of(std::size_t spans, std::size_t bytes = 100) {
  auto out = std::make_shared<trace::Fragment>();
  out->spans.resize(spans);
  out->bytes = bytes;
  return out;
}

ExportResult answer_of(Outcome outcome, std::optional<Duration> retry_after = std::nullopt) {
  ExportResult out;
  out.outcome = outcome;
  out.why = "so said the test";
  out.retry_after = retry_after;
  return out;
}

class Batches : public testing::Test {
 protected:
  // Sends for so long of virtual time, after `before`; then what is left, within a second.
  void run(Duration time, std::function<void(SpanBatches&)> before = {}) {
    SpanBatches batches(std::make_unique<TestExporter>(back_end_), options_);
    back_end_.began = loop_.now();
    if (before) before(batches);
    loop_.block_on(life(batches, time));
    stats_ = batches.stats();
  }
  Task<void> life(SpanBatches& batches, Duration time) {
    try {
      co_await with_timeout(time, batches.run());
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::deadline_exceeded);
    }
    co_await batches.finish(1s);
  }

  VirtualClock clock_;
  EventLoop loop_{clock_};
  SpanBatchOptions options_;
  BackEnd back_end_;
  SpanBatchesStats stats_;
};

TEST_F(Batches, WaitForTheDelayOrUntilThereAreEnough) {
  options_.batch_size = 10;
  options_.delay = 5s;
  run(20s, [](SpanBatches& batches) { batches.add(fragment_of(3)); });
  EXPECT_THAT(back_end_.batches, ElementsAre(3));
  EXPECT_THAT(back_end_.at, ElementsAre(5s));
  EXPECT_EQ(stats_.exported, 3U);
  back_end_ = {};
  run(1s, [](SpanBatches& batches) {
    for (int i = 0; i < 5; ++i) batches.add(fragment_of(4));
  });
  EXPECT_THAT(back_end_.batches,
              ElementsAre(8, 8, 4));  // traces are not torn apart, what is left goes in the end
  EXPECT_EQ(back_end_.at.front(), Duration::zero());
  EXPECT_EQ(stats_.exported, 20U);
}

TEST_F(Batches, DropAndCountWhatTheQueueDoesNotHold) {
  options_.queue_size = 5;
  run(10s, [](SpanBatches& batches) {
    EXPECT_TRUE(batches.has_room(5));
    batches.add(fragment_of(4));
    EXPECT_TRUE(batches.has_room(1));
    EXPECT_FALSE(batches.has_room(2));
    batches.add(fragment_of(2));
    batches.drop(3);
    EXPECT_EQ(batches.stats().queued, 4U);
  });
  EXPECT_EQ(stats_.exported, 4U);
  EXPECT_EQ(stats_.dropped_queue_full, 5U);
  options_.queue_bytes = ByteSize(150);
  run(10s, [](SpanBatches& batches) {
    batches.add(fragment_of(1));
    batches.add(fragment_of(1));
  });
  EXPECT_EQ(stats_.dropped_queue_full, 1U);
  EXPECT_EQ(stats_.queued_bytes, 0U);
}

TEST_F(Batches, TryAgainAfterWhatTheBackEndAsksForElseWithPauses) {
  back_end_.answers = {answer_of(Outcome::retry, 7s), answer_of(Outcome::retry), answer_of(Outcome::done)};
  run(60s, [](SpanBatches& batches) { batches.add(fragment_of(2)); });
  EXPECT_THAT(back_end_.batches, ElementsAre(2, 2, 2));
  EXPECT_EQ(back_end_.at[1] - back_end_.at[0], 7s);
  EXPECT_GT(back_end_.at[2], back_end_.at[1]);
  EXPECT_EQ(stats_.exported, 2U);
  EXPECT_EQ(stats_.retries, 2U);
}

TEST_F(Batches, GiveUpWithABackEndThatStaysAwayAndGoOnWithTheNext) {
  options_.give_up_after = 30s;
  back_end_.answers = {answer_of(Outcome::retry)};
  run(300s, [](SpanBatches& batches) { batches.add(fragment_of(2)); });
  EXPECT_EQ(stats_.dropped_gave_up, 2U);
  EXPECT_EQ(stats_.exported, 0U);
  EXPECT_LT(back_end_.batches.size(), 20U);
  EXPECT_EQ(stats_.queued, 0U);
}

TEST_F(Batches, DropWhatIsRefusedAndCountWhatIsTakenInPart) {
  ExportResult part = answer_of(Outcome::done);
  part.rejected = 1;
  back_end_.answers = {answer_of(Outcome::drop), part};
  options_.batch_size = 3;
  run(20s, [](SpanBatches& batches) {
    batches.add(fragment_of(3));
    batches.add(fragment_of(3));
  });
  EXPECT_EQ(stats_.dropped_refused, 3U);
  EXPECT_EQ(stats_.dropped_partial, 1U);
  EXPECT_EQ(stats_.exported, 2U);
}

TEST_F(Batches, CountABackEndThatDoesNotAnswerInTimeAsOneThatIsAway) {
  back_end_.takes = 1h;
  options_.timeout = 10s;
  run(30s, [](SpanBatches& batches) { batches.add(fragment_of(1)); });
  EXPECT_GE(stats_.retries, 1U);
  EXPECT_EQ(stats_.dropped_stopped, 1U);  // neither was there an answer when the service stopped
}

TEST_F(Batches, AreCountedByTheNamesOfTheConventions) {
  TracingOptions options;
  options.type = "otlp";
  config::Report report;
  Tracing tracing(options, {}, report);
  EXPECT_TRUE(report.empty()) << report.to_string();
  tracing.export_to(std::make_unique<TestExporter>(back_end_));
  Metrics metrics;
  const metrics::Collection collection = trace_metrics(metrics, tracing);
  const metrics::Snapshot now = metrics.snapshot();
  std::vector<std::string> names;
  for (const metrics::Family& family : now.families) names.push_back(family.name);
  for (const char* wanted : {"otel.sdk.processor.span.queue.size", "otel.sdk.processor.span.queue.capacity",
                             "otel.sdk.processor.span.processed", "otel.sdk.exporter.span.exported",
                             "ngo.trace.kept", "ngo.trace.unwanted", "ngo.trace.exporter.retries"})
    EXPECT_THAT(names, testing::Contains(wanted));
}

TEST(SpanLimits, ComeFromTheEnvironmentWhereItHasThem) {
  TracingOptions::LimitsOptions limits;
  take_environment(limits, [](const char* name) -> const char* {
    const std::string_view wanted(name);
    if (wanted == "OTEL_ATTRIBUTE_COUNT_LIMIT") return "7";
    if (wanted == "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT") return "12";
    if (wanted == "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT") return "13";
    if (wanted == "OTEL_SPAN_EVENT_COUNT_LIMIT") return "0";
    if (wanted == "OTEL_SPAN_LINK_COUNT_LIMIT") return "many";
    return nullptr;
  });
  EXPECT_EQ(limits.attributes, 7U);
  EXPECT_EQ(limits.value_length, 12U);
  EXPECT_EQ(limits.events, 0U);
  EXPECT_EQ(limits.links, 128U);
}

}  // namespace
}  // namespace ngo::app
