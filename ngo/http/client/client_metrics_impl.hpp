// What a client counts of its calls, by OpenTelemetry's conventions: http.client.request.duration of each
// attempt on the wire, http.client.active_requests until their answers are read, and
// http.client.open_connections.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/http/client/url.hpp"
#include "ngo/http/method.hpp"
#include "ngo/metrics/registry.hpp"
#include "ngo/runtime/clock.hpp"

namespace ngo::http {

// The instruments of one origin on one worker, bound when a combination comes for the first time.
class OriginMetrics {
 public:
  // Counts one attempt. `failed`: the name of the Code that it ended with, a literal; empty when there was an
  // answer. `version`: 11, 20.
  void count(const metrics::Metric<metrics::Histogram>& durations, const Url& origin, Method method,
             int status, std::string_view failed, int version, Duration took);
  // Of the requests to that origin that are in progress.
  [[nodiscard]] const metrics::UpDownCounter& active(const metrics::Metric<metrics::UpDownCounter>& requests,
                                                     const Url& origin);

 private:
  struct Bound {
    Method method;
    int status;
    int version;
    std::string_view failed;
    metrics::Histogram duration;
  };
  std::vector<Bound> bound_;  // a handful
  std::optional<metrics::UpDownCounter> active_;
};

[[nodiscard]] metrics::Metric<metrics::Histogram> client_durations(Metrics& metrics);
[[nodiscard]] metrics::Metric<metrics::UpDownCounter> client_active_requests(Metrics& metrics);
inline constexpr metrics::Description kOpenConnections{metrics::Kind::up_down_counter,
                                                       "http.client.open_connections", "{connection}",
                                                       "open connections of HTTP clients"};

}  // namespace ngo::http
