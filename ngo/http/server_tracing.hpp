// The span of a request on a server: how it begins with what the client says of its trace, and what it tells
// when it is kept. While a request runs nothing is stored of it beside times; its attributes are read off the
// request and the response at the end.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ngo/http/headers.hpp"
#include "ngo/trace/propagation.hpp"
#include "ngo/trace/tracer.hpp"

namespace ngo::http {

// "Server-Timing: trace;desc=..." with the line end.
inline constexpr std::size_t kTraceTimingBytes = 28 + trace::kTraceparentSize;
char* write_trace_timing(const TraceIdentity& identity, char* at) noexcept;

class ServerTracing {
 public:
  struct Options {
    bool original_tags = false;  // the names of the original instead of OpenTelemetry's
    bool answer_with_trace = false;
  };

  // The tracer must outlive the server.
  ServerTracing(trace::Tracer& tracer, Options options);

  [[nodiscard]] trace::Tracer& tracer() const noexcept { return tracer_; }
  [[nodiscard]] bool original_tags() const noexcept { return options_.original_tags; }
  [[nodiscard]] bool answers_with_trace() const noexcept { return options_.answer_with_trace; }
  // Whether there may be anything of a trace among these.
  [[nodiscard]] bool may_carry(const HeaderTable& headers) const noexcept {
    return headers.contains_any(carrying_);
  }

 private:
  trace::Tracer& tracer_;
  Options options_;
  std::uint64_t carrying_ = 0;  // the set of headers that the propagators read
};

// The headers of a request.
class HeaderCarrier final : public trace::Carrier {
 public:
  explicit HeaderCarrier(const HeaderTable& headers) noexcept : headers_(headers) {}
  [[nodiscard]] std::string_view get(std::string_view name) const noexcept override;
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept override;
  void each(FunctionRef<void(std::string_view, std::string_view)> f) const override;

 private:
  const HeaderTable& headers_;
};

}  // namespace ngo::http
