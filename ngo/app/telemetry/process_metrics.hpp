// What the kernel knows of this process, and what the framework knows of itself, as metrics. All but the
// lines of the log is read when the registry is read; nothing is counted for it.
#pragma once

#include <vector>

#include "ngo/http/server.hpp"
#include "ngo/metrics/registry.hpp"
#include "ngo/runtime/clock.hpp"
#include "ngo/runtime/watchdog.hpp"
#include "ngo/runtime/workers.hpp"

namespace ngo::app {

// process.*: CPU, memory, threads, descriptors, context switches, faults, disk, uptime. `began`: the process.
[[nodiscard]] metrics::Collection process_metrics(Metrics& metrics, TimePoint began);

// ngo.runtime.*: workers, their CPU time, what held them, the pool for blocking work. `watchdog` may be null.
[[nodiscard]] metrics::Collection runtime_metrics(Metrics& metrics, Workers& workers,
                                                  const Watchdog* watchdog);

// Lines of the log by level, for as long as it lives. One at a time.
class LogMetrics {
 public:
  explicit LogMetrics(Metrics& metrics);
  LogMetrics(const LogMetrics&) = delete;
  LogMetrics& operator=(const LogMetrics&) = delete;
  ~LogMetrics();
};

// Connections of a server.
[[nodiscard]] metrics::Collection server_metrics(Metrics& metrics, const http::Server& server);

}  // namespace ngo::app
