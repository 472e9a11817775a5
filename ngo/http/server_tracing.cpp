#include "ngo/http/server_tracing.hpp"

#include <algorithm>

namespace ngo::http {

char* write_trace_timing(const TraceIdentity& identity, char* at) noexcept {
  constexpr std::string_view kBegin = "Server-Timing: trace;desc=";
  at = std::copy(kBegin.begin(), kBegin.end(), at);
  at = trace::write_traceparent(identity, at);
  *at++ = '\r';
  *at++ = '\n';
  return at;
}

std::string_view HeaderCarrier::get(std::string_view name) const noexcept {
  const KnownHeader known = known_header(name);
  return known == KnownHeader::other ? headers_.get(name) : headers_.get(known);
}

std::size_t HeaderCarrier::count(std::string_view name) const noexcept {
  std::size_t count = 0;
  for (std::size_t at = headers_.find(name, 0); at != HeaderTable::kNone; at = headers_.find(name, at + 1))
    ++count;
  return count;
}

void HeaderCarrier::each(FunctionRef<void(std::string_view, std::string_view)> f) const {
  for (const HeaderField& field : headers_) f(field.name, field.value);
}

}  // namespace ngo::http
