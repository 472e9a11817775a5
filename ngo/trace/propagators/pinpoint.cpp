// The headers of Pinpoint.
#include <string>

#include "ngo/trace/propagators/formats_impl.hpp"

namespace ngo::trace {
namespace {

constexpr std::size_t kLongestId = 128;
constexpr std::size_t kLongestName = 254;
constexpr std::int64_t kLargestType = 0x7fff;

// " name type host", as far as it is well formed.
std::string caller_of(const Carrier& carrier) {
  const std::string_view name = carrier.get("pinpoint-pappname");
  std::int64_t type = 0;
  if (!is_pinpoint_name(name) || !detail::read_integer(carrier.get("pinpoint-papptype"), type) || type < 0 ||
      type > kLargestType)
    return {};
  std::string out(name);
  out.append(1, ' ').append(std::to_string(type));
  const std::string_view host = carrier.get("pinpoint-host");
  const bool good = !host.empty() && host.size() <= kLongestName && host.find(' ') == std::string_view::npos;
  if (good) out.append(1, ' ').append(host);
  return out;
}

}  // namespace

bool is_pinpoint_name(std::string_view text) noexcept {
  if (text.empty() || text.size() > kLongestName) return false;
  for (const char c : text) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '-';
    if (!good) return false;
  }
  return true;
}

bool parse_pinpoint(std::string_view text, PinpointTransaction& out) {
  const std::size_t first = text.find('^');
  if (text.size() > kLongestId || first == std::string_view::npos) return false;
  const std::size_t second = text.find('^', first + 1);
  if (second == std::string_view::npos || !is_pinpoint_name(text.substr(0, first))) return false;
  std::int64_t start = 0;
  std::int64_t sequence = 0;
  if (!detail::read_integer(text.substr(first + 1, second - first - 1), start) ||
      !detail::read_integer(text.substr(second + 1), sequence) || start < 0 || sequence < 0)
    return false;
  out = {std::string(text.substr(0, first)), start, sequence};
  return true;
}

bool parse_pinpoint_caller(std::string_view text, PinpointCaller& out) {
  const std::size_t first = text.find(' ');
  if (first == std::string_view::npos) return false;
  const std::size_t second = text.find(' ', first + 1);
  std::int64_t type = 0;
  if (!detail::read_integer(
          text.substr(first + 1, second == std::string_view::npos ? second : second - first - 1), type))
    return false;
  out.application = text.substr(0, first);
  out.type = static_cast<std::int32_t>(type);
  out.host = second == std::string_view::npos ? std::string_view() : text.substr(second + 1);
  return true;
}

SpanId pinpoint_callee(SpanId root) noexcept {
  constexpr std::uint64_t kOther = 0x5a5a5a5a5a5a5a5a;
  return {root.value ^ kOther};
}

std::string pinpoint_transaction(const Sender& sender, const TraceId& trace) {
  return sender.agent + "^" + std::to_string(sender.start) + "^" +
         std::to_string(trace.low & 0x7fffffffffffffffU);
}

namespace detail {

bool extract_pinpoint(const Carrier& carrier, Remote& remote, Origin& origin) {
  if (carrier.get("pinpoint-sampled") == "s0") {
    remote.decision = Remote::Decision::drop;
    return true;
  }
  const std::string_view transaction = carrier.get("pinpoint-traceid");
  PinpointTransaction parts;
  if (!parse_pinpoint(transaction, parts)) return false;
  std::int64_t span = 0;
  std::int64_t parent = -1;
  if (!read_integer(carrier.get("pinpoint-spanid"), span) || span == 0) return false;
  const std::string_view parent_text = carrier.get("pinpoint-pspanid");
  if (!parent_text.empty() && !read_integer(parent_text, parent)) return false;
  remote.identity.trace = trace_of_text(transaction);
  remote.identity.span = {static_cast<std::uint64_t>(span)};
  remote.identity.flags = TraceIdentity::kSampled;
  if (parent != -1) remote.parent = {static_cast<std::uint64_t>(parent)};
  remote.decision = Remote::Decision::keep;
  remote.shared = true;
  origin.foreign = transaction;
  origin.foreign_kind = Origin::Foreign::pinpoint;
  origin.caller = caller_of(carrier);
  return true;
}

void inject_pinpoint(const TraceScope& scope, const Sender& sender, std::string_view target,
                     FieldWriter write) {
  if (!scope.identity.sampled()) return write("pinpoint-sampled", "s0");
  const Origin* const origin = origin_of(scope);
  const bool continued = origin != nullptr && origin->foreign_kind == Origin::Foreign::pinpoint;
  write("pinpoint-traceid", continued ? origin->foreign : pinpoint_transaction(sender, scope.identity.trace));
  // The receiver's span takes the id of the span of this call.
  const SpanId root = scope.recorder != nullptr ? scope.recorder->identity().span : SpanId();
  const SpanId callee = scope.identity.span == root ? pinpoint_callee(root) : scope.identity.span;
  write("pinpoint-spanid", std::to_string(static_cast<std::int64_t>(callee.value)));
  write("pinpoint-pspanid", root.valid() ? std::to_string(static_cast<std::int64_t>(root.value)) : "-1");
  write("pinpoint-flags", "0");
  write("pinpoint-pappname", sender.service);
  write("pinpoint-papptype", std::to_string(sender.service_type));
  if (!target.empty()) write("pinpoint-host", target);
}

}  // namespace detail
}  // namespace ngo::trace
