// The sections of the configuration that the application itself reads: made anew for each reload, and thrown
// away whole when the new configuration turns out to be wrong.
#pragma once

#include <vector>

#include "ngo/app/health.hpp"
#include "ngo/app/ops/admin.hpp"
#include "ngo/app/options.hpp"
#include "ngo/app/telemetry/metrics_options.hpp"
#include "ngo/app/telemetry/tracing_options.hpp"
#include "ngo/config/report.hpp"
#include "ngo/config/tree.hpp"
#include "ngo/http/server_options.hpp"
#include "ngo/log/options.hpp"

namespace ngo::app {

struct Sections {
  // Sets all of them from the tree. Mistakes go to the report.
  void bind(config::Tree& tree, config::Report& report);

  std::vector<log::Options> log_options;
  ServiceOptions service;
  OpsOptions ops;
  RuntimeOptions runtime;
  HealthOptions health_options;
  AdminOptions admin_options;
  MetricsOptions metrics_options;
  TracingOptions tracing_options;
  http::ServerOptions server_options;
  http::ServerOptions ops_server_options;

 private:
  void bind_log(config::Tree& tree, config::Report& report);
};

}  // namespace ngo::app
