#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "ngo/trace/jaeger_encoder.hpp"
#include "ngo/trace/otlp_encoder.hpp"
#include "ngo/trace/zipkin_encoder.hpp"

namespace ngo::trace {
namespace {

using namespace std::string_literals;

Resource resource() { return {{{"service.name", "News"}}}; }

// A server's span that continues a caller's, and one within it.
std::vector<FragmentPtr> batch() {
  auto fragment = std::make_shared<Fragment>();
  SpanData server;
  server.trace = {0x0102030405060708, 0x090a0b0c0d0e0f10};
  server.span = {0x11};
  server.parent = {0x22};
  server.parent_is_remote = true;
  server.flags = SpanData::kSampled;
  server.kind = SpanKind::server;
  server.name = "GET /a";
  server.start = 1'700'000'000'000'000'000;
  server.end = server.start + 2'000'000;
  server.attributes = {{"n", std::int64_t{-1}}};
  SpanData inner;
  inner.trace = server.trace;
  inner.span = {0x33};
  inner.parent = server.span;
  inner.name = "i";
  inner.start = server.start;
  inner.end = server.start + 100;
  inner.status = SpanStatus::error;
  fragment->spans = {server, inner};
  return {fragment};
}

TEST(OtlpEncoder, WritesIdsInHexAndLargeNumbersAsText) {
  EXPECT_EQ(
      encode_otlp(batch(), resource(), OtlpFormat::json),
      R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"News"}}]},)"
      R"("scopeSpans":[{"scope":{"name":"ngo","version":"0.1.0"},"spans":[)"
      R"({"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0000000000000011",)"
      R"("parentSpanId":"0000000000000022","name":"GET /a","kind":2,)"
      R"("startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000000002000000",)"
      R"("attributes":[{"key":"n","value":{"intValue":"-1"}}],"flags":769},)"
      R"({"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0000000000000033",)"
      R"("parentSpanId":"0000000000000011","name":"i","kind":1,"startTimeUnixNano":"1700000000000000000",)"
      R"("endTimeUnixNano":"1700000000000000100","status":{"code":2},"flags":256}]}]}]})");
}

TEST(OtlpEncoder, WritesIdsAsBytesInProtobuf) {
  const std::string bytes = encode_otlp(batch(), resource(), OtlpFormat::protobuf);
  EXPECT_NE(
      bytes.find(
          "\x0a\x10\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x12\x08\0\0\0\0\0\0\0\x11\x22\x08"s),
      std::string::npos);
}

TEST(OtlpAnswer, IsReadInBothForms) {
  const auto as_text =
      read_otlp_answer(R"({"partialSuccess":{"rejectedSpans":"3","errorMessage":"no"}})", OtlpFormat::json);
  ASSERT_TRUE(as_text);
  EXPECT_EQ(as_text->rejected, 3U);
  EXPECT_EQ(as_text->message, "no");
  const auto as_bytes = read_otlp_answer("\x0a\x06\x08\x03\x12\x02no"s, OtlpFormat::protobuf);
  ASSERT_TRUE(as_bytes);
  EXPECT_EQ(as_bytes->rejected, 3U);
  EXPECT_EQ(as_bytes->message, "no");
  EXPECT_EQ(read_otlp_answer("", OtlpFormat::protobuf)->rejected, 0U);
  EXPECT_FALSE(read_otlp_answer("<html>", OtlpFormat::json));
  EXPECT_FALSE(read_otlp_answer("\x0a\x7f", OtlpFormat::protobuf));
  EXPECT_EQ(read_otlp_refusal("\x08\x03\x12\x02no", OtlpFormat::protobuf), "no");
}

TEST(ZipkinEncoder, WritesMicrosecondsAndNoSpanWithoutLength) {
  EXPECT_EQ(
      encode_zipkin(batch(), resource()),
      R"([{"traceId":"0102030405060708090a0b0c0d0e0f10","id":"0000000000000011","parentId":"0000000000000022",)"
      R"("name":"get /a","kind":"SERVER","timestamp":1700000000000000,"duration":2000,)"
      R"("localEndpoint":{"serviceName":"news"},"tags":{"n":"-1"}},)"
      R"({"traceId":"0102030405060708090a0b0c0d0e0f10","id":"0000000000000033","parentId":"0000000000000011",)"
      R"("name":"i","timestamp":1700000000000000,"duration":1,"localEndpoint":{"serviceName":"news"},)"
      R"("tags":{"otel.status_code":"ERROR","error":"true"}}])");
}

TEST(ZipkinEncoder, TakesTheCallersIdForASharedSpan) {
  const std::string text = encode_zipkin(batch(), resource(), true);
  EXPECT_NE(text.find(R"("id":"0000000000000022","name":"get /a")"), std::string::npos);
  EXPECT_NE(text.find(R"("shared":true)"), std::string::npos);
  EXPECT_NE(text.find(R"("id":"0000000000000033","parentId":"0000000000000022")"), std::string::npos);
}

TEST(ZipkinEncoder, NamesThePeerOfACallByTheOriginalsTagsToo) {
  auto fragment = std::make_shared<Fragment>(*batch().front());
  fragment->spans.front().kind = SpanKind::client;
  fragment->spans.front().attributes = {{"http.client.request.host", std::string("shop:8080")}};
  const std::vector<FragmentPtr> calls = {fragment};
  EXPECT_NE(encode_zipkin(calls, resource()).find(R"("remoteEndpoint":{"serviceName":"shop:8080"})"),
            std::string::npos);
}

// docs of the fields: jaeger-idl, jaeger.thrift.
TEST(JaegerEncoder, WritesABatchByTheBinaryProtocol) {
  std::vector<FragmentPtr> one;
  auto fragment = std::make_shared<Fragment>(*batch().front());
  fragment->spans.pop_back();
  fragment->spans.front().attributes.clear();
  one.push_back(fragment);
  EXPECT_EQ(encode_jaeger_binary(one, jaeger_form(resource())),
            "\x0c\0\x01"
            "\x0b\0\x01\0\0\0\x04News"
            "\0"
            "\x0f\0\x02\x0c\0\0\0\x01"
            "\x0a\0\x01\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"
            "\x0a\0\x02\x01\x02\x03\x04\x05\x06\x07\x08"
            "\x0a\0\x03\0\0\0\0\0\0\0\x11"
            "\x0a\0\x04\0\0\0\0\0\0\0\x22"
            "\x0b\0\x05\0\0\0\x06GET /a"
            "\x08\0\x07\0\0\0\x01"
            "\x0a\0\x08\0\x06\x0a\x24\x18\x1e\x40\0"
            "\x0a\0\x09\0\0\0\0\0\0\x07\xd0"
            "\x0f\0\x0a\x0c\0\0\0\x01"
            "\x0b\0\x01\0\0\0\x09span.kind"
            "\x08\0\x02\0\0\0\0"
            "\x0b\0\x03\0\0\0\x06server"
            "\0\0\0"s);
}

TEST(JaegerEncoder, KeepsEveryPacketWithinItsLimit) {
  std::vector<FragmentPtr> many;
  for (int i = 0; i < 100; ++i) many.push_back(batch().front());
  auto large = std::make_shared<Fragment>(*batch().front());
  large->spans.front().name = std::string(2000, 'x');
  many.push_back(large);
  const JaegerPackets packets = encode_jaeger_packets(many, jaeger_form(resource()), 1000);
  std::size_t spans = 0;
  for (std::size_t i = 0; i < packets.packets.size(); ++i) {
    EXPECT_LE(packets.packets[i].size(), 1000U);
    if (i + 1 < packets.packets.size()) {
      EXPECT_GT(packets.packets[i].size(), 800U);
    }
    spans += packets.spans[i];
  }
  EXPECT_EQ(spans, 201U);
  EXPECT_EQ(packets.too_large, 1U);
}

}  // namespace
}  // namespace ngo::trace
