#include "ngo/telemetry/calls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/runtime/context.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"
#include "ngo/trace/tracer.hpp"

namespace ngo::telemetry {
namespace {

using testing::ElementsAre;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class CallsTest : public testing::Test {
 protected:
  CallsTest() : calls_(metrics_, options(), {{"db.system.name", "redis"}, {"server.port", 6379}}) {
    trace::TracerOptions all;
    all.sampling.ratio = 1;
    tracer_.emplace(std::move(all));
    tracer_->on_kept([this](const trace::FragmentPtr& fragment) { kept_.push_back(fragment); });
    trace::Tracer::set_of_process(&*tracer_);
  }
  ~CallsTest() override { trace::Tracer::set_of_process(nullptr); }

  static CallsOptions options() {
    CallsOptions out;
    out.duration = "db.client.operation.duration";
    return out;
  }

  // "db.operation.name=GET error.type=... 2" for each point of the metric, with the number of calls.
  std::vector<std::string> points(std::string_view metric) const {
    std::vector<std::string> out;
    for (const metrics::Family& family : metrics_.snapshot().families) {
      if (family.name != metric) continue;
      for (const metrics::Point& point : family.points) {
        std::string text;
        for (const metrics::Label& label : *point.labels) text += label.key + "=" + label.value + " ";
        if (const auto* const data = std::get_if<metrics::HistogramData>(&point.value)) {
          text += std::to_string(data->count);
        } else {
          text += std::to_string(std::get<std::int64_t>(point.value));
        }
        out.push_back(text);
      }
    }
    return out;
  }
  std::vector<std::string> durations() const { return points("db.client.operation.duration"); }
  std::vector<std::string> in_flight() const { return points("db.client.operation.active"); }

  static std::string attribute(const trace::SpanData& span, std::string_view key) {
    for (const trace::Attribute& each : span.attributes) {
      if (each.key != key) continue;
      if (const auto* const text = std::get_if<std::string>(&each.value)) return *text;
      if (const auto* const number = std::get_if<std::int64_t>(&each.value)) return std::to_string(*number);
    }
    return "none";
  }

  Context context_;
  CurrentContext current_{context_};
  Metrics metrics_;
  Calls calls_;
  std::optional<trace::Tracer> tracer_;
  std::vector<trace::FragmentPtr> kept_;
};

TEST_F(CallsTest, GiveAClientSpanUnderTheCurrentOne) {
  {
    trace::Span request("GET /users", trace::SpanKind::server);
    auto call = calls_.begin("GET users", {{"db.operation.name", "GET"}});
    call.attribute("db.query.text", "GET users:7");
    trace::Span inside("inside");
  }
  ASSERT_THAT(kept_, SizeIs(1));
  const auto& spans = kept_[0]->spans;
  ASSERT_THAT(spans, SizeIs(3));
  EXPECT_EQ(spans[1].name, "GET users");
  EXPECT_EQ(spans[1].kind, trace::SpanKind::client);
  EXPECT_EQ(spans[1].parent, spans[0].span);
  EXPECT_EQ(spans[2].parent, spans[1].span);
  EXPECT_EQ(attribute(spans[1], "db.system.name"), "redis");
  EXPECT_EQ(attribute(spans[1], "server.port"), "6379");
  EXPECT_EQ(attribute(spans[1], "db.operation.name"), "GET");
  EXPECT_EQ(attribute(spans[1], "db.query.text"), "GET users:7");
}

TEST_F(CallsTest, AreCountedByTheirLabelsAndNotByWhatIsOfTheSpanAlone) {
  for (int key = 0; key < 3; ++key) {
    auto call = calls_.begin("GET", {{"db.operation.name", "GET"}});
    call.attribute("db.query.text", std::to_string(key));
  }
  {
    auto call = calls_.begin("SET", {{"db.operation.name", "SET"}});
  }
  EXPECT_THAT(durations(),
              UnorderedElementsAre("db.operation.name=GET db.system.name=redis server.port=6379 3",
                                   "db.operation.name=SET db.system.name=redis server.port=6379 1"));
}

TEST_F(CallsTest, ToOneServerHaveItsLabelsWithoutBeingToldAgain) {
  const CallsTo server = calls_.with({{"server.address", "cache-1"}});
  for (int i = 0; i < 2; ++i) auto call = server.begin("GET", {{"db.operation.name", "GET"}});
  EXPECT_THAT(durations(), ElementsAre("db.operation.name=GET db.system.name=redis server.address=cache-1 "
                                       "server.port=6379 2"));
  ASSERT_THAT(kept_, SizeIs(2));
  EXPECT_EQ(attribute(kept_[0]->spans[0], "server.address"), "cache-1");
  EXPECT_EQ(attribute(kept_[0]->spans[0], "db.system.name"), "redis");
}

TEST_F(CallsTest, ThatAreForgottenHaveASpanButNoDuration) {
  {
    auto call = calls_.begin("GET");
    call.failed(Error(Code::unavailable, "the connection was closed"));
    call.forget();
  }
  EXPECT_THAT(durations(), testing::IsEmpty());
  EXPECT_THAT(in_flight(), ElementsAre("db.system.name=redis server.port=6379 0"));
  ASSERT_THAT(kept_, SizeIs(1));
  EXPECT_EQ(attribute(kept_[0]->spans[0], "error.type"), "unavailable");
}

TEST_F(CallsTest, MayLeaveCountingWhatIsInFlightToTheirOwner) {
  CallsOptions own = options();
  own.in_flight = "db.client.operation.open";
  own.counts_in_flight = false;
  const Calls calls(metrics_, own);
  const CallsTo server = calls.with({{"server.address", "cache-1"}});
  const metrics::UpDownCounter open = server.in_flight();
  {
    auto call = server.begin("GET", {{"db.operation.name", "GET"}});
    open.add(1);
  }
  EXPECT_THAT(points("db.client.operation.open"), ElementsAre("server.address=cache-1 1"));
  CallsTo().in_flight().add(1);  // is counted nowhere
}

TEST_F(CallsTest, MayDescribeTheirSpansThemselves) {
  CallsOptions own = options();
  own.labels_describe = false;
  Metrics registry;
  const Calls calls(registry, own, {{"db.system.name", "redis"}});
  {
    auto call = calls.begin("GET", {{"db.operation.name", "GET"}});
    call.label("db.response.status_code", "OK").attribute("key", "users:7");
  }
  ASSERT_THAT(kept_, SizeIs(1));
  ASSERT_THAT(kept_[0]->spans[0].attributes, SizeIs(1));
  EXPECT_EQ(attribute(kept_[0]->spans[0], "key"), "users:7");
}

TEST_F(CallsTest, AreInFlightUntilTheirBlockEnds) {
  {
    auto one = calls_.begin("PING");
    auto two = calls_.begin("PING");
    EXPECT_THAT(in_flight(), ElementsAre("db.system.name=redis server.port=6379 2"));
    two.finish();
    two.finish();
    EXPECT_THAT(in_flight(), ElementsAre("db.system.name=redis server.port=6379 1"));
  }
  EXPECT_THAT(in_flight(), ElementsAre("db.system.name=redis server.port=6379 0"));
  EXPECT_THAT(durations(), ElementsAre("db.system.name=redis server.port=6379 2"));
}

TEST_F(CallsTest, TakeALabelThatIsKnownAtTheEndOnly) {
  {
    auto call = calls_.begin("GET");
    call.label("db.response.status_code", 200).label("network.tls", true).label("ratio", 0.5);
  }
  EXPECT_THAT(durations(), ElementsAre("db.response.status_code=200 db.system.name=redis network.tls=true "
                                       "ratio=0.5 server.port=6379 1"));
  EXPECT_THAT(in_flight(), ElementsAre("db.system.name=redis server.port=6379 0"));
}

TEST_F(CallsTest, SayHowTheyFailed) {
  {
    auto call = calls_.begin("GET");
    call.failed(Error(Code::unavailable, "no connection"));
    call.failed(Error(Code::internal, "the first one counts"));
  }
  {
    calls_.begin("GET").failed("MOVED", "another node has it");
  }
  {
    calls_.begin("GET").failed(std::runtime_error("odd"));
  }
  EXPECT_THAT(durations(),
              UnorderedElementsAre("db.system.name=redis error.type=unavailable server.port=6379 1",
                                   "db.system.name=redis error.type=MOVED server.port=6379 1",
                                   "db.system.name=redis error.type=std::runtime_error server.port=6379 1"));
  ASSERT_THAT(kept_, SizeIs(3));
  for (const auto& fragment : kept_) EXPECT_EQ(fragment->spans[0].status, trace::SpanStatus::error);
  EXPECT_EQ(attribute(kept_[0]->spans[0], "error.type"), "unavailable");
  EXPECT_EQ(attribute(kept_[1]->spans[0], "error.type"), "MOVED");
  EXPECT_EQ(attribute(kept_[2]->spans[0], "error.type"), "std::runtime_error");
}

TEST_F(CallsTest, FailWhenAnExceptionEndsTheirBlock) {
  try {
    auto call = calls_.begin("GET");
    throw Error(Code::internal, "nobody has told the call");
  } catch (const Error&) {
  }
  EXPECT_THAT(durations(), ElementsAre("db.system.name=redis error.type=_OTHER server.port=6379 1"));
}

TEST_F(CallsTest, DoNotFailBecauseTheyAreMadeWhileAnExceptionIsOnItsWay) {
  struct Tidy {
    ~Tidy() { auto call = calls.begin("UNLINK"); }
    Calls& calls;
  };
  try {
    const Tidy tidy{calls_};
    throw Error(Code::internal, "of somebody else");
  } catch (const Error&) {
  }
  EXPECT_THAT(durations(), ElementsAre("db.system.name=redis server.port=6379 1"));
}

TEST_F(CallsTest, TakeTheFailureOfWhatTheyWaitFor) {
  EventLoop loop;
  const auto broken = []() -> Task<int> {
    co_await yield();
    throw Error(Code::deadline_exceeded, "too slow");
  };
  const auto work = [&]() -> Task<void> {
    auto call = calls_.begin("GET");
    (void)co_await call.of(broken());
  };
  EXPECT_THROW(loop.block_on(work()), Error);
  EXPECT_THAT(durations(),
              ElementsAre("db.system.name=redis error.type=deadline_exceeded server.port=6379 1"));
}

TEST_F(CallsTest, GiveWhatTheyWaitFor) {
  EventLoop loop;
  const auto answer = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(42); };
  const auto work = [&]() -> Task<int> {
    auto call = calls_.begin("GET");
    const std::unique_ptr<int> got = co_await call.of(answer());
    co_return *got;
  };
  EXPECT_EQ(loop.block_on(work()), 42);
}

TEST_F(CallsTest, AreNoErrorOfTheSpanWhenTheyAreCancelled) {
  {
    calls_.begin("GET").failed(Error(Code::cancelled, "the client has gone"));
  }
  EXPECT_THAT(durations(), ElementsAre("db.system.name=redis error.type=cancelled server.port=6379 1"));
  EXPECT_NE(kept_.at(0)->spans.at(0).status, trace::SpanStatus::error);
}

TEST_F(CallsTest, AreCountedWithoutATracer) {
  trace::Tracer::set_of_process(nullptr);
  {
    auto call = calls_.begin("GET");
    EXPECT_FALSE(call.span().live());
  }
  EXPECT_THAT(durations(), ElementsAre("db.system.name=redis server.port=6379 1"));
}

TEST_F(CallsTest, WithoutMetricsAreTracedAlone) {
  const Calls uncounted;
  {
    auto call = uncounted.begin("GET", {{"db.operation.name", "GET"}});
    call.label("status", 1).failed("BUSY");
  }
  ASSERT_THAT(kept_, SizeIs(1));
  EXPECT_EQ(attribute(kept_[0]->spans[0], "db.operation.name"), "GET");
  EXPECT_EQ(attribute(kept_[0]->spans[0], "error.type"), "BUSY");
  EXPECT_THAT(durations(), SizeIs(0));
}

TEST_F(CallsTest, ShowTheTraceOfAKeptCallBesideItsDuration) {
  {
    auto call = calls_.begin("GET");
  }
  std::string trace;
  for (const metrics::Family& family : metrics_.snapshot().families) {
    for (const metrics::Point& point : family.points) {
      const auto* const data = std::get_if<metrics::HistogramData>(&point.value);
      if (data == nullptr) continue;
      for (const auto& exemplar : data->exemplars) trace = exemplar.exemplar.trace.to_string();
    }
  }
  EXPECT_EQ(trace, kept_.at(0)->spans.at(0).trace.to_string());
}

TEST_F(CallsTest, AreCountedTogetherWhenThereAreTooManySetsOfLabels) {
  Metrics small;
  small.set_options({.max_label_sets = 2});
  const Calls calls(small, options());
  for (int number = 0; number < 20; ++number) auto call = calls.begin("GET", {{"key", number}});
  std::uint64_t all = 0;
  std::size_t sets = 0;
  for (const metrics::Family& family : small.snapshot().families) {
    if (family.name != "db.client.operation.duration") continue;
    for (const metrics::Point& point : family.points)
      all += std::get<metrics::HistogramData>(point.value).count;
    sets = family.points.size();
  }
  EXPECT_EQ(all, 20U);
  EXPECT_LE(sets, 3U);
}

TEST_F(CallsTest, MayBeMadeOnManyThreadsAtOnce) {
  constexpr int kThreads = 4;
  constexpr int kEach = 200;
  trace::Tracer::set_of_process(nullptr);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([this] {
        for (int n = 0; n < kEach; ++n) auto call = calls_.begin("GET", {{"shard", n % 10}});
      });
    }
  }
  const auto counted = durations();
  ASSERT_THAT(counted, SizeIs(10));
  for (const std::string& each : counted) EXPECT_TRUE(each.ends_with(" 80")) << each;
}

TEST_F(CallsTest, ThrowForANameThatIsNone) {
  CallsOptions wrong;
  wrong.duration = "no name";
  EXPECT_THROW(Calls(metrics_, wrong), Error);
}

}  // namespace
}  // namespace ngo::telemetry
