#include "ngo/app/telemetry/trace_metrics.hpp"

#include <string>

namespace ngo::app {
namespace {

using metrics::Collector;
using metrics::Description;
using metrics::Kind;

constexpr Description kKept{Kind::counter, "ngo.trace.kept", "{trace}",
                            "local roots that were kept when they ended"};
constexpr Description kUnwanted{Kind::counter, "ngo.trace.unwanted", "{trace}",
                                "sampled ones that neither the exporter nor the memory had room for"};
constexpr Description kMemory{Kind::up_down_counter, "ngo.trace.memory.usage", "By",
                              "what the traces shown at /ops/traces take"};
constexpr Description kQueue{Kind::up_down_counter, "otel.sdk.processor.span.queue.size", "{span}",
                             "spans that wait for the exporter"};
constexpr Description kCapacity{Kind::up_down_counter, "otel.sdk.processor.span.queue.capacity", "{span}",
                                "spans that may wait"};
constexpr Description kProcessed{Kind::counter, "otel.sdk.processor.span.processed", "{span}",
                                 "spans that have left the queue, or found it full"};
constexpr Description kExported{Kind::counter, "otel.sdk.exporter.span.exported", "{span}",
                                "spans that the back end took, or did not"};
constexpr Description kRetries{Kind::counter, "ngo.trace.exporter.retries", "{batch}",
                               "batches that were sent once more"};

constexpr const char* kType = "otel.component.type";
constexpr const char* kProcessor = "batching_span_processor";

std::int64_t number(std::uint64_t count) { return static_cast<std::int64_t>(count); }

void add_exported(Collector& out, const SpanBatchesStats& stats, const Tracing& tracing) {
  out.add(kQueue, number(stats.queued), {{kType, kProcessor}});
  out.add(kCapacity, number(tracing.options().batch.queue_size), {{kType, kProcessor}});
  const std::uint64_t tried =
      stats.exported + stats.dropped_refused + stats.dropped_gave_up + stats.dropped_partial;
  out.add(kProcessed, number(tried), {{kType, kProcessor}});
  out.add(kProcessed, number(stats.dropped_queue_full), {{kType, kProcessor}, {"error.type", "queue_full"}});
  out.add(kProcessed, number(stats.dropped_stopped),
          {{kType, kProcessor}, {"error.type", "already_shutdown"}});
  const std::string& type = tracing.options().type;
  out.add(kExported, number(stats.exported), {{kType, type}});
  out.add(kExported, number(stats.dropped_refused), {{kType, type}, {"error.type", "rejected"}});
  out.add(kExported, number(stats.dropped_partial), {{kType, type}, {"error.type", "partial_success"}});
  out.add(kExported, number(stats.dropped_gave_up), {{kType, type}, {"error.type", "timeout"}});
  out.add(kRetries, number(stats.retries), {{kType, type}});
}

}  // namespace

metrics::Collection trace_metrics(Metrics& metrics, const Tracing& tracing) {
  return metrics.on_collect([&tracing](Collector& out) {
    const trace::Tracer::Counts counts = tracing.tracer().counts();
    constexpr const char* kWhy = "ngo.trace.reason";
    out.add(kKept, number(counts.kept_sampled), {{kWhy, "sampled"}});
    out.add(kKept, number(counts.kept_error), {{kWhy, "error"}});
    out.add(kKept, number(counts.kept_slow), {{kWhy, "slow"}});
    out.add(kUnwanted, number(counts.unwanted));
    out.add(kMemory, static_cast<std::int64_t>(tracing.store().size().bytes));
    if (const auto stats = tracing.exported()) add_exported(out, *stats, tracing);
  });
}

}  // namespace ngo::app
