// Metrics on their way out: at every interval each sink sees what was counted, and a collector gets it by
// OTLP/HTTP. What a collector does not take in its time is not kept: the next push says it all again (or,
// with delta temporality, the difference since the last push that was taken). So nothing grows while it is
// down.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ngo/app/telemetry/metrics_options.hpp"
#include "ngo/app/telemetry/telemetry_sender.hpp"
#include "ngo/metrics/registry.hpp"
#include "ngo/metrics/sink.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo::app {

// Belongs to one loop.
class MetricsExport {
 public:
  // The registry and the resource must outlive it. Throws Error{invalid_argument} for an endpoint that is no
  // URL.
  MetricsExport(Metrics& metrics, const metrics::Labels& resource, const MetricsOptions& options,
                std::vector<std::shared_ptr<MetricsSink>> sinks);
  MetricsExport(const MetricsExport&) = delete;
  MetricsExport& operator=(const MetricsExport&) = delete;
  ~MetricsExport();

  // Whether there is anybody to tell.
  [[nodiscard]] bool wanted() const noexcept { return !sinks_.empty() || !options_.otlp.endpoint.empty(); }
  // Until it is cancelled.
  [[nodiscard]] Task<void> run();
  // The last interval, when the service stops; at most for `limit`.
  [[nodiscard]] Task<void> finish(Duration limit);

 private:
  void tell_sinks(const metrics::Snapshot& now);
  [[nodiscard]] Task<void> tell();
  [[nodiscard]] Task<void> push(metrics::Snapshot now, Duration limit);
  // Until it is taken, refused, or the time is over.
  [[nodiscard]] Task<TelemetrySender::Answer> send(const std::string& body, Duration limit);

  Metrics& metrics_;
  const metrics::Labels& resource_;
  MetricsOptions options_;
  std::vector<std::shared_ptr<MetricsSink>> sinks_;
  std::optional<TelemetrySender> sender_;  // with an endpoint
  metrics::Metric<metrics::Counter> exported_;
  metrics::Snapshot told_;  // what sinks have seen
  metrics::Snapshot sent_;  // what the collector has, with delta temporality
};

}  // namespace ngo::app
