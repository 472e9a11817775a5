// What is told of one attempt of a call: each time that a request goes over the wire there is a span, and one
// more among the durations, by OpenTelemetry's conventions. For the sources of the client only.
#pragma once

#include "ngo/base/error.hpp"
#include "ngo/http/client/url.hpp"
#include "ngo/metrics/registry.hpp"
#include "ngo/runtime/clock.hpp"
#include "ngo/telemetry/calls.hpp"

namespace ngo::http {

struct ClientExchange;

// Those of a client, and of them those to one server.
[[nodiscard]] telemetry::Calls attempts_of_client(Metrics& metrics);
[[nodiscard]] telemetry::CallsTo attempts_to(const telemetry::Calls& calls, const Url& origin);
inline constexpr metrics::Description kOpenConnections{metrics::Kind::up_down_counter,
                                                       "http.client.open_connections", "{connection}",
                                                       "open connections of HTTP clients"};

class Attempt {
 public:
  // At its beginning, with its server chosen.
  Attempt(const ClientExchange& x, const telemetry::CallsTo& calls, TimePoint now);
  // At its end: the response is there (of a stream, its head), or what kept it away. `stale`: the connection
  // had been closed, or the server says that it has not looked at the request. Such an attempt has a span and
  // is the reason of a resend, but its duration tells nothing of the server, and is not counted.
  void answered(TimePoint now);
  void failed(const Error& failure, bool stale, TimePoint now);

 private:
  void describe();
  void describe_as_original();
  void tell_peer();

  const ClientExchange& x_;
  telemetry::Call call_;
  bool original_names_ = false;
};

}  // namespace ngo::http
