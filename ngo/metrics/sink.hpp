// For a company's own monitor: what was counted, handed over at every interval.
#pragma once

#include "ngo/metrics/snapshot.hpp"

namespace ngo {

// Registered with App::metrics_sink(). Called on the supervisor's loop, one call at a time, with an
// interval's data, and once more when the service stops. It must not block; what has to be sent is copied and
// sent by work of its own. An exception is logged and the next interval comes all the same.
class MetricsSink {
 public:
  MetricsSink() = default;
  MetricsSink(const MetricsSink&) = delete;
  MetricsSink& operator=(const MetricsSink&) = delete;
  virtual ~MetricsSink() = default;

  // `interval`: counters and histograms hold what came in since the last call, the others their value of now.
  // `total`: everything since the start.
  virtual void take(const metrics::Snapshot& interval, const metrics::Snapshot& total) = 0;
};

}  // namespace ngo
