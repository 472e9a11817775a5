// Instruments that tests record with.
#include "ngo/base/id.hpp"
#include "ngo/runtime/context.hpp"
#include "probe.hpp"

namespace probe {

void add_metrics(ngo::Routes& routes, ngo::Metrics& metrics) {
  const ngo::metrics::Histogram histogram =
      metrics.histogram("probe.traced.duration", "s", "values that tests record");
  // Records a value of a trace, which Prometheus shows as an exemplar.
  routes.post("/metrics/traced/{trace}/{milliseconds}", [histogram](std::string trace, int milliseconds) {
    histogram.record(milliseconds / 1000.0, {ngo::TraceId::parse(trace).value(), {1}});
    return ngo::Response(204);
  });
  // A label whose values nobody bounds.
  const auto counter = metrics.counter("probe.visits", "{visit}", "by user");
  routes.post("/metrics/visits/{user}", [counter](std::string user) {
    counter.with({{"user", std::string_view(user)}}).add();
    return ngo::Response(204);
  });
  routes.get("/metrics/uptime", [](ngo::Metrics& all) {
    const ngo::metrics::Snapshot snapshot = all.snapshot();
    return std::to_string(snapshot.find("process.uptime")->points[0].number());
  });
}

}  // namespace probe
