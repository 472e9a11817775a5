#include "ngo/http/client/failure_impl.hpp"

#include "ngo/base/duration.hpp"
#include "ngo/http/client/client_impl.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo::http {
namespace {

using Phase = ClientExchange::Phase;

std::string_view name_of(Phase phase) noexcept {
  switch (phase) {
    case Phase::connecting: return "connecting";
    case Phase::sending: return "sending the request";
    case Phase::waiting: return "waiting for the response";
    case Phase::reading: break;
  }
  return "receiving the response";
}

// What a failure means for our own caller: that a name is not known somewhere else is no 404 of ours.
Code for_our_caller(Code code) noexcept {
  switch (code) {
    case Code::unavailable:
    case Code::deadline_exceeded:
    case Code::cancelled: return code;
    case Code::not_found:
    case Code::resource_exhausted: return Code::unavailable;
    default: return Code::internal;
  }
}

}  // namespace

Error explain(const ClientExchange& x, const Error& failure, const CallLimits& limits) {
  const auto as_it_is = [&] {
    Error named = x.failure(for_our_caller(failure.code()), failure.message());
    for (const auto& [name, value] : failure.fields()) named.with(name, value);
    return named;
  };
  if (failure.code() != Code::deadline_exceeded || !limits.timed_out()) return as_it_is();
  const std::string during(name_of(x.phase));
  const auto after = [&](std::string_view what, Duration limit, std::string_view option) {
    std::string text(what);
    text.append(" within ").append(format_duration(limit)).append(" (").append(option).append(")");
    return x.failure(Code::deadline_exceeded, text);
  };
  if (limits.caller_ended())
    return x.failure(Code::deadline_exceeded, "the caller's deadline passed while " + during);
  const TimePoint now = EventLoop::current().now();
  if (x.head_deadline <= now) return after("no response", x.response_timeout, "responseTimeout");
  if (x.deadline <= now) return after("not done with " + during, x.timeout, "timeout");
  switch (x.phase) {
    case Phase::connecting:
      return after("the name was not found", x.client->limits().connect_timeout.load(), "connectTimeout");
    case Phase::sending: return after("no progress in sending the request", x.write_timeout, "writeTimeout");
    case Phase::waiting: return after("no response", x.read_timeout, "readTimeout");
    case Phase::reading: return after("no progress in receiving the response", x.read_timeout, "readTimeout");
  }
  return as_it_is();
}

}  // namespace ngo::http
