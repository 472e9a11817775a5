// What is kept of what is recorded: the sampler, the slowest, the memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "ngo/trace/redact.hpp"
#include "ngo/trace/sampler.hpp"
#include "ngo/trace/slowest.hpp"
#include "ngo/trace/store.hpp"

namespace ngo::trace {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Sampler::Root root_with(std::uint64_t low) {
  Sampler::Root root;
  root.trace = {1, low};
  return root;
}

TEST(TraceSampler, TakesTheRatioOfTheIds) {
  Sampling sampling;
  sampling.ratio = 0.25;
  Sampler sampler(sampling);
  EXPECT_TRUE(sampler.decide(root_with(0)));
  EXPECT_TRUE(sampler.decide(root_with(0x1fffffffffffffff)));
  EXPECT_FALSE(sampler.decide(root_with(0x2000000000000000)));
  EXPECT_TRUE(sampler.decide(root_with(0x8000000000000000)));  // its first bit does not count
  int taken = 0;
  for (int i = 0; i < 10'000; ++i) {
    Sampler::Root root;
    root.trace = TraceId::generate();
    taken += sampler.decide(root) ? 1 : 0;
  }
  EXPECT_NEAR(taken, 2500, 400);
}

TEST(TraceSampler, TakesAllOrNoneAtTheEnds) {
  Sampling all;
  all.ratio = 1;
  Sampling none;
  none.ratio = 0;
  EXPECT_TRUE(Sampler(all).decide(root_with(~std::uint64_t{0})));
  EXPECT_FALSE(Sampler(none).decide(root_with(0)));
}

TEST(TraceSampler, FollowsTheCallerWhereItIsToAndAlwaysForDebugging) {
  Sampling sampling;
  sampling.ratio = 0;
  Sampler::Root root = root_with(0);
  root.decision = Remote::Decision::keep;
  EXPECT_TRUE(Sampler(sampling).decide(root));
  sampling.parent_based = false;
  EXPECT_FALSE(Sampler(sampling).decide(root));
  root.decision = Remote::Decision::debug;
  EXPECT_TRUE(Sampler(sampling).decide(root));
  sampling.parent_based = true;
  sampling.ratio = 1;
  root.decision = Remote::Decision::drop;
  EXPECT_FALSE(Sampler(sampling).decide(root));
}

TEST(TraceSampler, HasRulesOfWhichTheFirstThatFitsHolds) {
  Sampling sampling;
  sampling.ratio = 0;
  sampling.rules = {{"/articles/{id}", "GET", 1}, {"/internal/*", "", 1}, {"", "PUT", 1}, {"", "PUT", 0}};
  Sampler sampler(sampling);
  const auto decide = [&](const char* route, const char* method) {
    Sampler::Root root = root_with(5);
    root.route = route;
    root.method = method;
    return sampler.decide(root);
  };
  EXPECT_TRUE(decide("/articles/{id}", "GET"));
  EXPECT_FALSE(decide("/articles/{id}", "POST"));
  EXPECT_FALSE(decide("/articles", "GET"));
  EXPECT_TRUE(decide("/internal/jobs", "POST"));
  EXPECT_TRUE(decide("/other", "PUT"));
}

TEST(TraceSampler, TakesAtMostSoManyASecond) {
  Sampling sampling;
  sampling.ratio = 1;
  sampling.per_second = 10;
  Sampler sampler(sampling);
  const auto count = [&](TimePoint at, int tries) {
    int taken = 0;
    Sampler::Root root = root_with(1);
    root.now = at;
    for (int i = 0; i < tries; ++i) taken += sampler.decide(root) ? 1 : 0;
    return taken;
  };
  const TimePoint begin(100s);
  EXPECT_EQ(count(begin, 100), 10);
  EXPECT_EQ(count(begin + 100ms, 100), 1);
  EXPECT_EQ(count(begin + 600ms, 100), 5);
  EXPECT_EQ(count(begin + 1h, 100), 10);
}

TEST(TraceSampler, IsSetByTheEnvironment) {
  Sampling sampling;
  EXPECT_EQ(sampling.apply_environment("parentbased_traceidratio", "0.5"), "");
  EXPECT_EQ(sampling.ratio, 0.5);
  EXPECT_TRUE(sampling.parent_based);
  EXPECT_EQ(sampling.apply_environment("always_on", ""), "");
  EXPECT_EQ(sampling.ratio, 1);
  EXPECT_FALSE(sampling.parent_based);
  EXPECT_EQ(sampling.apply_environment("parentbased_always_off", ""), "");
  EXPECT_EQ(sampling.ratio, 0);
  EXPECT_EQ(sampling.apply_environment("", "junk"), "");
  for (const char* const argument : {"2", "-1", "x", "0.5x", "nan"})
    EXPECT_THAT(sampling.apply_environment("traceidratio", argument), HasSubstr("from 0 to 1")) << argument;
  EXPECT_THAT(sampling.apply_environment("sometimes", ""), HasSubstr("parentbased_always_on"));
}

FragmentPtr fragment(std::string name, std::int64_t took = 0, std::size_t bytes = 100) {
  auto out = std::make_shared<Fragment>();
  SpanData& root = out->spans.emplace_back();
  root.trace = {7, 8};
  root.name = std::move(name);
  root.start = 1000;
  root.end = 1000 + took;
  out->bytes = bytes;
  return out;
}

TEST(SlowestRequests, AreTheSlowestOfEachRoute) {
  Slowest slowest(2);
  Slowest::Group& a = slowest.group("a");
  EXPECT_EQ(&slowest.group("a"), &a);
  Slowest::Group& b = slowest.group("b");
  for (const std::int64_t took : {5, 1, 9, 3, 7}) {
    if (a.wants(Duration(took))) slowest.add(a, Duration(took), fragment("a" + std::to_string(took)));
  }
  slowest.add(b, Duration(1), fragment("b1"));
  EXPECT_FALSE(a.wants(Duration(7)));
  EXPECT_TRUE(a.wants(Duration(8)));
  std::vector<std::string> names;
  for (const FragmentPtr& each : slowest.take()) names.push_back(each->spans[0].name);
  EXPECT_THAT(names, testing::ElementsAre("a9", "a7", "b1"));
  EXPECT_TRUE(a.wants(Duration(0)));
  EXPECT_THAT(slowest.take(), IsEmpty());
}

TEST(SlowestRequests, ShareAGroupWhenThereAreTooManyRoutes) {
  Slowest slowest(1);
  for (std::size_t i = 0; i < Slowest::kMostGroups; ++i) (void)slowest.group("r" + std::to_string(i));
  EXPECT_EQ(&slowest.group("x"), &slowest.group("y"));
  EXPECT_NE(&slowest.group("r0"), &slowest.group("y"));
}

TEST(SlowestRequests, MayEndOnSeveralThreads) {
  Slowest slowest(3);
  const auto work = [&] {
    Slowest::Group& group = slowest.group("a");
    for (int i = 0; i < 1000; ++i) {
      if (group.wants(Duration(i))) slowest.add(group, Duration(i), fragment("a", i));
    }
  };
  std::thread first(work);
  std::thread second(work);
  first.join();
  second.join();
  const auto taken = slowest.take();
  ASSERT_THAT(taken, SizeIs(3));
  EXPECT_EQ(taken[0]->spans[0].end, 1999);
}

TEST(TraceStore, HoldsSoManyBytesAndLetsTheOldGo) {
  Store store(250);
  for (int i = 0; i < 5; ++i) store.add(fragment(std::to_string(i)));
  store.add(fragment("huge", 0, 1000));
  EXPECT_EQ(store.size().fragments, 2U);
  EXPECT_EQ(store.size().bytes, 200U);
  const auto found = store.find(Store::Query());
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0]->spans[0].name, "4");
  EXPECT_EQ(found[1]->spans[0].name, "3");
}

TEST(TraceStore, TakesAShareOfThoseThatWereMerelySampled) {
  Store store(10'000, 2);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(store.has_share(), i < 2);
    store.add(fragment(std::to_string(i)));
  }
  EXPECT_EQ(store.size().fragments, 2U);
  auto failed = std::make_shared<Fragment>(*fragment("failed"));
  failed->spans[0].status = SpanStatus::error;
  store.add(failed);
  auto slow = std::make_shared<Fragment>(*fragment("slow"));
  slow->kept = Kept::slow;
  store.add(slow);
  EXPECT_EQ(store.size().fragments, 4U);
  store.renew();
  EXPECT_TRUE(store.has_share());
  store.add(fragment("5"));
  EXPECT_EQ(store.size().fragments, 5U);
  EXPECT_FALSE(Store(0, 2).has_share());
}

TEST(TraceStore, IsAskedByWhatTheFirstSpanSays) {
  Store store(10'000);
  auto one = std::make_shared<Fragment>(*fragment("GET /a/{id}", 5'000'000));
  one->spans[0].attributes = {{"http.route", std::string("/a/{id}")},
                              {"http.response.status_code", std::int64_t{503}},
                              {"flag", true}};
  one->spans[0].status = SpanStatus::error;
  SpanData& child = one->spans.emplace_back();
  child.attributes = {{"db.system.name", std::string("mysql")}, {"share", 0.5}};
  store.add(one);
  store.add(fragment("job", 1));
  const auto count = [&](const Store::Query& query) { return store.find(query).size(); };
  const auto with = [](auto member, auto value) {
    Store::Query query;
    query.*member = value;
    return query;
  };
  EXPECT_EQ(count({}), 2U);
  EXPECT_EQ(count(with(&Store::Query::route, "/a/{id}")), 1U);
  EXPECT_EQ(count(with(&Store::Query::route, "job")), 1U);
  EXPECT_EQ(count(with(&Store::Query::route, "/b")), 0U);
  EXPECT_EQ(count(with(&Store::Query::status, "error")), 1U);
  EXPECT_EQ(count(with(&Store::Query::status, "unset")), 1U);
  EXPECT_EQ(count(with(&Store::Query::status, "503")), 1U);
  EXPECT_EQ(count(with(&Store::Query::status, "5xx")), 1U);
  EXPECT_EQ(count(with(&Store::Query::status, "4xx")), 0U);
  EXPECT_EQ(count(with(&Store::Query::min_duration, 2)), 1U);
  EXPECT_EQ(count(with(&Store::Query::max_duration, 2)), 1U);
  EXPECT_EQ(count(with(&Store::Query::attribute, "db.system.name")), 1U);
  EXPECT_EQ(count(with(&Store::Query::attribute, "db.system.name=mysql")), 1U);
  EXPECT_EQ(count(with(&Store::Query::attribute, "db.system.name=redis")), 0U);
  EXPECT_EQ(count(with(&Store::Query::attribute, "flag=true")), 1U);
  EXPECT_EQ(count(with(&Store::Query::attribute, "share=0.5")), 1U);
  EXPECT_EQ(count(with(&Store::Query::limit, 1)), 1U);
  EXPECT_THAT(store.find(TraceId{7, 8}), SizeIs(2));
  EXPECT_THAT(store.find(TraceId{7, 9}), IsEmpty());
}

TEST(Redaction, HidesWhatGivesAccess) {
  EXPECT_EQ(redact_query("a=1&sig=secret&Signature=x&b"), "a=1&sig=REDACTED&Signature=REDACTED&b");
  EXPECT_EQ(redact_query("sig"), "sig");
  EXPECT_EQ(redact_url("https://ada:secret@example.com:80/a?X-Amz-Signature=1&b=2#c"),
            "https://REDACTED:REDACTED@example.com:80/a?X-Amz-Signature=REDACTED&b=2#c");
  EXPECT_EQ(redact_url("http://example.com/a@b"), "http://example.com/a@b");
  EXPECT_EQ(redact_url("/a?sig=1"), "/a?sig=REDACTED");
}

}  // namespace
}  // namespace ngo::trace
