// B3 of Zipkin, in one header or several, and the lower-case one with baggage of the original's company.
#include <algorithm>
#include <array>
#include <string>

#include "ngo/base/text.hpp"
#include "ngo/trace/propagators/formats_impl.hpp"

namespace ngo::trace::detail {
namespace {

constexpr std::string_view kBaggage = "baggage-";
constexpr std::size_t kTrace = 32;
constexpr std::size_t kSpan = 16;
constexpr std::size_t kLongestText = 64;  // of a span id that is no number

bool read_trace(std::string_view text, TraceId& out) noexcept {
  return (text.size() == kTrace || text.size() == kSpan) && read_loose_hex(text, kTrace, out.high, out.low) &&
         out.valid();
}

bool read_span(std::string_view text, SpanId& out) noexcept {
  std::uint64_t high = 0;
  return text.size() == kSpan && read_loose_hex(text, kSpan, high, out.value) && out.valid();
}

Remote::Decision read_decision(std::string_view text) noexcept {
  if (text == "1" || text == "true") return Remote::Decision::keep;
  if (text == "0" || text == "false") return Remote::Decision::drop;
  if (text == "d") return Remote::Decision::debug;
  return Remote::Decision::none;
}

void follow(Remote& remote) noexcept {
  const bool kept = remote.decision == Remote::Decision::keep || remote.decision == Remote::Decision::debug;
  if (kept) remote.identity.flags |= TraceIdentity::kSampled;
}

bool debug(const TraceScope& scope) noexcept {
  const Origin* const origin = origin_of(scope);
  return origin != nullptr && origin->debug;
}

SpanId span_of(const TraceScope& scope) noexcept {
  return scope.identity.span.valid() ? scope.identity.span : SpanId::generate();
}

}  // namespace

bool extract_b3_single(const Carrier& carrier, Remote& remote) {
  std::string_view rest = carrier.get("b3");
  if (rest.empty()) return false;
  if (rest.size() == 1) {
    remote.decision = read_decision(rest);
    return remote.decision != Remote::Decision::none;
  }
  std::array<std::string_view, 4> parts{};
  std::size_t count = 0;
  while (true) {
    if (count == parts.size()) return false;
    const std::size_t dash = rest.find('-');
    parts[count++] = rest.substr(0, dash);
    if (dash == std::string_view::npos) break;
    rest.remove_prefix(dash + 1);
  }
  Remote found;
  if (count < 2 || !read_trace(parts[0], found.identity.trace) || !read_span(parts[1], found.identity.span))
    return false;
  if (count > 2) {
    found.decision = parts[2].size() == 1 ? read_decision(parts[2]) : Remote::Decision::none;
    if (found.decision == Remote::Decision::none) return false;
  }
  if (count > 3 && !read_span(parts[3], found.parent)) return false;
  follow(found);
  remote = found;
  return true;
}

bool extract_b3_multi(const Carrier& carrier, Remote& remote) {
  Remote found;
  const std::string_view sampled = carrier.get("x-b3-sampled");
  if (sampled != "d") found.decision = read_decision(sampled);
  if (carrier.get("x-b3-flags") == "1") found.decision = Remote::Decision::debug;
  const std::string_view trace = carrier.get("x-b3-traceid");
  const std::string_view span = carrier.get("x-b3-spanid");
  if (read_trace(trace, found.identity.trace) && read_span(span, found.identity.span)) {
    (void)read_span(carrier.get("x-b3-parentspanid"), found.parent);
    follow(found);
  } else {
    found.identity = {};
    if (!trace.empty() || !span.empty() || found.decision == Remote::Decision::none) return false;
  }
  remote = found;
  return true;
}

// Its client and server share a span. Ids are text there: a span "0.1" becomes a number of its own.
bool extract_optimus(const Carrier& carrier, Remote& remote, Origin& origin) {
  const auto read = [](std::string_view text, SpanId& out) {
    std::uint64_t high = 0;
    if (text.empty() || text.size() > kLongestText) return false;
    if (text.size() > kSpan || !read_loose_hex(text, kSpan, high, out.value)) out.value = hash_text(text);
    return out.valid();
  };
  Remote found;
  TraceId& trace = found.identity.trace;
  if (!read_loose_hex(carrier.get("x-b3-traceid"), kTrace, trace.high, trace.low) || !trace.valid())
    return false;
  if (!read(carrier.get("x-b3-spanid"), found.identity.span)) return false;
  (void)read(carrier.get("x-b3-parentspanid"), found.parent);
  const std::string_view sampled = carrier.get("x-b3-sampled");
  found.decision = sampled == "1" || sampled == "true" ? Remote::Decision::keep : Remote::Decision::drop;
  found.shared = true;
  follow(found);
  remote = found;
  carrier.each([&](std::string_view name, std::string_view value) {
    if (name.size() > kBaggage.size() && equals_ignoring_case(name.substr(0, kBaggage.size()), kBaggage))
      (void)origin.baggage.set(lower(name.substr(kBaggage.size())), value);
  });
  return true;
}

void inject_b3_single(const TraceScope& scope, FieldWriter write) {
  std::string text = scope.identity.trace.to_string();
  text.append(1, '-').append(span_of(scope).to_string());
  text.append(1, '-').append(1, debug(scope) ? 'd' : scope.identity.sampled() ? '1' : '0');
  write("b3", text);
}

void inject_b3_multi(const TraceScope& scope, FieldWriter write) {
  write("x-b3-traceid", scope.identity.trace.to_string());
  write("x-b3-spanid", span_of(scope).to_string());
  if (debug(scope)) {
    write("x-b3-flags", "1");
  } else {
    write("x-b3-sampled", scope.identity.sampled() ? "1" : "0");
  }
}

void inject_optimus(const TraceScope& scope, bool with_baggage, FieldWriter write) {
  write("x-b3-traceid", scope.identity.trace.to_string());
  if (scope.recorder != nullptr) {
    if (const SpanId parent = scope.recorder->parent_of(scope.span); parent.valid())
      write("x-b3-parentspanid", parent.to_string());
  }
  write("x-b3-spanid", span_of(scope).to_string());
  write("x-b3-sampled", scope.identity.sampled() ? "1" : "0");
  const Origin* const origin = origin_of(scope);
  if (origin == nullptr || !with_baggage) return;
  for (const Baggage::Member& member : origin->baggage.members()) {
    const bool clean = std::all_of(member.value.begin(), member.value.end(),
                                   [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 0x7f; });
    if (clean) write("baggage-" + member.key, member.value);
  }
}

}  // namespace ngo::trace::detail
