// W3C Trace Context, level 2.
#include <algorithm>
#include <array>

#include "ngo/base/text.hpp"
#include "ngo/trace/propagators/formats_impl.hpp"

namespace ngo::trace {
namespace {

constexpr std::size_t kMostMembers = 32;
constexpr std::size_t kLongestKey = 256;
constexpr std::size_t kLongestValue = 256;
constexpr std::size_t kLongestState = 512;
constexpr std::size_t kLongMember = 128;  // these are left out first

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

int hex_byte(std::string_view two) noexcept {
  const int high = hex_digit(two[0]);
  const int low = hex_digit(two[1]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool is_key(std::string_view key) noexcept {
  if (key.empty() || key.size() > kLongestKey) return false;
  const auto lower_or_digit = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (!lower_or_digit(key.front())) return false;
  return std::all_of(key.begin(), key.end(), [&](char c) {
    return lower_or_digit(c) || c == '_' || c == '-' || c == '*' || c == '/' || c == '@';
  });
}

bool is_value(std::string_view value) noexcept {
  if (value.empty() || value.size() > kLongestValue || value.back() == ' ') return false;
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return c >= ' ' && c <= '~' && c != ',' && c != '='; });
}

std::string_view next_member(std::string_view& rest) noexcept {
  const std::size_t comma = rest.find(',');
  const std::string_view member = rest.substr(0, comma);
  rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  return member;
}

std::string_view without_blanks(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Whether `state` has a member with that key.
bool has_member(std::string_view state, std::string_view key) noexcept {
  while (!state.empty()) {
    const std::string_view member = next_member(state);
    if (member.size() > key.size() && member.starts_with(key) && member[key.size()] == '=') return true;
  }
  return false;
}

}  // namespace

bool parse_traceparent(std::string_view text, TraceIdentity& out) noexcept {
  if (text.size() < kTraceparentSize || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
  const int version = hex_byte(text);
  if (version < 0 || version == 0xff) return false;
  if (version == 0 && text.size() != kTraceparentSize) return false;
  if (text.size() > kTraceparentSize && text[kTraceparentSize] != '-') return false;
  const auto high = read_hex(text.substr(3, 16));
  const auto low = read_hex(text.substr(19, 16));
  const auto span = read_hex(text.substr(36, 16));
  const int flags = hex_byte(text.substr(53, 2));
  if (!high || !low || !span || flags < 0 || *span == 0 || (*high | *low) == 0) return false;
  out.trace = {*high, *low};
  out.span = {*span};
  out.flags = static_cast<std::uint8_t>(flags & (TraceIdentity::kSampled | TraceIdentity::kRandom));
  return true;
}

char* write_traceparent(const TraceIdentity& identity, char* out) noexcept {
  *out++ = '0';
  *out++ = '0';
  *out++ = '-';
  out = write_hex(identity.trace.low, write_hex(identity.trace.high, out));
  *out++ = '-';
  out = write_hex(identity.span.value, out);
  *out++ = '-';
  *out++ = '0';
  *out++ = static_cast<char>('0' + (identity.flags & (TraceIdentity::kSampled | TraceIdentity::kRandom)));
  return out;
}

bool append_tracestate(std::string_view text, std::string& state) {
  std::size_t members =
      state.empty() ? 0 : 1 + static_cast<std::size_t>(std::count(state.begin(), state.end(), ','));
  while (!text.empty()) {
    const std::string_view member = without_blanks(next_member(text));
    if (member.empty()) continue;
    const std::size_t equals = member.find('=');
    const bool good = equals != std::string_view::npos && is_key(member.substr(0, equals)) &&
                      is_value(member.substr(equals + 1)) && !has_member(state, member.substr(0, equals)) &&
                      ++members <= kMostMembers;
    if (!good) {
      state.clear();
      return false;
    }
    if (!state.empty()) state.push_back(',');
    state.append(member);
  }
  return true;
}

void shorten_tracestate(std::string& state) {
  if (state.size() <= kLongestState) return;
  std::string kept;
  std::size_t over = state.size() - kLongestState;
  for (std::string_view rest = state; !rest.empty();) {
    const std::string_view member = next_member(rest);
    if (over > 0 && member.size() > kLongMember) {
      over -= std::min(over, member.size() + 1);
      continue;
    }
    if (!kept.empty()) kept.push_back(',');
    kept.append(member);
  }
  while (kept.size() > kLongestState) {
    const std::size_t comma = kept.rfind(',');
    kept.resize(comma == std::string::npos ? 0 : comma);
  }
  state = std::move(kept);
}

namespace detail {

bool extract_tracecontext(const Carrier& carrier, Remote& remote, Origin& origin) {
  const std::string_view parent = carrier.get("traceparent");
  if (parent.empty() || carrier.count("traceparent") != 1) return false;
  TraceIdentity identity;
  if (!parse_traceparent(parent, identity)) return false;
  remote.identity = identity;
  remote.decision = identity.sampled() ? Remote::Decision::keep : Remote::Decision::drop;
  if (!carrier.get("tracestate").empty()) {
    bool good = true;
    carrier.each([&](std::string_view name, std::string_view value) {
      if (good && equals_ignoring_case(name, "tracestate")) good = append_tracestate(value, origin.state);
    });
    shorten_tracestate(origin.state);
  }
  return true;
}

void inject_tracecontext(const TraceScope& scope, FieldWriter write) {
  std::array<char, kTraceparentSize> text{};
  TraceIdentity identity = scope.identity;
  if (!identity.span.valid()) identity.span = SpanId::generate();
  write_traceparent(identity, text.data());
  write("traceparent", {text.data(), text.size()});
  const Origin* const origin = origin_of(scope);
  if (origin != nullptr && !origin->state.empty()) write("tracestate", origin->state);
}

bool extract_baggage(const Carrier& carrier, Origin& origin) {
  if (carrier.get("baggage").empty()) return false;
  carrier.each([&](std::string_view name, std::string_view value) {
    if (equals_ignoring_case(name, "baggage")) origin.baggage.parse(value);
  });
  return !origin.baggage.empty();
}

void inject_baggage(const TraceScope& scope, FieldWriter write) {
  const Origin* const origin = origin_of(scope);
  if (origin == nullptr || origin->baggage.empty()) return;
  if (const std::string text = origin->baggage.to_string(); !text.empty()) write("baggage", text);
}

}  // namespace detail
}  // namespace ngo::trace
