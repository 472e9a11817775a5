#include "ngo/metrics/otlp.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <vector>

#include "ngo/codec/json.hpp"
#include "ngo/codec/json_value.hpp"
#include "ngo/metrics/registry.hpp"

namespace ngo::metrics {
namespace {

using testing::ElementsAre;

// A message of protocol buffers, taken apart: what each field holds, in order.
class Message {
 public:
  explicit Message(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::uint64_t tag = varint(bytes);
      Field field{static_cast<unsigned>(tag >> 3U), 0, {}};
      switch (tag & 7U) {
        case 0: field.number = varint(bytes); break;
        case 1:
          std::memcpy(&field.number, bytes.data(), 8);
          bytes.remove_prefix(8);
          break;
        case 2: {
          const std::uint64_t size = varint(bytes);
          field.bytes = std::string(bytes.substr(0, size));
          bytes.remove_prefix(size);
          break;
        }
        default: ADD_FAILURE() << "wire type " << (tag & 7U); return;
      }
      fields_.push_back(field);
    }
  }
  [[nodiscard]] Message message(unsigned number, std::size_t which = 0) const {
    return Message(text(number, which));
  }
  [[nodiscard]] std::string text(unsigned number, std::size_t which = 0) const {
    return get(number, which).bytes;
  }
  [[nodiscard]] std::uint64_t number(unsigned number) const { return get(number, 0).number; }
  [[nodiscard]] double real(unsigned field) const { return std::bit_cast<double>(number(field)); }
  [[nodiscard]] std::vector<std::uint64_t> packed(unsigned field) const {
    const std::string bytes = text(field);
    std::vector<std::uint64_t> out(bytes.size() / 8);
    std::memcpy(out.data(), bytes.data(), out.size() * 8);
    return out;
  }
  [[nodiscard]] bool has(unsigned field) const {
    return std::any_of(fields_.begin(), fields_.end(), [&](const Field& f) { return f.name == field; });
  }

 private:
  struct Field {
    unsigned name;
    std::uint64_t number;
    std::string bytes;
  };
  static std::uint64_t varint(std::string_view& bytes) {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes.front());
      bytes.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
    }
  }
  [[nodiscard]] Field get(unsigned name, std::size_t which) const {
    for (const Field& field : fields_) {
      if (field.name == name && which-- == 0) return field;
    }
    ADD_FAILURE() << "no field " << name;
    return {};
  }
  std::vector<Field> fields_;
};

Snapshot example() {
  Registry registry;
  registry.counter("orders", "{order}", "taken").with({{"shop", "a"}, {"floor", 3}, {"open", true}}).add(300);
  registry.up_down_counter("busy", "{thing}", "").with({}).add(-2);
  registry.gauge("warm", "Cel", "").with({}).set(-1.5);
  const std::array bounds{1.0, 2.0};
  registry.histogram("took", "s", "", bounds).with({}).record(1.5, {{1, 2}, {3}});
  registry.exponential_histogram("wide", "s", "", {0, 0.5, 16}).with({}).record(3);
  Snapshot snapshot = registry.snapshot();
  snapshot.start = 1000;
  snapshot.time = 2000;
  return snapshot;
}

const Labels kResource{{"service.name", "shop"}};

TEST(OtlpProtobuf, SaysWhoSpeaksAndByWhichScope) {
  const Message metrics = Message(encode_otlp(example(), kResource)).message(1);
  const Message attribute = metrics.message(1).message(1);
  EXPECT_EQ(attribute.text(1), "service.name");
  EXPECT_EQ(attribute.message(2).text(1), "shop");
  EXPECT_EQ(metrics.text(3), "https://opentelemetry.io/schemas/1.44.0");
  EXPECT_EQ(metrics.message(2).message(1).text(1), "ngo");
}

TEST(OtlpProtobuf, WritesEachKindOfMetric) {
  const Message scope = Message(encode_otlp(example(), kResource)).message(1).message(2);
  // By name: busy, orders, took, warm, wide.
  const Message busy = scope.message(2, 0).message(7);
  EXPECT_EQ(static_cast<std::int64_t>(busy.message(1).number(6)), -2);
  EXPECT_EQ(busy.number(2), 2U);
  EXPECT_FALSE(busy.has(3));

  const Message orders = scope.message(2, 1);
  EXPECT_EQ(orders.text(1), "orders");
  EXPECT_EQ(orders.text(2), "taken");
  EXPECT_EQ(orders.text(3), "{order}");
  EXPECT_EQ(orders.message(7).number(3), 1U);
  const Message point = orders.message(7).message(1);
  EXPECT_EQ(point.number(2), 1000U);
  EXPECT_EQ(point.number(3), 2000U);
  EXPECT_EQ(point.number(6), 300U);
  EXPECT_EQ(point.message(7, 0).text(1), "floor");
  EXPECT_EQ(point.message(7, 0).message(2).number(3), 3U);
  EXPECT_EQ(point.message(7, 1).message(2).number(2), 1U);

  const Message took = scope.message(2, 2).message(9).message(1);
  EXPECT_EQ(took.number(4), 1U);
  EXPECT_EQ(took.real(5), 1.5);
  EXPECT_THAT(took.packed(6), ElementsAre(0, 1, 0));
  EXPECT_EQ(took.packed(7).size(), 2U);
  const Message exemplar = took.message(8);
  EXPECT_EQ(exemplar.real(3), 1.5);
  EXPECT_EQ(exemplar.text(4), std::string("\0\0\0\0\0\0\0\3", 8));
  EXPECT_EQ(exemplar.text(5), std::string("\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2", 16));

  EXPECT_EQ(scope.message(2, 3).message(5).message(1).real(4), -1.5);

  const Message wide = scope.message(2, 4).message(10).message(1);
  EXPECT_EQ(wide.number(4), 1U);
  EXPECT_EQ(wide.number(6), 0U);
  const Message positive = wide.message(8);
  EXPECT_EQ(positive.number(1), 2U);  // 1 as a zigzag: (2, 4]
  EXPECT_EQ(positive.text(2), std::string("\1"));
}

TEST(OtlpProtobuf, MarksDifferences) {
  const Message scope = Message(encode_otlp(example(), kResource, OtlpEncoding::protobuf, Temporality::delta))
                            .message(1)
                            .message(2);
  EXPECT_EQ(scope.message(2, 0).message(7).number(2), 2U);  // goes both ways: as it stands
  EXPECT_EQ(scope.message(2, 1).message(7).number(2), 1U);
  EXPECT_EQ(scope.message(2, 2).message(9).number(2), 1U);
}

TEST(OtlpJson, WritesIdsInHexAndLongNumbersAsText) {
  const auto root = json::parse<JsonValue>(encode_otlp(example(), kResource, OtlpEncoding::json));
  const auto at = [&](const char* pointer) {
    const JsonValue* value = root.find_pointer(pointer);
    EXPECT_NE(value, nullptr) << pointer;
    return value == nullptr ? JsonValue() : *value;
  };
  EXPECT_EQ(at("/resourceMetrics/0/resource/attributes/0/value/stringValue"), JsonValue("shop"));
  const std::string metrics = "/resourceMetrics/0/scopeMetrics/0/metrics/";
  EXPECT_EQ(at((metrics + "1/sum/dataPoints/0/asInt").c_str()), JsonValue("300"));
  EXPECT_EQ(at((metrics + "1/sum/isMonotonic").c_str()), JsonValue(true));
  EXPECT_EQ(at((metrics + "1/sum/aggregationTemporality").c_str()), JsonValue(2));
  EXPECT_EQ(at((metrics + "1/sum/dataPoints/0/timeUnixNano").c_str()), JsonValue("2000"));
  EXPECT_EQ(at((metrics + "2/histogram/dataPoints/0/bucketCounts/1").c_str()), JsonValue("1"));
  EXPECT_EQ(at((metrics + "2/histogram/dataPoints/0/exemplars/0/traceId").c_str()),
            JsonValue("00000000000000010000000000000002"));
  EXPECT_EQ(at((metrics + "3/gauge/dataPoints/0/asDouble").c_str()), JsonValue(-1.5));
  EXPECT_EQ(at((metrics + "4/exponentialHistogram/dataPoints/0/positive/offset").c_str()), JsonValue(1));
}

TEST(Otlp, HasNothingToSayWithoutPoints) {
  EXPECT_EQ(encode_otlp(Snapshot(), kResource), "");
  EXPECT_EQ(encode_otlp(Snapshot(), kResource, OtlpEncoding::json), "");
}

TEST(OtlpAnswer, TellsWhatWasRefused) {
  const std::string refused = "\x0a\x07\x08\x05\x12\x03why";
  const OtlpAnswer answer = read_otlp_answer(refused, OtlpEncoding::protobuf);
  EXPECT_EQ(answer.rejected, 5);
  EXPECT_EQ(answer.message, "why");
  const OtlpAnswer text = read_otlp_answer(
      R"({"partialSuccess":{"rejectedDataPoints":"7","errorMessage":"no"}})", OtlpEncoding::json);
  EXPECT_EQ(text.rejected, 7);
  EXPECT_EQ(text.message, "no");
}

TEST(OtlpAnswer, TakesGarbageForNothing) {
  const std::string good = "\x0a\x07\x08\x05\x12\x03why";
  for (const std::string& body : {std::string(), std::string("\xff\xff\xff"), std::string("\x0a\xff\x01x"),
                                  std::string("\x0a"), std::string(64, '\x80'), good.substr(0, 4)}) {
    EXPECT_EQ(read_otlp_answer(body, OtlpEncoding::protobuf).rejected, 0);
  }
  for (const char* body :
       {"", "[]", "{\"partialSuccess\":3}", "{\"partialSuccess\":{\"errorMessage\":3}}", "<html>"}) {
    EXPECT_EQ(read_otlp_answer(body, OtlpEncoding::json).message, "");
  }
}

}  // namespace
}  // namespace ngo::metrics
