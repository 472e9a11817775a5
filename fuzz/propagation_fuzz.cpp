// Headers that carry a trace, in every form: whatever comes is read without a failure; what is read as a
// trace is sound, and comes back as it was when it is written and read again.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ngo/base/text.hpp"
#include "ngo/trace/propagation.hpp"

namespace {

using ngo::trace::Carrier;
using ngo::trace::Propagators;

class Fields final : public Carrier {
 public:
  void add(std::string_view name, std::string_view value) { fields_.emplace_back(name, value); }
  [[nodiscard]] std::string_view get(std::string_view name) const noexcept override {
    for (const auto& [key, value] : fields_) {
      if (ngo::equals_ignoring_case(key, name)) return value;
    }
    return {};
  }
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept override {
    std::size_t count = 0;
    for (const auto& [key, value] : fields_) count += ngo::equals_ignoring_case(key, name) ? 1 : 0;
    return count;
  }
  void each(ngo::FunctionRef<void(std::string_view, std::string_view)> f) const override {
    for (const auto& [key, value] : fields_) f(key, value);
  }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

[[noreturn]] void fail(std::string_view form, std::string_view what) {
  std::fprintf(stderr, "propagation_fuzz: %.*s: %.*s\n", static_cast<int>(form.size()), form.data(),
               static_cast<int>(what.size()), what.data());
  std::abort();
}

constexpr std::string_view kNames[] = {
    "traceparent",
    "tracestate",
    "baggage",
    "b3",
    "x-b3-traceid",
    "x-b3-spanid",
    "x-b3-sampled",
    "x-b3-flags",
    "uber-trace-id",
    "uberctx-user",
    "jaeger-debug-id",
    "jaeger-baggage",
    "sw8",
    "sw8-correlation",
    "pinpoint-traceid",
    "pinpoint-spanid",
    "pinpoint-pspanid",
    "pinpoint-sampled",
    "x-b3-parentspanid",
    "baggage-user",
    "pinpoint-pappname",
    "pinpoint-papptype",
    "pinpoint-host",
};

void check(std::string_view form, const Fields& fields) {
  Propagators propagators = Propagators::parse({std::string(form)});
  propagators.set_sender({"shop", "shop-1", "agent", 1, 1700});
  ngo::trace::Remote remote;
  ngo::trace::Origin origin;
  (void)propagators.extract(fields, remote, origin);
  if (origin.state.size() > 512) fail(form, "a long state");
  if (origin.baggage.members().size() > ngo::trace::Baggage::kMostMembers) fail(form, "much baggage");
  ngo::trace::PinpointCaller caller;
  if (!origin.caller.empty() &&
      (!ngo::trace::parse_pinpoint_caller(origin.caller, caller) ||
       !ngo::trace::is_pinpoint_name(caller.application) || caller.host.find(' ') != std::string::npos))
    fail(form, "a caller that is none");
  ngo::trace::PinpointTransaction transaction;
  if (origin.foreign_kind == ngo::trace::Origin::Foreign::pinpoint &&
      !ngo::trace::parse_pinpoint(origin.foreign, transaction))
    fail(form, "a transaction that is none");
  if (!remote.identity.valid()) return;
  if (!remote.identity.span.valid()) fail(form, "a trace without a span");
  ngo::TraceScope scope;
  scope.identity = remote.identity;
  Fields sent;
  propagators.inject(scope, "host:1",
                     [&](std::string_view name, std::string_view value) { sent.add(name, value); });
  ngo::trace::Remote again;
  ngo::trace::Origin other;
  if (!propagators.extract(sent, again, other)) fail(form, "what it has written is not read");
  const bool by_text = form == "pinpoint";
  if (scope.identity.sampled() && !by_text && again.identity.trace != remote.identity.trace)
    fail(form, "another trace");
}

}  // namespace

// The first byte of each line says which field it is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Fields fields;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (line.empty()) continue;
    const std::size_t which = static_cast<unsigned char>(line[0]) - std::size_t{'a'};
    fields.add(kNames[which % std::size(kNames)], line.substr(1));
  }
  for (const std::string_view form :
       {"tracecontext", "baggage", "b3", "b3multi", "optimus", "jaeger", "skywalking", "pinpoint"})
    check(form, fields);
  return 0;
}
