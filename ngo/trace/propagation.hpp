// How a trace goes from one process to the next: headers of HTTP, metadata of gRPC, headers of Kafka. Several
// forms can be read and written at once. Reading never throws: what is no trace is as if it were not there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/base/function_ref.hpp"
#include "ngo/runtime/context.hpp"
#include "ngo/trace/recorder.hpp"

namespace ngo::trace {

// The fields of a message that has come; names in any case of letters.
class Carrier {
 public:
  Carrier() = default;
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;
  // The first value of that name (given in lower case); empty without one.
  [[nodiscard]] virtual std::string_view get(std::string_view name) const noexcept = 0;
  [[nodiscard]] virtual std::size_t count(std::string_view name) const noexcept = 0;
  virtual void each(FunctionRef<void(std::string_view name, std::string_view value)> f) const = 0;

 protected:
  ~Carrier() = default;
};

// Takes a field for a message that is sent.
using FieldWriter = FunctionRef<void(std::string_view name, std::string_view value)>;

// What a caller says of the trace.
struct Remote {
  enum class Decision : std::uint8_t { none, drop, keep, debug };
  TraceIdentity identity;              // its span; not valid: no trace
  SpanId parent;                       // of its span, where that is told
  Decision decision = Decision::none;  // on sampling
  bool shared = false;                 // the span of the caller is ours as well (Optimus, Pinpoint)
};

enum class Format : std::uint8_t {
  tracecontext,
  baggage,
  b3,  // in one header; reads several as well
  b3multi,
  optimus,  // B3 as the original's company spoke it, with its baggage
  jaeger,
  skywalking,
  pinpoint,
};
[[nodiscard]] std::string_view to_string(Format format) noexcept;

// Who we are, for the forms that tell it.
struct Sender {
  std::string service;
  std::string instance;
  std::string agent;                 // Pinpoint's agent id
  std::int64_t start = 0;            // of the process, milliseconds since 1970
  std::int32_t service_type = 1300;  // Pinpoint's; application in C++
};

class Propagators {
 public:
  Propagators() : formats_{Format::tracecontext, Format::baggage} {}
  // In the order in which they are asked: the first that finds a trace is believed. All are written.
  explicit Propagators(std::vector<Format> formats) : formats_(std::move(formats)) {}
  // "tracecontext", "baggage", "b3", "b3multi", "jaeger", "optimus", "skywalking" (or "sw8"), "pinpoint";
  // "none" alone for none. Throws Error{invalid_argument} that lists them for another name.
  [[nodiscard]] static Propagators parse(const std::vector<std::string>& names);

  // Reads what has come. State, baggage and what a form says beyond that go into `origin`; true when there is
  // any of it.
  bool extract(const Carrier& carrier, Remote& remote, Origin& origin) const;
  // Writes the trace at `scope`. `target`: host:port that is called; baggage goes to hosts of the own network
  // only: names without a dot, .internal, .local, .svc, private addresses, and what set_baggage_hosts() adds.
  void inject(const TraceScope& scope, std::string_view target, FieldWriter write) const;

  [[nodiscard]] const std::vector<Format>& formats() const noexcept { return formats_; }
  [[nodiscard]] bool has(Format format) const noexcept;
  // Ends of names, such as ".example.com"; "*": all.
  void set_baggage_hosts(std::vector<std::string> ends) { baggage_hosts_ = std::move(ends); }
  [[nodiscard]] bool takes_baggage(std::string_view target) const noexcept;
  void set_sender(Sender sender) { sender_ = std::move(sender); }
  [[nodiscard]] const Sender& sender() const noexcept { return sender_; }

 private:
  std::vector<Format> formats_;
  std::vector<std::string> baggage_hosts_;
  Sender sender_;
};

// traceparent: reads one value; false for what is none (W3C Trace Context, level 2).
bool parse_traceparent(std::string_view text, TraceIdentity& out) noexcept;
inline constexpr std::size_t kTraceparentSize = 55;
// Writes 55 characters; returns their end.
char* write_traceparent(const TraceIdentity& identity, char* out) noexcept;
// Adds the members of one tracestate field to `state`; false: they are not well formed, and `state` is empty.
bool append_tracestate(std::string_view text, std::string& state);
// At most 512 characters of whole members: long ones go first, then the last ones.
void shorten_tracestate(std::string& state);

// What an `sw8` header says.
struct Sw8 {
  bool sampled = true;
  std::string trace;
  std::string segment;
  std::int32_t span = 0;
  std::string service;
  std::string instance;
  std::string endpoint;
  std::string target;
};
bool parse_sw8(std::string_view text, Sw8& out);
[[nodiscard]] std::string write_sw8(const Sw8& value);
// The segment that a fragment is in SkyWalking: of its trace and its first span.
[[nodiscard]] std::string sw8_segment(const TraceId& trace, SpanId root);
// Attributes of a local root whose caller spoke that: what it said, for those who report to these systems.
inline constexpr std::string_view kSw8Attribute = "skywalking.sw8";
inline constexpr std::string_view kPinpointAttribute = "pinpoint.transaction";
// A trace id that is text in some other system, as one of ours: itself where it is 32 hexadecimal digits.
[[nodiscard]] TraceId trace_of_text(std::string_view text) noexcept;
// Pinpoint's transaction id of a trace that began here: agent^start^number.
[[nodiscard]] std::string pinpoint_transaction(const Sender& sender, const TraceId& trace);
struct PinpointTransaction {
  std::string agent;
  std::int64_t start = 0;
  std::int64_t sequence = 0;
};
bool parse_pinpoint(std::string_view text, PinpointTransaction& out);
// Who called, as Pinpoint's headers say; in the attribute its parts stand between spaces, the host may miss.
inline constexpr std::string_view kPinpointCallerAttribute = "pinpoint.caller";
struct PinpointCaller {
  std::string application;
  std::int32_t type = 0;
  std::string host;  // of ours, as the caller knows it
};
bool parse_pinpoint_caller(std::string_view text, PinpointCaller& out);
// The id that the callee's span takes where a local root itself is what calls: not its own, which is taken.
[[nodiscard]] SpanId pinpoint_callee(SpanId root) noexcept;
// Whether the text may name an application, or with at most 24 characters an agent: [a-zA-Z0-9._-]+.
[[nodiscard]] bool is_pinpoint_name(std::string_view text) noexcept;

}  // namespace ngo::trace
