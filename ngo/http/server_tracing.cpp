#include "ngo/http/server_tracing.hpp"

#include <algorithm>

namespace ngo::http {

namespace {

std::uint64_t bit(KnownHeader header) noexcept { return std::uint64_t{1} << static_cast<unsigned>(header); }

std::uint64_t headers_of(trace::Format format) noexcept {
  switch (format) {
    case trace::Format::tracecontext: return bit(KnownHeader::traceparent) | bit(KnownHeader::tracestate);
    case trace::Format::baggage: return bit(KnownHeader::baggage);
    case trace::Format::optimus: return ~std::uint64_t{0};  // it tells also that a message brought no trace
    default: return bit(KnownHeader::other);
  }
}

// Those of the W3C, which most requests are asked for.
KnownHeader carried(std::string_view name) noexcept {
  if (name == "traceparent") return KnownHeader::traceparent;
  if (name == "tracestate") return KnownHeader::tracestate;
  if (name == "baggage") return KnownHeader::baggage;
  return KnownHeader::other;
}

}  // namespace

ServerTracing::ServerTracing(trace::Tracer& tracer, Options options) : tracer_(tracer), options_(options) {
  for (const trace::Format format : tracer.propagators().formats()) carrying_ |= headers_of(format);
}

char* write_trace_timing(const TraceIdentity& identity, char* at) noexcept {
  constexpr std::string_view kBegin = "Server-Timing: trace;desc=";
  at = std::copy(kBegin.begin(), kBegin.end(), at);
  at = trace::write_traceparent(identity, at);
  *at++ = '\r';
  *at++ = '\n';
  return at;
}

std::string_view HeaderCarrier::get(std::string_view name) const noexcept {
  const KnownHeader known = carried(name);
  return known == KnownHeader::other ? headers_.get(name) : headers_.get(known);
}

std::size_t HeaderCarrier::count(std::string_view name) const noexcept {
  std::size_t count = 0;
  if (const KnownHeader known = carried(name); known != KnownHeader::other) {
    if (!headers_.contains(known)) return 0;
    for (std::size_t at = headers_.find(known, 0); at != HeaderTable::kNone;
         at = headers_.find(known, at + 1))
      ++count;
    return count;
  }
  for (std::size_t at = headers_.find(name, 0); at != HeaderTable::kNone; at = headers_.find(name, at + 1))
    ++count;
  return count;
}

void HeaderCarrier::each(FunctionRef<void(std::string_view, std::string_view)> f) const {
  for (const HeaderField& field : headers_) f(field.name, field.value);
}

}  // namespace ngo::http
