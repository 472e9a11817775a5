#include "ngo/trace/pinpoint_encoder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/codec/protobuf_reader.hpp"
#include "ngo/trace/pinpoint_lines_impl.hpp"

namespace ngo::trace {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kStart = 1'700'000'000'000;  // milliseconds

// A message that can be asked by the numbers of its fields; what is not there is 0 or empty.
class Message {
 public:
  explicit Message(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] std::vector<Message> all(std::uint32_t field) const {
    std::vector<Message> out;
    ProtobufReader in(bytes_);
    while (in.next())
      if (in.field() == field) out.emplace_back(in.bytes());
    EXPECT_FALSE(in.failed());
    return out;
  }
  [[nodiscard]] Message at(std::initializer_list<std::uint32_t> path) const {
    std::string_view found = bytes_;
    for (const std::uint32_t field : path) {
      const std::vector<Message> inside = Message(found).all(field);
      found = inside.empty() ? std::string_view() : inside.back().bytes_;
    }
    return Message(found);
  }
  [[nodiscard]] bool has(std::uint32_t field) const { return !all(field).empty(); }
  [[nodiscard]] std::string text(std::initializer_list<std::uint32_t> path) const {
    return std::string(at(path).bytes_);
  }
  [[nodiscard]] std::int64_t number(std::uint32_t field) const {
    std::int64_t found = 0;
    ProtobufReader in(bytes_);
    while (in.next())
      if (in.field() == field) found = static_cast<std::int64_t>(in.number());
    return found;
  }
  // sint32
  [[nodiscard]] std::int64_t zigzag(std::uint32_t field) const {
    const auto number = static_cast<std::uint64_t>(this->number(field));
    return static_cast<std::int64_t>(number >> 1U ^ (0 - (number & 1U)));
  }

 private:
  std::string_view bytes_;
};

Sender sender() { return {"shop", "one", "agent-1", kStart, 1300}; }

SpanData span_of(std::uint64_t id, std::uint64_t parent, std::int64_t from, std::int64_t to,
                 std::string name) {
  SpanData span;
  span.trace = {1, 7};
  span.span = {id};
  span.parent = {parent};
  span.name = std::move(name);
  span.start = (kStart + from) * 1'000'000;
  span.end = (kStart + to) * 1'000'000;
  return span;
}

Fragment request(std::vector<SpanData> calls = {}) {
  Fragment fragment;
  fragment.spans.push_back(span_of(1, 0, 0, 100, "GET /carts/{id}"));
  fragment.spans[0].kind = SpanKind::server;
  for (SpanData& each : calls) fragment.spans.push_back(std::move(each));
  return fragment;
}

std::vector<std::string> encoded(const Fragment& fragment, PinpointMetadata& metadata) {
  std::vector<std::string> messages;
  encode_pinpoint(fragment, sender(), metadata, messages);
  return messages;
}

// "span@depth" of each call of each line.
std::vector<std::string> lines_of(const Fragment& fragment) {
  std::vector<std::string> out;
  for (const detail::PinpointLine& line : detail::pinpoint_lines(fragment.spans, 64).lines) {
    std::string text = std::to_string(line.async_id) + "." + std::to_string(line.sequence) + ":";
    for (const auto& call : line.calls)
      text +=
          " " + (call.span == 0 ? "root" : fragment.spans[call.span].name) + "@" + std::to_string(call.depth);
    out.push_back(text);
  }
  return out;
}

TEST(PinpointLines, PutsNestedCallsOntoOneListInTheirOrder) {
  EXPECT_THAT(lines_of(request({span_of(2, 1, 10, 50, "a"), span_of(3, 2, 20, 30, "b"),
                                span_of(4, 2, 30, 40, "c"), span_of(5, 1, 60, 70, "d")})),
              ElementsAre("0.0: root@1 a@2 b@3 c@3 d@2"));
}

TEST(PinpointLines, GivesCallsThatOverlapListsOfTheirOwn) {
  const Fragment fragment =
      request({span_of(2, 1, 10, 50, "a"), span_of(3, 1, 11, 60, "b"), span_of(4, 1, 12, 20, "c"),
               span_of(5, 3, 15, 18, "in b"), span_of(6, 2, 16, 17, "in a")});
  EXPECT_THAT(lines_of(fragment), ElementsAre("0.0: root@1 a@2 in a@3", "1.1: b@1 in b@2", "1.2: c@1"));
  EXPECT_THAT(detail::pinpoint_lines(fragment.spans, 64).async_ids, ElementsAre(1, 0, 0, 0, 0, 0));
}

TEST(PinpointLines, UsesAListAgainWhereNothingRunsAnyMore) {
  EXPECT_THAT(
      lines_of(request({span_of(2, 1, 0, 90, "long"), span_of(3, 1, 1, 20, "a"), span_of(4, 3, 5, 25, "in a"),
                        span_of(5, 1, 20, 30, "b"), span_of(6, 1, 25, 40, "c"), span_of(7, 1, 45, 50, "d")})),
      ElementsAre("0.0: root@1 long@2", "1.1: a@1 in a@2 c@1 d@1", "1.2: b@1"));
}

TEST(PinpointLines, GivesWorkThatOutlivesWhatBeganItAListOfItsOwn) {
  EXPECT_THAT(lines_of(request(
                  {span_of(2, 1, 10, 20, "a"), span_of(3, 1, 20, 90, "b"), span_of(4, 2, 30, 40, "late")})),
              ElementsAre("0.0: root@1 a@2 b@2", "1.1: late@1"));
}

TEST(PinpointLines, TakesACallWhoseParentIsUnknownForTheRequestsOwn) {
  EXPECT_THAT(lines_of(request({span_of(2, 99, 10, 20, "a")})), ElementsAre("0.0: root@1 a@2"));
  EXPECT_THAT(lines_of(request()), ElementsAre("0.0: root@1"));
  // One that begins when the request is over by the clocks.
  EXPECT_THAT(lines_of(request({span_of(2, 1, 100, 120, "a"), span_of(3, 2, 130, 140, "b")})),
              ElementsAre("0.0: root@1 a@2 b@3"));
}

TEST(PinpointEncoder, TellsARequestOfItsOwn) {
  Fragment fragment = request();
  fragment.spans[0].attributes = {{"url.path", "/carts/7"},
                                  {"url.query", "all=1"},
                                  {"server.address", "shop.example"},
                                  {"server.port", std::int64_t{8080}},
                                  {"client.address", "10.0.0.9"},
                                  {"http.response.status_code", std::int64_t{503}},
                                  {"http.request.header.accept", std::vector<std::string>{"a", "b"}},
                                  {"mine", "has no place"}};
  fragment.spans[0].status = SpanStatus::error;
  fragment.spans[0].status_message = "too many";
  PinpointMetadata metadata;
  const std::vector<std::string> messages = encoded(fragment, metadata);
  ASSERT_EQ(messages.size(), 1U);
  const Message span = Message(messages[0]).at({1});
  EXPECT_EQ(span.number(1), 1);
  EXPECT_EQ(span.text({2, 1}), "agent-1");
  EXPECT_EQ(span.at({2}).number(2), kStart);
  EXPECT_EQ(span.at({2}).number(3), 7);
  EXPECT_EQ(span.number(3), 1);
  EXPECT_EQ(span.number(4), -1);
  EXPECT_EQ(span.number(5), kStart);
  EXPECT_EQ(span.number(6), 100);
  EXPECT_EQ(span.number(7), metadata.id_of(PinpointMetadata::Kind::api, "GET /carts/{id}"));
  EXPECT_EQ(span.number(8), 1300);
  EXPECT_EQ(span.text({9, 1}), "/carts/7");
  EXPECT_EQ(span.text({9, 2}), "shop.example:8080");
  EXPECT_EQ(span.text({9, 3}), "10.0.0.9");
  EXPECT_FALSE(span.at({9}).has(4));
  ASSERT_EQ(span.all(13).size(), 1U) << "the request is its own first call";
  EXPECT_EQ(span.at({13}).number(2), 1);
  EXPECT_EQ(span.at({13}).number(4), 100);
  EXPECT_EQ(span.at({13}).zigzag(5), 1301);
  EXPECT_EQ(span.at({13}).zigzag(10), span.number(7));
  EXPECT_FALSE(span.at({13}).has(6));
  EXPECT_FALSE(span.at({13}).has(11));
  EXPECT_EQ(span.zigzag(12), 1);
  EXPECT_EQ(span.text({14, 2, 1}), "too many");
  EXPECT_EQ(span.at({14}).number(1), metadata.id_of(PinpointMetadata::Kind::text, "error"));
  EXPECT_EQ(span.number(15), 1300);
  const std::vector<Message> annotations = span.all(10);
  ASSERT_EQ(annotations.size(), 3U);
  EXPECT_EQ(annotations[0].number(1), 41);
  EXPECT_EQ(annotations[0].text({2, 1}), "all=1");
  EXPECT_EQ(annotations[1].number(1), 46);
  EXPECT_EQ(annotations[1].at({2}).number(3), 503);
  EXPECT_EQ(annotations[2].number(1), 47);
  EXPECT_EQ(annotations[2].text({2, 10, 1, 1}), "accept");
  EXPECT_EQ(annotations[2].text({2, 10, 2, 1}), "a,b");
}

TEST(PinpointEncoder, ContinuesTheTransactionOfItsCaller) {
  Fragment fragment = request();
  fragment.spans[0].parent = {static_cast<std::uint64_t>(-5)};
  fragment.spans[0].attributes = {{std::string(kPinpointAttribute), "front^1699999999999^12"},
                                  {std::string(kPinpointCallerAttribute), "front 1400 shop:80"}};
  PinpointMetadata metadata;
  const std::vector<std::string> messages = encoded(fragment, metadata);
  const Message span = Message(messages[0]).at({1});
  EXPECT_EQ(span.text({2, 1}), "front");
  EXPECT_EQ(span.at({2}).number(2), 1699999999999);
  EXPECT_EQ(span.at({2}).number(3), 12);
  EXPECT_EQ(span.number(4), -5);
  EXPECT_EQ(span.text({9, 4, 1}), "front");
  EXPECT_EQ(span.at({9, 4}).number(2), 1400);
  EXPECT_EQ(span.text({9, 4, 3}), "shop:80");
}

TEST(PinpointEncoder, TellsCallsAsEventsEachFromTheStartOfTheOneBefore) {
  SpanData call = span_of(2, 1, 10, 60, "GET");
  call.kind = SpanKind::client;
  call.attributes = {{"http.request.method", "GET"},
                     {"server.address", "prices"},
                     {"server.port", std::int64_t{81}},
                     {"url.full", "http://prices:81/7"}};
  SpanData query = span_of(3, 2, 25, 30, "SELECT carts");
  query.kind = SpanKind::client;
  query.attributes = {{"db.system.name", "mysql"},
                      {"db.namespace", "shop"},
                      {"db.query.text", "select * from carts where id = 7 and name = 'a,b'"}};
  query.events.push_back({0, "exception", {{"exception.type", "Gone"}, {"exception.message", "away"}}});
  PinpointMetadata metadata;
  const std::vector<std::string> messages = encoded(request({call, query}), metadata);
  ASSERT_EQ(messages.size(), 1U);
  const std::vector<Message> events = Message(messages[0]).at({1}).all(13);
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[1].number(1), 1);
  EXPECT_EQ(events[1].number(2), 2);
  EXPECT_EQ(events[1].number(3), 10);
  EXPECT_EQ(events[1].number(4), 50);
  EXPECT_EQ(events[1].zigzag(5), 9401);
  EXPECT_EQ(events[1].zigzag(10), metadata.id_of(PinpointMetadata::Kind::api, "GET"));
  EXPECT_EQ(events[1].at({12, 1}).number(1), 2);
  EXPECT_EQ(events[1].text({12, 1, 2}), "prices:81");
  EXPECT_EQ(events[1].text({12, 1, 3}), "prices:81");
  EXPECT_EQ(events[1].at({6}).number(1), 40);
  EXPECT_EQ(events[2].number(1), 2);
  EXPECT_EQ(events[2].number(2), 3);
  EXPECT_EQ(events[2].number(3), 15);
  EXPECT_EQ(events[2].zigzag(5), 2101);
  EXPECT_FALSE(events[2].at({12, 1}).has(1)) << "a database has no spans";
  EXPECT_EQ(events[2].text({12, 1, 3}), "shop");
  EXPECT_EQ(events[2].at({11}).number(1), metadata.id_of(PinpointMetadata::Kind::text, "Gone"));
  EXPECT_EQ(events[2].text({11, 2, 1}), "away");
  const Message sql = events[2].at({6, 2, 11});
  EXPECT_EQ(sql.number(1),
            metadata.id_of(PinpointMetadata::Kind::sql, "select * from carts where id = 0# and name = '1$'"));
  EXPECT_EQ(sql.text({2, 1}), "7,a,,b");
}

TEST(PinpointEncoder, SendsLongListsInPiecesAndTheSpanLast) {
  std::vector<SpanData> calls;
  for (std::uint64_t i = 0; i < 45; ++i) {
    const auto at = static_cast<std::int64_t>(i);
    calls.push_back(span_of(i + 2, 1, at, at + 1, "step"));
  }
  PinpointMetadata metadata;
  const std::vector<std::string> messages = encoded(request(std::move(calls)), metadata);
  ASSERT_EQ(messages.size(), 3U);
  const Message second = Message(messages[1]).at({2});
  EXPECT_EQ(second.number(3), 1);
  EXPECT_EQ(second.number(7), kStart + 19);
  EXPECT_FALSE(second.has(8));
  ASSERT_EQ(second.all(5).size(), 20U);
  EXPECT_EQ(second.all(5)[0].number(1), 20);
  EXPECT_EQ(second.all(5)[0].number(3), 0);
  EXPECT_EQ(second.all(5)[1].number(3), 1);
  const std::vector<Message> rest = Message(messages[2]).at({1}).all(13);
  ASSERT_EQ(rest.size(), 6U);
  EXPECT_EQ(rest[0].number(1), 40);
  EXPECT_EQ(rest[0].number(3), 39) << "from the start of the span";
}

TEST(PinpointEncoder, TellsWorkThatOverlapsInAChunkOfItsOwn) {
  PinpointMetadata metadata;
  const std::vector<std::string> messages =
      encoded(request({span_of(2, 1, 10, 50, "a"), span_of(3, 2, 12, 30, "b"), span_of(4, 2, 20, 40, "c")}),
              metadata);
  ASSERT_EQ(messages.size(), 2U);
  const Message chunk = Message(messages[0]).at({2});
  EXPECT_EQ(chunk.number(7), kStart + 20);
  EXPECT_EQ(chunk.at({8}).number(1), 1);
  EXPECT_EQ(chunk.at({8}).number(2), 1);
  const std::vector<Message> events = chunk.all(5);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].zigzag(5), 100);
  EXPECT_EQ(events[0].number(2), 1);
  EXPECT_EQ(events[1].number(1), 1);
  EXPECT_EQ(events[1].number(2), 2);
  EXPECT_EQ(events[1].zigzag(10), metadata.id_of(PinpointMetadata::Kind::api, "c"));
  const std::vector<Message> own = Message(messages[1]).at({1}).all(13);
  ASSERT_EQ(own.size(), 3U);
  EXPECT_EQ(own[0].number(13), 0);
  EXPECT_EQ(own[1].number(13), 1) << "the call that the work began in names it";
}

TEST(PinpointEncoder, MakesACallOutsideOfARequestASpanWithThatCall) {
  Fragment fragment;
  fragment.spans.push_back(span_of(9, 0, 0, 5, "GET"));
  fragment.spans[0].kind = SpanKind::client;
  fragment.spans[0].attributes = {{"http.request.method", "GET"}, {"server.address", "prices"}};
  PinpointMetadata metadata;
  const std::vector<std::string> messages = encoded(fragment, metadata);
  const Message span = Message(messages.at(0)).at({1});
  ASSERT_EQ(span.all(13).size(), 1U);
  EXPECT_EQ(static_cast<std::uint64_t>(span.at({13, 12, 1}).number(1)), pinpoint_callee({9}).value);
  EXPECT_EQ(span.text({9, 1}), "GET");
  EXPECT_EQ(encoded(Fragment(), metadata), std::vector<std::string>());
}

TEST(PinpointEncoder, TellsWhoSpeaks) {
  const Resource resource{{{"service.name", "shop"}, {"host.name", "h1"}, {"process.pid", std::int64_t{7}}}};
  const std::string bytes = encode_pinpoint_agent(sender(), resource, "10.0.0.1");
  const Message info(bytes);
  EXPECT_EQ(info.text({1}), "h1");
  EXPECT_EQ(info.text({2}), "10.0.0.1");
  EXPECT_EQ(info.number(4), 1300);
  EXPECT_EQ(info.number(5), 7);
  EXPECT_EQ(info.text({10, 3, 1}), "shop");
  EXPECT_EQ(info.number(12), 0);
}

TEST(PinpointMetadata, TellsEachTextOnceUntilItIsToTellAll) {
  using Kind = PinpointMetadata::Kind;
  PinpointMetadata metadata;
  const std::int32_t a = metadata.id_of(Kind::api, "a");
  EXPECT_EQ(metadata.id_of(Kind::api, "a"), a);
  EXPECT_NE(metadata.id_of(Kind::text, "a"), a);
  std::vector<std::string> told;
  const auto tell = [&] {
    while (PinpointMetadata::Entry* entry = metadata.untold()) {
      told.push_back(entry->text);
      entry->told = true;
    }
  };
  tell();
  tell();
  EXPECT_THAT(told, ElementsAre("a", "a"));
  (void)metadata.id_of(Kind::api, "b");
  tell();
  EXPECT_THAT(told, ElementsAre("a", "a", "b"));
  metadata.tell_again();
  tell();
  EXPECT_EQ(told.size(), 6U);
  metadata.shorten(3);
  EXPECT_EQ(metadata.size(), 3U);
  metadata.shorten(2);
  EXPECT_EQ(metadata.size(), 0U);
  EXPECT_EQ(metadata.untold(), nullptr);
  EXPECT_GT(metadata.id_of(Kind::api, "a"), 3) << "old numbers keep what they meant";
}

TEST(PinpointMetadata, IsEncodedAsItsKind) {
  const std::string bytes =
      encode_pinpoint_metadata({PinpointMetadata::Kind::api, 3, PinpointMetadata::kWebRequest, "GET", false});
  const Message api(bytes);
  EXPECT_EQ(api.number(1), 3);
  EXPECT_EQ(api.text({2}), "GET");
  EXPECT_EQ(api.number(4), 100);
}

TEST(PinpointSql, TakesLiteralsOut) {
  const auto check = [](std::string_view statement, std::string_view expected, std::string_view values) {
    std::string found;
    EXPECT_EQ(pinpoint_sql(statement, found), expected);
    EXPECT_EQ(found, values) << statement;
  };
  check("", "", "");
  check("select a1, t2.b3 from t4 where c = ?", "select a1, t2.b3 from t4 where c = ?", "");
  check("a=1 and b=-2.5e3", "a=0# and b=-1#", "1,2.5e3");
  check("a in ('x','y''z')", "a in ('0$','1$')", "x,y''z");
  check("a='' and b='1,2'", "a='' and b='0$'", "1,,2");
  check("a='''q'", "a='0$'", "''q");
  check("a='open", "a='0$'", "open");
  check("\"col 1\" = `col 2` -- 3\n+ /* 4 */ 5", "\"col 1\" = `col 2` -- 3\n+ /* 4 */ 0#", "5");
  check("a = $1 and b = :2 /* open 3", "a = $1 and b = :2 /* open 3", "");
  check("limit 10, 20", "limit 0#, 1#", "10,20");
}

}  // namespace
}  // namespace ngo::trace
