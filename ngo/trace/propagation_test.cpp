#include "ngo/trace/propagation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "ngo/base/error.hpp"
#include "ngo/trace/span.hpp"
#include "ngo/trace/test_carrier_impl.hpp"
#include "ngo/trace/tracer.hpp"

namespace ngo::trace {
namespace {

using testing::HasSubstr;

constexpr const char* kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr const char* kSpan = "00f067aa0ba902b7";

struct Read {
  bool found = false;
  Remote remote;
  Origin origin;
};

Read read(const std::vector<std::string>& formats, const TestCarrier& carrier) {
  Read out;
  out.found = Propagators::parse(formats).extract(carrier, out.remote, out.origin);
  return out;
}

using Fields = std::map<std::string, std::string>;

Fields written(const std::vector<std::string>& formats, const TraceScope& scope,
               std::string_view target = {}) {
  Propagators propagators = Propagators::parse(formats);
  propagators.set_sender({"shop", "shop-1", "agent-1", 1700000000000, 1700});
  Fields out;
  propagators.inject(scope, target, [&](std::string_view name, std::string_view value) {
    EXPECT_TRUE(out.emplace(name, value).second) << name;
  });
  return out;
}

TraceScope scope(bool sampled = true) {
  TraceScope out;
  out.identity = {*TraceId::parse(kTrace), *SpanId::parse(kSpan),
                  sampled ? TraceIdentity::kSampled : std::uint8_t{0}};
  return out;
}

// ---- W3C

TEST(Tracecontext, IsReadByTheRecommendation) {
  struct Case {
    const char* text;
    bool good;
  };
  const Case cases[] = {
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true},
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", true},
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff", true},
      {"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true},
      {"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-brings", true},
      {"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what", false},
      {"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false},
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", false},
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-", false},
      {"00-00000000000000000000000000000000-00f067aa0ba902b7-01", false},
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false},
      {"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false},
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-00F067aa0ba902b7-01", false},
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0A", false},
      {"0A-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false},
      {"00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01", false},
      {"00-4bf92f3577b34da6a3ce929d0e0e47361-00f067aa0ba902b7-01", false},
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", false},
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1", false},
      {"00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01", false},
      {" 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false},
      {"", false},
      {"00", false},
  };
  for (const Case& each : cases) {
    TraceIdentity identity;
    EXPECT_EQ(parse_traceparent(each.text, identity), each.good) << each.text;
    if (!each.good) continue;
    EXPECT_EQ(identity.trace.to_string(), kTrace);
    EXPECT_EQ(identity.span.to_string(), kSpan);
  }
}

TEST(Tracecontext, KeepsOnlyTheFlagsThatAreKnownAndWritesVersionZero) {
  TraceIdentity identity;
  ASSERT_TRUE(parse_traceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff-x", identity));
  EXPECT_EQ(identity.flags, TraceIdentity::kSampled | TraceIdentity::kRandom);
  std::string text(kTraceparentSize, ' ');
  write_traceparent(identity, text.data());
  EXPECT_EQ(text, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03");
}

TEST(Tracecontext, TwoParentsAreNone) {
  const std::string one = std::string("00-") + kTrace + "-" + kSpan + "-01";
  EXPECT_TRUE(read({"tracecontext"}, {{"traceparent", one}}).found);
  EXPECT_FALSE(read({"tracecontext"}, {{"traceparent", one}, {"traceparent", one}}).found);
}

TEST(Tracestate, IsReadByTheRecommendation) {
  const std::string longest_key(256, 'k');
  const std::string longest_value(256, 'v');
  struct Case {
    std::string text;
    const char* state;  // null: it is not well formed
  };
  const Case cases[] = {
      {"a=1", "a=1"},
      {" a=1 ,\tb=2\t", "a=1,b=2"},
      {"a=1,,b=2,", "a=1,b=2"},
      {"", ""},
      {"t@v=x,1a=2,a_-*/@=3", "t@v=x,1a=2,a_-*/@=3"},
      {"a= 1", "a= 1"},
      {longest_key + "=1", nullptr},  // 258 characters with its value: shortening is another step
      {"a=1,a=2", nullptr},
      {"A=1", nullptr},
      {"_a=1", nullptr},
      {"a", nullptr},
      {"a=", nullptr},
      {"=1", nullptr},
      {"a=1=2", nullptr},
      {"a=\x01", nullptr},
      {"a=\xc3\xa4", nullptr},
      {"a =1", nullptr},
      {"k" + longest_key + "=1", nullptr},
      {"a=v" + longest_value, nullptr},
  };
  for (const Case& each : cases) {
    std::string state;
    const bool good = append_tracestate(each.text, state);
    if (each.text == longest_key + "=1") {
      EXPECT_TRUE(good);
      continue;
    }
    EXPECT_EQ(good, each.state != nullptr) << each.text;
    EXPECT_EQ(state, each.state == nullptr ? "" : each.state) << each.text;
  }
}

TEST(Tracestate, HasAtMost32Members) {
  std::string text;
  for (int i = 0; i < 32; ++i) text += "a" + std::to_string(i) + "=1,";
  std::string state;
  EXPECT_TRUE(append_tracestate(text, state));
  EXPECT_FALSE(append_tracestate("one=more", state));
}

TEST(Tracestate, IsShortenedByWholeMembersLongOnesFirst) {
  std::string state = "a=1,long=" + std::string(200, 'x');
  for (int i = 0; i < 40; ++i) state += ",member" + std::to_string(i) + "=0123456789";
  shorten_tracestate(state);
  EXPECT_LE(state.size(), 512U);
  EXPECT_TRUE(state.starts_with("a=1,member0=0123456789,"));
  EXPECT_TRUE(state.ends_with("=0123456789"));
  EXPECT_THAT(state, testing::Not(HasSubstr("long=")));
}

TEST(Tracestate, ThatIsBadLeavesTheParentAlone) {
  const Read got = read({"tracecontext"}, {{"traceparent", std::string("00-") + kTrace + "-" + kSpan + "-01"},
                                           {"tracestate", "a=1"},
                                           {"tracestate", "B=2"}});
  EXPECT_EQ(got.remote.identity.trace.to_string(), kTrace);
  EXPECT_EQ(got.origin.state, "");
}

TEST(Tracestate, IsNothingWithoutAParent) {
  EXPECT_EQ(read({"tracecontext"}, {{"tracestate", "a=1"}}).origin.state, "");
}

// ---- baggage

TEST(BaggageHeader, IsReadAndWritten) {
  Baggage baggage;
  baggage.parse("userId=alice%20b,  isProduction = false ;meta=1;x , list=a=b");
  EXPECT_EQ(baggage.get("userId"), "alice b");
  EXPECT_EQ(baggage.get("isProduction"), "false");
  EXPECT_EQ(baggage.get("list"), "a=b");
  EXPECT_EQ(baggage.get("userid"), std::nullopt);
  EXPECT_EQ(baggage.to_string(), "userId=alice%20b,isProduction=false;meta=1;x,list=a=b");
}

TEST(BaggageHeader, LeavesOutWhatIsNoMember) {
  for (const char* const text :
       {"", ",", "a", "=1", "a b=1", "a=\"1\"", "a=1 2", "\xc3=1", "a=\xc3", ";=1", "a;b=1"}) {
    Baggage baggage;
    baggage.parse(text);
    EXPECT_TRUE(baggage.empty()) << text;
  }
}

TEST(BaggageHeader, ReplacesWhatIsNoUtf8AndKeepsBrokenEscapes) {
  Baggage baggage;
  baggage.parse("a=%FF%C3%A4,b=100%,c=%zz,d=%4");
  EXPECT_EQ(baggage.get("a"), "\xef\xbf\xbd\xc3\xa4");
  EXPECT_EQ(baggage.get("b"), "100%");
  EXPECT_EQ(baggage.get("c"), "%zz");
  EXPECT_EQ(baggage.get("d"), "%4");
}

TEST(BaggageHeader, IsBounded) {
  Baggage baggage;
  std::string text;
  for (int i = 0; i < 300; ++i) text += "key" + std::to_string(i) + "=" + std::string(200, 'v') + ",";
  baggage.parse(text);
  EXPECT_EQ(baggage.members().size(), Baggage::kMostMembers);
  EXPECT_LE(baggage.to_string().size(), Baggage::kSentBytes);
}

TEST(BaggageHeader, GoesToTheOwnNetworkOnly) {
  Propagators propagators;
  for (const char* const host : {"", "users", "users:8080", "a.svc", "a.default.svc.cluster.local:80",
                                 "10.1.2.3", "127.0.0.1:80", "192.168.0.1", "[::1]:80", "db.internal"})
    EXPECT_TRUE(propagators.takes_baggage(host)) << host;
  for (const char* const host :
       {"example.com", "example.com:443", "10.example.com", "8.8.8.8", "[2001:db8::1]:80"})
    EXPECT_FALSE(propagators.takes_baggage(host)) << host;
  propagators.set_baggage_hosts({".example.com"});
  EXPECT_TRUE(propagators.takes_baggage("api.example.com:443"));
  EXPECT_FALSE(propagators.takes_baggage("example.org"));
}

// ---- B3

TEST(B3, SingleIsReadByItsDefinition) {
  const std::string ids = std::string(kTrace) + "-" + kSpan;
  struct Case {
    std::string text;
    bool found;
    bool ids;
    Remote::Decision decision;
  };
  using enum Remote::Decision;
  const Case cases[] = {
      {ids, true, true, none},
      {ids + "-1", true, true, keep},
      {ids + "-0", true, true, drop},
      {ids + "-d", true, true, debug},
      {ids + "-1-05e3ac9a4f6e3b90", true, true, keep},
      {"a3ce929d0e0e4736-" + std::string(kSpan) + "-1", true, true, keep},
      {"0", true, false, drop},
      {"1", true, false, keep},
      {"d", true, false, debug},
      {"", false, false, none},
      {"x", false, false, none},
      {"2", false, false, none},
      {"-", false, false, none},
      {"----", false, false, none},
      {ids + "-", false, false, none},
      {ids + "-x", false, false, none},
      {ids + "-1-", false, false, none},
      {ids + "-1-05e3ac9a4f6e3b9", false, false, none},
      {ids + "-1-05e3ac9a4f6e3b90-", false, false, none},
      {"00000000000000000000000000000000-00f067aa0ba902b7-1", false, false, none},
      {"4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-1", false, false, none},
      {"4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-1", false, false, none},
      {"zbf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1", false, false, none},
  };
  for (const Case& each : cases) {
    const Read got = read({"b3"}, {{"b3", each.text}});
    EXPECT_EQ(got.found, each.found) << each.text;
    EXPECT_EQ(got.remote.identity.valid(), each.ids) << each.text;
    EXPECT_EQ(got.remote.decision, each.decision) << each.text;
  }
  EXPECT_EQ(
      read({"b3"}, {{"b3", std::string("a3ce929d0e0e4736-") + kSpan}}).remote.identity.trace.to_string(),
      "0000000000000000a3ce929d0e0e4736");
}

TEST(B3, MultiIsReadInAnyCase) {
  using enum Remote::Decision;
  const auto with = [](const char* name, const char* value) {
    TestCarrier carrier{{"X-B3-TraceId", "4BF92F3577B34DA6A3CE929D0E0E4736"}, {"X-B3-SpanId", kSpan}};
    if (name != nullptr) carrier.add(name, value);
    return read({"b3multi"}, carrier);
  };
  EXPECT_EQ(with(nullptr, nullptr).remote.decision, none);
  EXPECT_EQ(with("X-B3-Sampled", "1").remote.decision, keep);
  EXPECT_EQ(with("X-B3-Sampled", "true").remote.decision, keep);
  EXPECT_EQ(with("X-B3-Sampled", "0").remote.decision, drop);
  EXPECT_EQ(with("X-B3-Sampled", "false").remote.decision, drop);
  EXPECT_EQ(with("X-B3-Sampled", "d").remote.decision, none);
  EXPECT_EQ(with("X-B3-Sampled", "junk").remote.decision, none);
  EXPECT_EQ(with("X-B3-Flags", "1").remote.decision, debug);
  EXPECT_EQ(with("x-b3-parentspanid", "05e3ac9a4f6e3b90").remote.parent.to_string(), "05e3ac9a4f6e3b90");
  EXPECT_EQ(with("x-b3-parentspanid", "junk").remote.identity.trace.to_string(), kTrace);
  EXPECT_EQ(read({"b3multi"}, {{"x-b3-sampled", "0"}}).remote.decision, drop);
  EXPECT_FALSE(read({"b3multi"}, {{"x-b3-traceid", kTrace}, {"x-b3-sampled", "1"}}).found);
  EXPECT_FALSE(read({"b3multi"}, {{"x-b3-spanid", kSpan}, {"x-b3-sampled", "1"}}).found);
  EXPECT_FALSE(read({"b3multi"}, {{"x-b3-traceid", "junk"}, {"x-b3-spanid", kSpan}}).found);
}

TEST(B3, IsWrittenInBothForms) {
  EXPECT_EQ(written({"b3"}, scope()), (Fields{{"b3", std::string(kTrace) + "-" + kSpan + "-1"}}));
  EXPECT_EQ(written({"b3"}, scope(false)), (Fields{{"b3", std::string(kTrace) + "-" + kSpan + "-0"}}));
  EXPECT_EQ(written({"b3multi"}, scope()),
            (Fields{{"x-b3-traceid", kTrace}, {"x-b3-spanid", kSpan}, {"x-b3-sampled", "1"}}));
}

TEST(Optimus, SharesTheSpanOfItsCallerAndCarriesBaggage) {
  const Read got = read({"optimus"}, {{"X-B3-TraceId", kTrace},
                                      {"x-b3-spanid", "0.1"},
                                      {"x-b3-parentspanid", "05e3ac9a4f6e3b90"},
                                      {"x-b3-sampled", "true"},
                                      {"Baggage-User", "ada"}});
  EXPECT_TRUE(got.remote.shared);
  EXPECT_EQ(got.remote.decision, Remote::Decision::keep);
  EXPECT_TRUE(got.remote.identity.span.valid());
  EXPECT_EQ(got.remote.parent.to_string(), "05e3ac9a4f6e3b90");
  EXPECT_EQ(got.origin.baggage.get("user"), "ada");
  EXPECT_EQ(read({"optimus"}, {{"x-b3-traceid", kTrace}, {"x-b3-spanid", kSpan}}).remote.decision,
            Remote::Decision::drop);
  for (const char* const trace : {"", "0", "no hex", "4bf92f3577b34da6a3ce929d0e0e47361"})
    EXPECT_FALSE(read({"optimus"}, {{"x-b3-traceid", trace}, {"x-b3-spanid", kSpan}}).found) << trace;
  EXPECT_FALSE(read({"optimus"}, {{"x-b3-traceid", kTrace}}).found);
}

// ---- Jaeger

TEST(Jaeger, IsReadByItsClients) {
  struct Case {
    const char* text;
    bool found;
    Remote::Decision decision;
  };
  using enum Remote::Decision;
  const Case cases[] = {
      {"4bf92f3577b34da6a3ce929d0e0e4736:00f067aa0ba902b7:0:1", true, keep},
      {"4bf92f3577b34da6a3ce929d0e0e4736:f067aa0ba902b7:0:0", true, drop},
      {"4bf92f3577b34da6a3ce929d0e0e4736:f067aa0ba902b7:1:3", true, debug},
      {"4bf92f3577b34da6a3ce929d0e0e4736%3Af067aa0ba902b7%3a0%3A1", true, keep},
      {"4bf92f3577b34da6a3ce929d0e0e4736:f067aa0ba902b7:0:0b", true, debug},
      {"", false, none},
      {":::", false, none},
      {"4bf92f3577b34da6a3ce929d0e0e4736:f067aa0ba902b7:0", false, none},
      {"4bf92f3577b34da6a3ce929d0e0e4736:f067aa0ba902b7:0:1:1", false, none},
      {"0:f067aa0ba902b7:0:1", false, none},
      {"4bf92f3577b34da6a3ce929d0e0e4736:0:0:1", false, none},
      {"4bf92f3577b34da6a3ce929d0e0e47361:f067aa0ba902b7:0:1", false, none},
      {"4bf92f3577b34da6a3ce929d0e0e4736:1f067aa0ba902b70f:0:1", false, none},
      {"4bf92f3577b34da6a3ce929d0e0e4736:f067aa0ba902b7:x:1", false, none},
      {"4bf92f3577b34da6a3ce929d0e0e4736:f067aa0ba902b7:0:xyz", false, none},
      {"4bf92f3577b34da6a3ce929d0e0e4736:f067aa0ba902b7:0:100", false, none},
      {"4bf92f3577b34da6a3ce929d0e0e4736%3", false, none},
  };
  for (const Case& each : cases) {
    const Read got = read({"jaeger"}, {{"uber-trace-id", each.text}});
    EXPECT_EQ(got.found, each.found) << each.text;
    EXPECT_EQ(got.remote.decision, each.decision) << each.text;
    if (!each.found) continue;
    EXPECT_EQ(got.remote.identity.trace.to_string(), kTrace);
    EXPECT_EQ(got.remote.identity.span.to_string(), kSpan);
  }
}

TEST(Jaeger, CarriesBaggageAndDebugIds) {
  const Read got = read({"jaeger"}, {{"jaeger-debug-id", "look"},
                                     {"Uberctx-User", "a%20b"},
                                     {"uberctx-broken", "%4"},
                                     {"jaeger-baggage", "k1=v1, k2=v2,junk"}});
  EXPECT_EQ(got.remote.decision, Remote::Decision::debug);
  EXPECT_EQ(got.origin.debug_id, "look");
  EXPECT_EQ(got.origin.baggage.get("user"), "a b");
  EXPECT_EQ(got.origin.baggage.get("k1"), "v1");
  EXPECT_EQ(got.origin.baggage.get("k2"), "v2");
  EXPECT_EQ(got.origin.baggage.members().size(), 3U);
}

TEST(Jaeger, IsWritten) {
  EXPECT_EQ(written({"jaeger"}, scope()),
            (Fields{{"uber-trace-id", std::string(kTrace) + ":" + kSpan + ":0:1"}}));
}

// ---- SkyWalking

constexpr const char* kSw8 =
    "1-NGJmOTJmMzU3N2IzNGRhNmEzY2U5MjlkMGUwZTQ3MzY=-c2VnbWVudA==-3-c2hvcA==-c2hvcC0x-L2NhcnQ=-"
    "MTI3LjAuMC4xOjgw";

TEST(Skywalking, IsReadByItsProtocol) {
  Sw8 value;
  ASSERT_TRUE(parse_sw8(kSw8, value));
  EXPECT_TRUE(value.sampled);
  EXPECT_EQ(value.trace, kTrace);
  EXPECT_EQ(value.segment, "segment");
  EXPECT_EQ(value.span, 3);
  EXPECT_EQ(value.service, "shop");
  EXPECT_EQ(value.instance, "shop-1");
  EXPECT_EQ(value.endpoint, "/cart");
  EXPECT_EQ(value.target, "127.0.0.1:80");
  EXPECT_EQ(write_sw8(value), kSw8);
  const Read got = read(
      {"skywalking"}, {{"sw8", std::string(kSw8) + "-extra"}, {"sw8-correlation", "dXNlcg==:YWRh,junk,!:!"}});
  EXPECT_EQ(got.remote.identity.trace.to_string(), kTrace);
  EXPECT_EQ(got.remote.decision, Remote::Decision::keep);
  EXPECT_EQ(got.origin.baggage.get("user"), "ada");
}

TEST(Skywalking, RefusesWhatIsBroken) {
  for (const char* const text :
       {"", "1", "1-YQ==-YQ==-3-YQ==-YQ==-YQ==", "2-YQ==-YQ==-3-YQ==-YQ==-YQ==-YQ==",
        "x-YQ==-YQ==-3-YQ==-YQ==-YQ==-YQ==", "1-YQ==-YQ==--1-YQ==-YQ==-YQ==-YQ==",
        "1-YQ==-YQ==-x-YQ==-YQ==-YQ==-YQ==", "1-YQ==-YQ==-99999999999-YQ==-YQ==-YQ==-YQ==",
        "1-YQ=-YQ==-3-YQ==-YQ==-YQ==-YQ==", "1-Y===-YQ==-3-YQ==-YQ==-YQ==-YQ==",
        "1-=Q==-YQ==-3-YQ==-YQ==-YQ==-YQ==", "1-!!!!-YQ==-3-YQ==-YQ==-YQ==-YQ==",
        "1-YQ==YQ==-YQ==-3-YQ==-YQ==-YQ==-YQ==", "1--YQ==-3-YQ==-YQ==-YQ==-YQ==",
        "1-YQ==--3-YQ==-YQ==-YQ==-YQ=="}) {
    Sw8 value;
    EXPECT_FALSE(parse_sw8(text, value)) << text;
  }
}

TEST(Skywalking, GivesATraceWithATextIdAnIdOfOurs) {
  Sw8 value;
  ASSERT_TRUE(parse_sw8(kSw8, value));
  value.trace = "a.123.16000000000001";
  const Read once = read({"sw8"}, {{"sw8", write_sw8(value)}});
  const Read again = read({"sw8"}, {{"sw8", write_sw8(value)}});
  EXPECT_TRUE(once.remote.identity.valid());
  EXPECT_EQ(once.remote.identity.trace, again.remote.identity.trace);
}

TEST(Skywalking, IsWrittenWithWhoCallsWhom) {
  const Fields fields = written({"skywalking"}, scope(), "cart:8080");
  Sw8 value;
  ASSERT_TRUE(parse_sw8(fields.at("sw8"), value));
  EXPECT_EQ(value.trace, kTrace);
  EXPECT_EQ(value.segment, std::string(kTrace) + "." + kSpan);
  EXPECT_EQ(value.service, "shop");
  EXPECT_EQ(value.instance, "shop-1");
  EXPECT_EQ(value.target, "cart:8080");
}

// ---- Pinpoint

TEST(Pinpoint, IsReadByItsAgents) {
  const Read got = read(
      {"pinpoint"},
      {{"Pinpoint-TraceID", "agent^1700000000000^12"}, {"Pinpoint-SpanID", "-7"}, {"Pinpoint-pSpanID", "5"}});
  EXPECT_TRUE(got.remote.shared);
  EXPECT_EQ(static_cast<std::int64_t>(got.remote.identity.span.value), -7);
  EXPECT_EQ(got.remote.parent.value, 5U);
  EXPECT_EQ(got.remote.decision, Remote::Decision::keep);
  EXPECT_EQ(got.origin.foreign, "agent^1700000000000^12");
  EXPECT_EQ(read({"pinpoint"}, {{"pinpoint-sampled", "s0"}}).remote.decision, Remote::Decision::drop);
  struct Case {
    const char* trace;
    const char* span;
    const char* parent;
  };
  const Case bad[] = {
      {"", "1", "-1"},          {"agent", "1", "-1"},
      {"agent^1", "1", "-1"},   {"^1^1", "1", "-1"},
      {"agent^x^1", "1", "-1"}, {"agent^1^x", "1", "-1"},
      {"agent^1^1^1", "1", ""}, {"agent^1^1", "", "-1"},
      {"agent^1^1", "x", "-1"}, {"agent^1^1", "0", "-1"},
      {"agent^1^1", "1", "x"},  {"ag ent^1^1", "1", "-1"},
      {"agent^-1^1", "1", ""},  {"agent^1^99999999999999999999", "1", ""},
  };
  for (const Case& each : bad) {
    EXPECT_FALSE(read({"pinpoint"}, {{"pinpoint-traceid", each.trace},
                                     {"pinpoint-spanid", each.span},
                                     {"pinpoint-pspanid", each.parent}})
                     .found)
        << each.trace << " " << each.span << " " << each.parent;
  }
}

TEST(Pinpoint, TellsWhoCalledAsFarAsItIsWellFormed) {
  const auto caller = [](const char* name, const char* type, const char* host) {
    return read({"pinpoint"}, {{"pinpoint-traceid", "agent^1^1"},
                               {"pinpoint-spanid", "1"},
                               {"pinpoint-pappname", name},
                               {"pinpoint-papptype", type},
                               {"pinpoint-host", host}})
        .origin.caller;
  };
  EXPECT_EQ(caller("front", "1400", "shop:80"), "front 1400 shop:80");
  EXPECT_EQ(caller("front", "1400", ""), "front 1400");
  EXPECT_EQ(caller("front", "1400", "a b"), "front 1400");
  EXPECT_EQ(caller("my front", "1400", "shop:80"), "");
  EXPECT_EQ(caller("front", "-1", "shop:80"), "");
  EXPECT_EQ(caller("front", "x", "shop:80"), "");
  EXPECT_EQ(caller("", "1", "shop:80"), "");
  PinpointCaller parts;
  ASSERT_TRUE(parse_pinpoint_caller("front 1400 shop:80", parts));
  EXPECT_EQ(parts.application, "front");
  EXPECT_EQ(parts.type, 1400);
  EXPECT_EQ(parts.host, "shop:80");
  ASSERT_TRUE(parse_pinpoint_caller("front 1400", parts));
  EXPECT_EQ(parts.host, "");
  EXPECT_FALSE(parse_pinpoint_caller("front", parts));
  EXPECT_FALSE(parse_pinpoint_caller("front x", parts));
}

TEST(Pinpoint, IsWrittenAndAnUnsampledCallerSaysOnlyThat) {
  EXPECT_EQ(written({"pinpoint"}, scope(false)), (Fields{{"pinpoint-sampled", "s0"}}));
  const Fields fields = written({"pinpoint"}, scope(), "cart:8080");
  EXPECT_THAT(fields.at("pinpoint-traceid"), testing::StartsWith("agent-1^1700000000000^"));
  EXPECT_EQ(fields.at("pinpoint-spanid"), std::to_string(std::int64_t{0x00f067aa0ba902b7}));
  EXPECT_EQ(fields.at("pinpoint-pappname"), "shop");
  EXPECT_EQ(fields.at("pinpoint-host"), "cart:8080");
}

// ---- several

TEST(SeveralPropagators, AreAskedInTheirOrder) {
  const TestCarrier carrier{{"b3", "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1"},
                            {"traceparent", std::string("00-") + kTrace + "-" + kSpan + "-01"},
                            {"baggage", "a=1"}};
  EXPECT_EQ(read({"tracecontext", "baggage", "b3"}, carrier).remote.identity.trace.to_string(), kTrace);
  const Read other = read({"b3", "tracecontext", "baggage"}, carrier);
  EXPECT_EQ(other.remote.identity.trace.to_string(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(other.origin.baggage.get("a"), "1");
  EXPECT_FALSE(read({"none"}, carrier).found);
}

TEST(SeveralPropagators, AreAllWritten) {
  const Fields fields =
      written({"tracecontext", "b3", "b3multi", "jaeger", "skywalking", "pinpoint"}, scope());
  for (const char* const name :
       {"traceparent", "b3", "x-b3-traceid", "uber-trace-id", "sw8", "pinpoint-traceid"})
    EXPECT_TRUE(fields.contains(name)) << name;
}

TEST(SeveralPropagators, AnUnknownNameIsToldWithThoseThatThereAre) {
  try {
    (void)Propagators::parse({"w3c"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.message(), HasSubstr("\"w3c\""));
    EXPECT_THAT(error.message(), HasSubstr("tracecontext, baggage, b3"));
  }
}

TEST(SeveralPropagators, MarkWhatTheOriginalAndJaegerMark) {
  TracerOptions options;
  options.propagators = Propagators::parse({"optimus", "jaeger"});
  Tracer tracer(options);
  Tracer::set_of_process(&tracer);
  std::vector<FragmentPtr> kept;
  tracer.on_kept([&](const FragmentPtr& fragment) { kept.push_back(fragment); });
  Context context;
  const CurrentContext current(context);
  {
    const TestCarrier message{{"jaeger-debug-id", "look"}};
    const Span span("server", SpanKind::server, message);
    EXPECT_TRUE(span.sampled());
    tracer.inject([](std::string_view name, std::string_view value) {
      if (name == "uber-trace-id") {
        EXPECT_TRUE(value.ends_with(":3")) << value;
      }
    });
  }
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(text_of(kept[0]->spans[0].attributes, "jaeger-debug-id"), "look");
  ASSERT_NE(find(kept[0]->spans[0].attributes, "root"), nullptr);
}

// What goes out of one service is what comes into the next.
TEST(SeveralPropagators, EachFormComesBackAsItWasSent) {
  for (const char* const format :
       {"tracecontext", "b3", "b3multi", "optimus", "jaeger", "skywalking", "pinpoint"}) {
    TracerOptions options;
    options.sampling.ratio = 1;
    options.propagators = Propagators::parse({format});
    options.propagators.set_sender({"shop", "shop-1", "agent-1", 1700000000000, 1700});
    Tracer tracer(options);
    Tracer::set_of_process(&tracer);
    std::vector<FragmentPtr> kept;
    tracer.on_kept([&](const FragmentPtr& fragment) { kept.push_back(fragment); });
    TestCarrier message;
    const auto hop = [&] {
      Context context;
      const CurrentContext current(context);
      const TestCarrier in = message;
      Span server("server", SpanKind::server, in);
      Span client("client", SpanKind::client);
      message.clear();
      tracer.inject([&](std::string_view name, std::string_view value) { message.add(name, value); }, "b:80");
    };
    hop();
    hop();
    hop();
    ASSERT_EQ(kept.size(), 3U) << format;
    const bool text_ids = std::string_view(format) == "pinpoint";
    if (!text_ids) {
      EXPECT_EQ(kept[0]->spans[0].trace, kept[1]->spans[0].trace) << format;
    }
    EXPECT_EQ(kept[1]->spans[0].trace, kept[2]->spans[0].trace) << format;
    EXPECT_TRUE(kept[1]->spans[0].parent.valid()) << format;
    EXPECT_TRUE(kept[2]->spans[0].parent_is_remote) << format;
  }
}

}  // namespace
}  // namespace ngo::trace
