// sw8 of SkyWalking, version 3 of its protocol.
#include <array>
#include <optional>
#include <string>

#include "ngo/base/text.hpp"
#include "ngo/trace/propagators/formats_impl.hpp"

namespace ngo::trace {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t kCorrelations = 3;
constexpr std::size_t kCorrelationBytes = 128;
constexpr std::size_t kLongestField = 8192;

void encode64(std::string_view bytes, std::string& out) {
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    std::uint32_t group = static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) << 16U;
    if (left > 1) group |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i + 1])) << 8U;
    if (left > 2) group |= static_cast<unsigned char>(bytes[i + 2]);
    out.push_back(kAlphabet[group >> 18U]);
    out.push_back(kAlphabet[group >> 12U & 63U]);
    out.push_back(left > 1 ? kAlphabet[group >> 6U & 63U] : '=');
    out.push_back(left > 2 ? kAlphabet[group & 63U] : '=');
  }
}

std::optional<std::string> decode64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string out;
  std::uint32_t group = 0;
  std::size_t padding = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::size_t digit = 0;
    if (text[i] == '=') {
      if (i + 2 < text.size() || ++padding > 2) return std::nullopt;
    } else {
      digit = kAlphabet.find(text[i]);
      if (padding > 0 || digit == std::string_view::npos) return std::nullopt;
    }
    group = group << 6U | static_cast<std::uint32_t>(digit);
    if (i % 4 != 3) continue;
    out.push_back(static_cast<char>(group >> 16U));
    if (padding < 2) out.push_back(static_cast<char>(group >> 8U));
    if (padding < 1) out.push_back(static_cast<char>(group));
    group = 0;
  }
  return out;
}

}  // namespace

bool parse_sw8(std::string_view text, Sw8& out) {
  if (text.size() > kLongestField) return false;
  std::array<std::string_view, 8> parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t dash = text.find('-');
    parts[i] = text.substr(0, dash);
    if (dash == std::string_view::npos) {
      if (i + 1 < parts.size()) return false;
      break;
    }
    text.remove_prefix(dash + 1);
  }
  std::int64_t sampled = 0;
  std::int64_t span = 0;
  if (!detail::read_integer(parts[0], sampled) || (sampled != 0 && sampled != 1)) return false;
  if (!detail::read_integer(parts[3], span) || span < 0 || span > 0x7fffffff) return false;
  out.sampled = sampled == 1;
  out.span = static_cast<std::int32_t>(span);
  const std::array<std::pair<std::string_view, std::string*>, 6> texts{{{parts[1], &out.trace},
                                                                        {parts[2], &out.segment},
                                                                        {parts[4], &out.service},
                                                                        {parts[5], &out.instance},
                                                                        {parts[6], &out.endpoint},
                                                                        {parts[7], &out.target}}};
  for (const auto& [encoded, into] : texts) {
    std::optional<std::string> decoded = decode64(encoded);
    if (!decoded) return false;
    *into = std::move(*decoded);
  }
  return !out.trace.empty() && !out.segment.empty();
}

std::string write_sw8(const Sw8& value) {
  std::string out = value.sampled ? "1-" : "0-";
  encode64(value.trace, out);
  out.push_back('-');
  encode64(value.segment, out);
  out.append(1, '-').append(std::to_string(value.span));
  for (const std::string* const each : {&value.service, &value.instance, &value.endpoint, &value.target}) {
    out.push_back('-');
    encode64(*each, out);
  }
  return out;
}

std::string sw8_segment(const TraceId& trace, SpanId root) {
  return trace.to_string() + "." + root.to_string();
}

namespace detail {

bool extract_skywalking(const Carrier& carrier, Remote& remote, Origin& origin) {
  const std::string_view field = carrier.get("sw8");
  Sw8 value;
  if (field.empty() || !parse_sw8(field, value)) return false;
  remote.identity.trace = trace_of_text(value.trace);
  remote.identity.span = {hash_text(value.segment + "#" + std::to_string(value.span)) | 1U};
  remote.decision = value.sampled ? Remote::Decision::keep : Remote::Decision::drop;
  if (value.sampled) remote.identity.flags |= TraceIdentity::kSampled;
  origin.foreign = field;
  origin.foreign_kind = Origin::Foreign::skywalking;
  for (std::string_view rest = carrier.get("sw8-correlation"); !rest.empty();) {
    const std::size_t comma = rest.find(',');
    const std::string_view pair = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    const std::size_t colon = pair.find(':');
    if (colon == std::string_view::npos) continue;
    const auto key = decode64(trim(pair.substr(0, colon)));
    const auto member = decode64(trim(pair.substr(colon + 1)));
    if (key && member) (void)origin.baggage.set(*key, *member);
  }
  return true;
}

void inject_skywalking(const TraceScope& scope, const Sender& sender, std::string_view target,
                       bool with_baggage, FieldWriter write) {
  const Origin* const origin = origin_of(scope);
  Sw8 value;
  value.sampled = scope.identity.sampled();
  value.trace = scope.identity.trace.to_string();
  if (origin != nullptr && origin->foreign_kind == Origin::Foreign::skywalking) {
    Sw8 before;
    if (parse_sw8(origin->foreign, before)) value.trace = before.trace;
  }
  const SpanId root = scope.recorder != nullptr ? scope.recorder->identity().span : scope.identity.span;
  value.segment = sw8_segment(scope.identity.trace, root);
  value.span = static_cast<std::int32_t>(scope.span);
  value.service = sender.service;
  value.instance = sender.instance;
  if (scope.recorder != nullptr) value.endpoint = scope.recorder->name();
  value.target = target;
  write("sw8", write_sw8(value));
  if (origin == nullptr || !with_baggage || origin->baggage.empty()) return;
  std::string correlation;
  std::size_t count = 0;
  for (const Baggage::Member& member : origin->baggage.members()) {
    if (count == kCorrelations) break;
    if (member.value.size() > kCorrelationBytes) continue;
    if (count++ > 0) correlation.push_back(',');
    encode64(member.key, correlation);
    correlation.push_back(':');
    encode64(member.value, correlation);
  }
  write("sw8-correlation", correlation);
}

}  // namespace detail
}  // namespace ngo::trace
