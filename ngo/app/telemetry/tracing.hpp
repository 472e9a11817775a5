// Tracing as a whole: the tracer of the process, its memory of kept traces, and where else they go.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ngo/app/telemetry/span_batches.hpp"
#include "ngo/app/telemetry/tracing_options.hpp"
#include "ngo/config/report.hpp"
#include "ngo/http/routes.hpp"
#include "ngo/http/server_tracing.hpp"
#include "ngo/metrics/snapshot.hpp"
#include "ngo/runtime/task.hpp"
#include "ngo/trace/store.hpp"
#include "ngo/trace/tracer.hpp"

namespace ngo::app {

class Tracing {
 public:
  // Mistakes of the options and of the environment (OTEL_PROPAGATORS, OTEL_TRACES_SAMPLER, ...), which wins,
  // become sentences of the report.
  Tracing(const TracingOptions& options, const trace::Resource& resource, config::Report& report);
  Tracing(const Tracing&) = delete;
  Tracing& operator=(const Tracing&) = delete;
  ~Tracing();

  [[nodiscard]] const TracingOptions& options() const noexcept { return options_; }
  [[nodiscard]] trace::Tracer& tracer() noexcept { return *tracer_; }
  [[nodiscard]] const trace::Tracer& tracer() const noexcept { return *tracer_; }
  [[nodiscard]] trace::Store& store() noexcept { return store_; }
  [[nodiscard]] const trace::Store& store() const noexcept { return store_; }
  // For an http::Server; null when tracing is off.
  [[nodiscard]] std::shared_ptr<const http::ServerTracing> for_servers();

  // Instead of what the options say. Before start().
  void export_to(std::unique_ptr<trace::Exporter> exporter);
  // What is wrong with the sampling that these options and the environment want; empty when nothing is.
  [[nodiscard]] static std::string check_sampling(const TracingOptions& next);
  // New traces are sampled so from now on, from any thread.
  void apply_sampling(const TracingOptions& next);
  // Makes it the tracer of the process, and the log remember lines for it.
  void start();
  // Ends the intervals of the slowest and sends what was kept, on the supervisor's loop, until it is
  // cancelled.
  [[nodiscard]] Task<void> run();
  // After run(): sends what is left, within `limit`.
  [[nodiscard]] Task<void> finish(Duration limit);
  // What has become of the spans on their way to the back end; nothing where there is none.
  [[nodiscard]] std::optional<SpanBatchesStats> exported() const;
  void stop() noexcept;

 private:
  void begin_exporting(const trace::Resource& resource, const trace::Sender& sender, config::Report& report);
  [[nodiscard]] Task<void> end_intervals();
  [[nodiscard]] Task<void> renew_store();
  [[nodiscard]] bool wants(std::size_t spans) noexcept;

  TracingOptions options_;
  trace::Store store_;
  std::unique_ptr<SpanBatches> batches_;  // null: they go nowhere
  std::unique_ptr<trace::Tracer> tracer_;
};

// The process's attributes as traces tell them.
[[nodiscard]] trace::Resource resource_of_traces(const metrics::Labels& labels);

// GET /ops/traces (?route= &status= &minDuration= &maxDuration= &attribute= &limit=), GET /ops/traces/{id},
// GET and PUT /ops/tracing.
void add_tracing(Routes& routes, Tracing& tracing);

}  // namespace ngo::app
