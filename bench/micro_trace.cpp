// What tracing costs: spans that are kept and that are not, a root with its decision, headers in and out.
#include <benchmark/benchmark.h>

#include <array>
#include <string_view>

#include "ngo/metrics/registry.hpp"
#include "ngo/runtime/context.hpp"
#include "ngo/telemetry/calls.hpp"
#include "ngo/trace/propagation.hpp"
#include "ngo/trace/span.hpp"
#include "ngo/trace/tracer.hpp"

namespace {

using ngo::trace::Span;
using ngo::trace::Tracer;

class Traced {
 public:
  explicit Traced(double ratio) : tracer_(options(ratio)), current_(context_) {
    Tracer::set_of_process(&tracer_);
  }
  Tracer& tracer() { return tracer_; }
  ngo::Context& context() { return context_; }

 private:
  static ngo::trace::TracerOptions options(double ratio) {
    ngo::trace::TracerOptions out;
    out.sampling.ratio = ratio;
    out.slowest = 0;
    return out;
  }
  Tracer tracer_;
  ngo::Context context_;
  ngo::CurrentContext current_;
};

// In a root that begins anew after every so many, as requests do.
void unsampled_child_span(benchmark::State& state) {
  Traced traced(0);
  constexpr int kChildren = 64;
  while (state.KeepRunningBatch(kChildren)) {
    const Span root("root");
    for (int i = 0; i < kChildren; ++i) Span child("child", ngo::trace::SpanKind::client);
  }
}
BENCHMARK(unsampled_child_span);

void unsampled_child_span_with_two_attributes(benchmark::State& state) {
  Traced traced(0);
  constexpr int kChildren = 64;
  while (state.KeepRunningBatch(kChildren)) {
    const Span root("root");
    for (int i = 0; i < kChildren; ++i) {
      Span child("child", ngo::trace::SpanKind::client);
      child.attribute("db.system.name", "mysql").attribute("server.port", 3306);
    }
  }
}
BENCHMARK(unsampled_child_span_with_two_attributes);

// All that a client's call is shown with: a span with four attributes, its duration and the number in flight.
void unsampled_call_with_its_metrics(benchmark::State& state) {
  Traced traced(0);
  ngo::Metrics metrics;
  const ngo::telemetry::CallsOptions options{.duration = "db.client.operation.duration", .in_flight = {}};
  const ngo::telemetry::Calls calls(metrics, options, {{"db.system.name", "mysql"}, {"server.port", 3306}});
  constexpr int kChildren = 64;
  while (state.KeepRunningBatch(kChildren)) {
    const Span root("root");
    for (int i = 0; i < kChildren; ++i) {
      auto call =
          calls.begin("SELECT users", {{"db.operation.name", "SELECT"}, {"db.collection.name", "users"}});
    }
  }
}
BENCHMARK(unsampled_call_with_its_metrics);

void untraced_call_with_its_metrics(benchmark::State& state) {
  ngo::Metrics metrics;
  const ngo::telemetry::CallsOptions options{.duration = "db.client.operation.duration", .in_flight = {}};
  const ngo::telemetry::Calls calls(metrics, options, {{"db.system.name", "mysql"}, {"server.port", 3306}});
  for (auto _ : state) {
    auto call =
        calls.begin("SELECT users", {{"db.operation.name", "SELECT"}, {"db.collection.name", "users"}});
  }
}
BENCHMARK(untraced_call_with_its_metrics);

void unsampled_root_span(benchmark::State& state) {
  Traced traced(0);
  for (auto _ : state) Span root("root");
}
BENCHMARK(unsampled_root_span);

void kept_root_with_a_child(benchmark::State& state) {
  Traced traced(1);
  for (auto _ : state) {
    Span root("root");
    Span child("child");
    child.attribute("db.system.name", "mysql");
  }
}
BENCHMARK(kept_root_with_a_child);

void parse_traceparent(benchmark::State& state) {
  std::string_view text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  for (auto _ : state) {
    benchmark::DoNotOptimize(text);
    ngo::TraceIdentity identity;
    benchmark::DoNotOptimize(ngo::trace::parse_traceparent(text, identity));
    benchmark::DoNotOptimize(identity);
  }
}
BENCHMARK(parse_traceparent);

void inject_traceparent(benchmark::State& state) {
  Traced traced(0);
  const Span root("root");
  for (auto _ : state) {
    traced.tracer().inject([](std::string_view name, std::string_view value) {
      benchmark::DoNotOptimize(name);
      benchmark::DoNotOptimize(value);
    });
  }
}
BENCHMARK(inject_traceparent);

}  // namespace
