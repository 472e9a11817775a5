#include "ngo/http/client/client_metrics_impl.hpp"

namespace ngo::http {

metrics::Metric<metrics::Histogram> client_durations(Metrics& metrics) {
  return metrics.histogram("http.client.request.duration", "s", "how long calls to other servers have taken");
}

metrics::Metric<metrics::UpDownCounter> client_active_requests(Metrics& metrics) {
  return metrics.up_down_counter("http.client.active_requests", "{request}",
                                 "calls to other servers that are in progress");
}

const metrics::UpDownCounter& OriginMetrics::active(const metrics::Metric<metrics::UpDownCounter>& requests,
                                                    const Url& origin) {
  if (!active_) active_ = requests.with({{"server.address", origin.host()}, {"server.port", origin.port()}});
  return *active_;
}

void OriginMetrics::count(const metrics::Metric<metrics::Histogram>& durations, const Url& origin,
                          Method method, int status, std::string_view failed, int version, Duration took) {
  const double seconds = std::chrono::duration<double>(took).count();
  for (const Bound& each : bound_) {
    if (each.method == method && each.status == status && each.version == version && each.failed == failed)
      return each.duration.record(seconds);
  }
  std::vector<metrics::LabelView> labels{
      {"http.request.method", method == Method::unknown ? "_OTHER" : to_string(method)},
      {"server.address", origin.host()},
      {"server.port", origin.port()},
      {"network.protocol.version", version == 20 ? "2" : "1.1"}};
  const std::string code = std::to_string(status);
  if (failed.empty()) {
    labels.emplace_back("http.response.status_code", status);
    if (status >= 400) labels.emplace_back("error.type", std::string_view(code));
  } else {
    labels.emplace_back("error.type", failed);
  }
  bound_.push_back({method, status, version, failed, durations.with(labels)});
  bound_.back().duration.record(seconds);
}

}  // namespace ngo::http
