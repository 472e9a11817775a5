// The headers of Pinpoint.
#include <string>

#include "ngo/trace/propagators/formats_impl.hpp"

namespace ngo::trace {
namespace {

constexpr std::size_t kLongestId = 128;

// agent^start^sequence
bool is_transaction(std::string_view text) noexcept {
  const std::size_t first = text.find('^');
  if (text.size() > kLongestId || first == std::string_view::npos || first == 0) return false;
  const std::size_t second = text.find('^', first + 1);
  if (second == std::string_view::npos) return false;
  for (const char c : text.substr(0, first)) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '-';
    if (!good) return false;
  }
  std::int64_t start = 0;
  std::int64_t sequence = 0;
  return detail::read_integer(text.substr(first + 1, second - first - 1), start) &&
         detail::read_integer(text.substr(second + 1), sequence) && start >= 0 && sequence >= 0;
}

}  // namespace

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
  if (transaction.empty() || !is_transaction(transaction)) return false;
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
  return true;
}

void inject_pinpoint(const TraceScope& scope, const Sender& sender, std::string_view target,
                     FieldWriter write) {
  if (!scope.identity.sampled()) return write("pinpoint-sampled", "s0");
  const Origin* const origin = origin_of(scope);
  const bool continued = origin != nullptr && origin->foreign_kind == Origin::Foreign::pinpoint;
  write("pinpoint-traceid", continued ? origin->foreign : pinpoint_transaction(sender, scope.identity.trace));
  // The receiver's span takes the id of the span of this call.
  write("pinpoint-spanid", std::to_string(static_cast<std::int64_t>(scope.identity.span.value)));
  const SpanId root = scope.recorder != nullptr ? scope.recorder->identity().span : SpanId();
  write("pinpoint-pspanid", root.valid() ? std::to_string(static_cast<std::int64_t>(root.value)) : "-1");
  write("pinpoint-flags", "0");
  write("pinpoint-pappname", sender.service);
  write("pinpoint-papptype", std::to_string(sender.service_type));
  if (!target.empty()) write("pinpoint-host", target);
}

}  // namespace detail
}  // namespace ngo::trace
