#include <variant>

#include "ngo/base/error.hpp"
#include "ngo/base/rules.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/codec/protobuf_reader.hpp"
#include "ngo/trace/otlp_encoder.hpp"

namespace ngo::trace {
namespace {

constexpr std::size_t kLongestMessage = 500;  // for the log
constexpr json::ReadOptions kOptions{.ignore_unknown = true};

struct PartialSuccess {
  std::variant<std::int64_t, std::string> rejected_spans;  // 64-bit numbers come as text, or not
  std::string error_message;
  static constexpr auto rules = ngo::rules(ngo::camel_case());
};
struct Answer {
  PartialSuccess partial_success;
  static constexpr auto rules = ngo::rules(ngo::camel_case());
};
struct Refusal {
  std::string message;
};

std::string shortened(std::string_view text) { return std::string(text.substr(0, kLongestMessage)); }

std::uint64_t number_of(const std::variant<std::int64_t, std::string>& given) noexcept {
  if (const auto* number = std::get_if<std::int64_t>(&given))
    return *number > 0 ? static_cast<std::uint64_t>(*number) : 0;
  std::uint64_t value = 0;
  for (const char c : std::get<std::string>(given)) {
    if (c < '0' || c > '9') return 0;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

std::optional<OtlpAnswer> read_json(std::string_view body) {
  if (body.empty()) return OtlpAnswer();
  try {
    const Answer answer = json::parse<Answer>(body, kOptions);
    return OtlpAnswer{number_of(answer.partial_success.rejected_spans),
                      shortened(answer.partial_success.error_message)};
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::optional<OtlpAnswer> read_otlp_answer(std::string_view body, OtlpFormat format) {
  if (format == OtlpFormat::json) return read_json(body);
  OtlpAnswer answer;
  ProtobufReader in(body);
  while (in.next()) {
    if (in.field() != 1 || in.wire() != ProtobufReader::Wire::bytes) continue;
    ProtobufReader partial(in.bytes());
    while (partial.next()) {
      if (partial.field() == 1) answer.rejected = partial.number();
      if (partial.field() == 2) answer.message = shortened(partial.bytes());
    }
    if (partial.failed()) return std::nullopt;
  }
  if (in.failed()) return std::nullopt;
  return answer;
}

std::string read_otlp_refusal(std::string_view body, OtlpFormat format) {
  if (format == OtlpFormat::json) {
    try {
      return shortened(json::parse<Refusal>(body, kOptions).message);
    } catch (const Error&) {
      return {};
    }
  }
  std::string message;
  ProtobufReader in(body);
  while (in.next())
    if (in.field() == 2) message = shortened(in.bytes());
  return in.failed() ? std::string() : message;
}

}  // namespace ngo::trace
