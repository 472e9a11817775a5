#include "ngo/trace/span.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/detached.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"
#include "ngo/trace/test_carrier_impl.hpp"
#include "ngo/trace/tracer.hpp"

namespace ngo::trace {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Spans : public testing::Test {
 protected:
  Spans() { use(all()); }
  ~Spans() override { Tracer::set_of_process(nullptr); }

  static TracerOptions all() {
    TracerOptions options;
    options.sampling.ratio = 1;
    return options;
  }
  void use(TracerOptions options) {
    tracer_ = std::make_unique<Tracer>(std::move(options));
    tracer_->on_kept([this](const FragmentPtr& fragment) { kept_.push_back(fragment); });
    Tracer::set_of_process(tracer_.get());
  }
  static const SpanData& named(const Fragment& fragment, std::string_view name) {
    for (const SpanData& each : fragment.spans) {
      if (each.name == name) return each;
    }
    throw std::out_of_range(std::string(name));
  }

  Context context_;
  CurrentContext current_{context_};
  std::unique_ptr<Tracer> tracer_;
  std::vector<FragmentPtr> kept_;
};

TEST_F(Spans, AreNotMadeWhereNobodyWouldTakeThemButErrorsAre) {
  bool wanted = false;
  std::size_t asked_for = 0;
  tracer_->ask_before_keeping([&](std::size_t spans) {
    asked_for = spans;
    return wanted;
  });
  {
    Span root("passed over");
    Span inside("inside");
  }
  EXPECT_THAT(kept_, IsEmpty());
  EXPECT_EQ(asked_for, 2U);
  EXPECT_EQ(tracer_->counts().unwanted, 1U);
  Span("failed").status(SpanStatus::error);
  ASSERT_THAT(kept_, SizeIs(1));
  wanted = true;
  Span("taken");
  EXPECT_THAT(kept_, SizeIs(2));
  EXPECT_EQ(tracer_->counts().unwanted, 1U);
}

TEST_F(Spans, FormATreeThatFollowsTheBlocks) {
  {
    Span root("root", SpanKind::server);
    {
      Span first("first");
      Span inside("inside", SpanKind::client);
    }
    Span second("second");
  }
  ASSERT_THAT(kept_, SizeIs(1));
  const Fragment& fragment = *kept_[0];
  ASSERT_THAT(fragment.spans, SizeIs(4));
  const SpanData& root = fragment.spans[0];
  EXPECT_EQ(root.name, "root");
  EXPECT_EQ(root.kind, SpanKind::server);
  EXPECT_FALSE(root.parent.valid());
  EXPECT_EQ(named(fragment, "first").parent, root.span);
  EXPECT_EQ(named(fragment, "second").parent, root.span);
  EXPECT_EQ(named(fragment, "inside").parent, named(fragment, "first").span);
  EXPECT_EQ(named(fragment, "inside").kind, SpanKind::client);
  for (const SpanData& each : fragment.spans) {
    EXPECT_EQ(each.trace, root.trace);
    EXPECT_LE(each.start, each.end);
    EXPECT_LE(root.start, each.start);
    EXPECT_EQ(each.flags, SpanData::kSampled);
  }
  EXPECT_EQ(fragment.kept, Kept::sampled);
  EXPECT_GT(fragment.bytes, sizeof(Fragment));
}

TEST_F(Spans, LeaveTheContextAsItWas) {
  {
    Span root("root");
    const TraceIdentity in_root = context_.trace();
    EXPECT_EQ(in_root.span, root.identity().span);
    {
      Span child("child");
      EXPECT_EQ(context_.trace().span, child.identity().span);
      EXPECT_EQ(context_.trace().trace, in_root.trace);
      EXPECT_EQ(current_trace_id(), child.trace_id());
    }
    EXPECT_EQ(context_.trace().span, in_root.span);
  }
  EXPECT_FALSE(context_.trace().valid());
  EXPECT_EQ(current_trace_id(), "");
}

TEST_F(Spans, TellWhatIsSaidOfThem) {
  {
    Span span("work");
    std::string provider = "acme";
    span.attribute("provider", provider)
        .attribute("tries", 3)
        .attribute("cached", true)
        .attribute("share", 0.5);
    provider = "gone";
    span.tag("made " + std::string("up"), "x").attribute("tries", 4);
    span.event("half way").status(SpanStatus::ok).link({TraceId{1, 2}, SpanId{3}}).rename("renamed");
  }
  const SpanData& span = kept_.at(0)->spans[0];
  EXPECT_EQ(span.name, "renamed");
  EXPECT_EQ(span.status, SpanStatus::ok);
  EXPECT_THAT(span.attributes, ElementsAre(Attribute{"provider", std::string("acme")},
                                           Attribute{"tries", std::int64_t{4}}, Attribute{"cached", true},
                                           Attribute{"share", 0.5}, Attribute{"made up", std::string("x")}));
  ASSERT_THAT(span.events, SizeIs(1));
  EXPECT_EQ(span.events[0].name, "half way");
  ASSERT_THAT(span.links, SizeIs(1));
  EXPECT_EQ(span.links[0].trace, (TraceId{1, 2}));
}

TEST_F(Spans, ShowExceptionsAsEventsAndFail) {
  {
    Span span("work");
    span.exception(Error(Code::unavailable, "the shop is closed"));
  }
  {
    Span span("other");
    span.exception(std::make_exception_ptr(std::runtime_error("no")));
  }
  const SpanData& span = kept_.at(0)->spans[0];
  EXPECT_EQ(span.status, SpanStatus::error);
  EXPECT_EQ(span.status_message, "the shop is closed");
  EXPECT_EQ(text_of(span.attributes, "error.type"), to_string(Code::unavailable));
  EXPECT_EQ(span.events.at(0).name, "exception");
  EXPECT_EQ(text_of(span.events[0].attributes, "exception.type"), "ngo::Error");
  EXPECT_EQ(text_of(span.events[0].attributes, "exception.message"), "the shop is closed");
  EXPECT_EQ(text_of(kept_.at(1)->spans[0].attributes, "error.type"), "std::runtime_error");
}

TEST_F(Spans, AreBoundedInAllTheyHold) {
  TracerOptions options = all();
  options.limits.attributes = 2;
  options.limits.events = 1;
  options.limits.links = 1;
  options.limits.spans = 3;
  options.limits.value_length = 4;
  use(options);
  {
    Span root("root");
    root.attribute("a", "too long").attribute("b", 2).attribute("c", 3);
    root.event("one").event("two").link({TraceId{0, 1}, SpanId{1}}).link({TraceId{0, 1}, SpanId{2}});
    for (int i = 0; i < 5; ++i) Span child("child");
  }
  const Fragment& fragment = *kept_.at(0);
  EXPECT_THAT(fragment.spans, SizeIs(3));
  EXPECT_EQ(fragment.dropped_spans, 3U);
  const SpanData& root = fragment.spans[0];
  EXPECT_EQ(text_of(root.attributes, "a"), "too ");
  EXPECT_THAT(root.attributes, SizeIs(2));
  EXPECT_EQ(root.dropped_attributes, 1U);
  EXPECT_EQ(root.dropped_events, 1U);
  EXPECT_EQ(root.dropped_links, 1U);
}

TEST_F(Spans, OfAnUnsampledTraceAreGoneUnlessItFailsOrIsSlow) {
  TracerOptions options;
  options.sampling.ratio = 0;
  options.slowest = 0;
  use(options);
  {
    Span root("root");
    EXPECT_TRUE(root.live());
    EXPECT_FALSE(root.sampled());
    Span child("child");
  }
  EXPECT_THAT(kept_, IsEmpty());
  {
    Span root("root");
    Span child("child");
    root.status(SpanStatus::error, "no");
  }
  ASSERT_THAT(kept_, SizeIs(1));
  EXPECT_EQ(kept_[0]->kept, Kept::error);
  EXPECT_THAT(kept_[0]->spans, SizeIs(2));
  options.slowest = 1;
  use(options);
  kept_.clear();
  for (int i = 0; i < 10; ++i) Span root("root");
  EXPECT_THAT(kept_, IsEmpty());
  tracer_->flush_slowest();
  ASSERT_THAT(kept_, SizeIs(1));
  EXPECT_EQ(kept_[0]->kept, Kept::slow);
}

TEST_F(Spans, DoNothingWithoutATracer) {
  Tracer::set_of_process(nullptr);
  Span span("nothing");
  span.attribute("a", 1).event("e").status(SpanStatus::error);
  EXPECT_FALSE(span.live());
  EXPECT_EQ(span.trace_id(), "");
  EXPECT_FALSE(current_span().live());
}

TEST_F(Spans, ThatHaveOutlivedTheirRootDoNothing) {
  auto root = std::make_unique<Span>("root");
  auto child = std::make_unique<Span>("child");
  root.reset();
  ASSERT_THAT(kept_, SizeIs(1));
  Span next("next");  // takes the same recorder
  child->attribute("late", 1);
  EXPECT_FALSE(child->live());
  child.reset();
  next.finish();
  EXPECT_THAT(kept_.at(1)->spans.at(0).attributes, IsEmpty());
}

TEST_F(Spans, CanBeDescribedFromWithin) {
  {
    Span root("root");
    current_span().attribute("user", "ada");
  }
  EXPECT_EQ(text_of(kept_.at(0)->spans[0].attributes, "user"), "ada");
}

TEST_F(Spans, OfConcurrentTasksHaveTheSameParent) {
  EventLoop loop;
  loop.block_on([]() -> Task<void> {
    Span root("root");
    auto work = [](const char* name) -> Task<void> {
      Span span(name);
      co_await sleep(std::chrono::milliseconds(1));
      Span inside("inside");
    };
    co_await when_all(work("a"), work("b"));
  }());
  const Fragment& fragment = *kept_.at(0);
  ASSERT_THAT(fragment.spans, SizeIs(5));
  const SpanId root = fragment.spans[0].span;
  EXPECT_EQ(named(fragment, "a").parent, root);
  EXPECT_EQ(named(fragment, "b").parent, root);
  EXPECT_EQ(fragment.spans[3].parent, fragment.spans[1].span);
  EXPECT_EQ(fragment.spans[4].parent, fragment.spans[2].span);
}

TEST_F(Spans, OfDetachedWorkAreARootOfTheirOwnInTheSameTrace) {
  EventLoop loop;
  loop.block_on([]() -> Task<void> {
    {
      Span root("root");
      spawn_detached([]() -> Task<void> {
        co_await sleep(std::chrono::milliseconds(1));
        Span late("late");
        Span inside("inside late");
      }());
    }
    co_await sleep(std::chrono::milliseconds(5));
  }());
  ASSERT_THAT(kept_, SizeIs(2));
  const SpanData& root = kept_[0]->spans.at(0);
  const SpanData& late = kept_[1]->spans.at(0);
  EXPECT_EQ(late.name, "late");
  EXPECT_EQ(late.trace, root.trace);
  EXPECT_EQ(late.parent, root.span);
  EXPECT_FALSE(late.parent_is_remote);
  EXPECT_THAT(kept_[1]->spans, SizeIs(2));
}

constexpr const char* kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST_F(Spans, GoOnWithTheTraceOfACarrier) {
  TracerOptions options;
  options.sampling.ratio = 0;
  use(options);
  {
    const TestCarrier message{{"Traceparent", kParent}, {"tracestate", "a=1"}, {"tracestate", "b=2"}};
    Span span("process orders", SpanKind::consumer, message);
    EXPECT_TRUE(span.sampled());
  }
  const SpanData& span = kept_.at(0)->spans.at(0);
  EXPECT_EQ(span.trace.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(span.parent.to_string(), "00f067aa0ba902b7");
  EXPECT_TRUE(span.parent_is_remote);
  EXPECT_EQ(span.state, "a=1,b=2");
  EXPECT_EQ(span.flags, SpanData::kSampled);
}

TEST_F(Spans, OnlyLinkToWhoeverIsNotTrusted) {
  TracerOptions options = all();
  options.trust_incoming = false;
  use(options);
  {
    const TestCarrier message{{"traceparent", kParent}, {"tracestate", "a=1"}};
    Span span("process orders", SpanKind::consumer, message);
  }
  const SpanData& span = kept_.at(0)->spans.at(0);
  EXPECT_NE(span.trace.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_FALSE(span.parent.valid());
  EXPECT_EQ(span.state, "");
  ASSERT_THAT(span.links, SizeIs(1));
  EXPECT_EQ(span.links[0].span.to_string(), "00f067aa0ba902b7");
}

TEST_F(Spans, AreNotMadeWhereNothingIsToBeTraced) {
  {
    const Untraced untraced;
    Context below(context_);
    const CurrentContext current(below);
    Span span("send traces");
    EXPECT_FALSE(span.live());
    int fields = 0;
    tracer_->inject([&](std::string_view, std::string_view) { ++fields; });
    EXPECT_EQ(fields, 0);
  }
  EXPECT_TRUE(Span("work").live());
  EXPECT_THAT(kept_, SizeIs(1));
}

TEST_F(Spans, TakeNoMemoryOnceTheRecorderHasGrown) {
  TracerOptions options;
  options.sampling.ratio = 0;
  options.slowest = 0;
  use(options);
  const auto work = [] {
    Span root("root");
    for (int i = 0; i < 20; ++i) Span("child").attribute("number", i).attribute("text", "some text");
    return &*Context::current().trace_scope().recorder;
  };
  const Recorder* const first = work();
  EXPECT_EQ(work(), first);
}

}  // namespace
}  // namespace ngo::trace
