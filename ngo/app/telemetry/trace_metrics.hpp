// What becomes of traces, as metrics: how many are kept and why, what waits before the exporter, what it took
// and what was dropped. By the names of OpenTelemetry's conventions for SDKs where these have one.
#pragma once

#include "ngo/app/telemetry/tracing.hpp"
#include "ngo/metrics/registry.hpp"

namespace ngo::app {

// Reads what is counted anyway, when somebody collects.
[[nodiscard]] metrics::Collection trace_metrics(Metrics& metrics, const Tracing& tracing);

}  // namespace ngo::app
