#include <cstdlib>

#include "ngo/base/error.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/codec/json_value.hpp"
#include "ngo/metrics/otlp.hpp"

namespace ngo::metrics {
namespace {

// The fields of a protocol buffer's message that are numbers or bytes, as far as they can be read.
class Fields {
 public:
  explicit Fields(std::string_view message) noexcept : rest_(message) {}

  bool next() noexcept {
    if (rest_.empty()) return false;
    const std::uint64_t tag = varint();
    field = tag >> 3U;
    bytes = {};
    number = varint();
    if ((tag & 7U) == 0) return !bad_;
    if ((tag & 7U) != 2 || bad_ || number > rest_.size()) return false;
    bytes = rest_.substr(0, number);
    rest_.remove_prefix(number);
    return true;
  }

  std::uint64_t field = 0;
  std::uint64_t number = 0;  // or the length of `bytes`
  std::string_view bytes;

 private:
  std::uint64_t varint() noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
    }
    bad_ = true;
    return 0;
  }

  std::string_view rest_;
  bool bad_ = false;
};

OtlpAnswer read_protobuf(std::string_view body) {
  OtlpAnswer answer;
  for (Fields outer(body); outer.next();) {
    if (outer.field != 1) continue;
    for (Fields inner(outer.bytes); inner.next();) {
      if (inner.field == 1) answer.rejected = static_cast<std::int64_t>(inner.number);
      if (inner.field == 2) answer.message = inner.bytes;
    }
  }
  return answer;
}

OtlpAnswer read_json(std::string_view body) {
  OtlpAnswer answer;
  const JsonValue* partial = nullptr;
  const auto value = json::parse<JsonValue>(body);
  if (value.is_object()) partial = value.find("partialSuccess");
  if (partial == nullptr || !partial->is_object()) return answer;
  if (const JsonValue* number = partial->find("rejectedDataPoints")) {
    answer.rejected =
        number->is_string() ? std::strtoll(number->as_string().c_str(), nullptr, 10) : number->as_int64();
  }
  if (const JsonValue* message = partial->find("errorMessage")) answer.message = message->as_string();
  return answer;
}

}  // namespace

OtlpAnswer read_otlp_answer(std::string_view body, OtlpEncoding encoding) {
  if (encoding == OtlpEncoding::protobuf) return read_protobuf(body);
  try {
    return read_json(body);
  } catch (const std::exception&) {
    return {};
  }
}

}  // namespace ngo::metrics
