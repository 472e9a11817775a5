// Metrics: recording with each instrument, prometheus-cpp beside them, and what a scrape of 10,000 series
// costs.
#include <benchmark/benchmark.h>
#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ngo/http/route_table.hpp"
#include "ngo/http/server_metrics.hpp"
#include "ngo/metrics/registry.hpp"
#include "ngo/metrics/text.hpp"

namespace {

constexpr int kSeries = 10'000;  // lines of an exposition

// Different buckets, so that no branch is always taken the same way.
class Durations {
 public:
  double next() noexcept {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<double>(state_ >> 40U) * 1e-7;
  }

 private:
  std::uint64_t state_ = 1;
};

void metrics_counter(benchmark::State& state) {
  static ngo::Metrics registry;
  const ngo::metrics::Counter counter = registry.counter("counter", "1", "").with({{"k", "v"}});
  for (auto _ : state) {
    counter.add();
    benchmark::ClobberMemory();
  }
}
BENCHMARK(metrics_counter)->Threads(1)->Threads(2);

void metrics_histogram(benchmark::State& state) {
  static ngo::Metrics registry;
  const ngo::metrics::Histogram histogram = registry.histogram("histogram", "s", "").with({{"k", "v"}});
  Durations durations;
  for (auto _ : state) {
    histogram.record(durations.next());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(metrics_histogram)->Threads(1)->Threads(2);

void metrics_histogram_with_exemplar(benchmark::State& state) {
  ngo::Metrics registry;
  const ngo::metrics::Histogram histogram = registry.histogram("histogram", "s", "").with({{"k", "v"}});
  Durations durations;
  for (auto _ : state) {
    histogram.record(durations.next(), {{1, 2}, {3}});
    benchmark::ClobberMemory();
  }
}
BENCHMARK(metrics_histogram_with_exemplar);

void metrics_exponential_histogram(benchmark::State& state) {
  ngo::Metrics registry;
  const ngo::metrics::ExponentialHistogram histogram = registry.exponential_histogram("histogram", "s", "");
  Durations durations;
  for (auto _ : state) {
    histogram.record(durations.next());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(metrics_exponential_histogram);

void metrics_gauge(benchmark::State& state) {
  ngo::Metrics registry;
  const ngo::metrics::Gauge gauge = registry.gauge("gauge", "1", "");
  double value = 0;
  for (auto _ : state) {
    gauge.set(value += 1);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(metrics_gauge);

// All that a server counts of one request.
void metrics_of_a_request(benchmark::State& state) {
  ngo::Metrics registry;
  ngo::Routes routes;
  const ngo::http::RouteTable table(routes, ngo::http::ServerOptions());
  ngo::http::ServerMetrics metrics(registry, table);
  const ngo::http::RequestKind kind{ngo::http::Method::get, 11, false};
  ngo::http::ServerMetrics::Outcome outcome;
  outcome.status = 200;
  outcome.response_bytes = 120;
  Durations durations;
  for (auto _ : state) {
    metrics.begin(kind);
    outcome.took = ngo::Duration(static_cast<std::int64_t>(durations.next() * 1e9));
    metrics.end(table.fallback(), kind, outcome);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(metrics_of_a_request);

// Half of it counters, half histograms of 17 lines each.
void metrics_scrape(benchmark::State& state) {
  ngo::Metrics registry;
  const auto counter = registry.counter("jobs.done", "{job}", "jobs");
  const auto histogram = registry.histogram("job.duration", "s", "how long jobs have taken");
  const int counters = 2000 < kSeries / 2 ? 2000 : kSeries / 2;
  for (int i = 0; i < counters; ++i)
    counter.with({{"http.route", "/articles/" + std::to_string(i)}, {"http.request.method", "GET"}}).add();
  for (int i = 0; i < (kSeries - counters) / 17; ++i) {
    const ngo::metrics::Histogram bound =
        histogram.with({{"http.route", "/articles/" + std::to_string(i)}, {"http.request.method", "GET"}});
    bound.record(0.1);
  }
  std::size_t lines = 0;
  for (auto _ : state) {
    std::string text;
    ngo::metrics::TextWriter writer(ngo::metrics::Exposition::prometheus, text);
    ngo::Metrics::Reading reading = registry.read();
    while (const auto family = reading.next()) writer.write(*family);
    benchmark::DoNotOptimize(text.data());
    lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }
  state.counters["lines"] = static_cast<double>(lines);
}
BENCHMARK(metrics_scrape)->Unit(benchmark::kMillisecond);

void prometheus_cpp_counter(benchmark::State& state) {
  static prometheus::Registry registry;
  static auto& family = prometheus::BuildCounter().Name("counter").Register(registry);
  prometheus::Counter& counter = family.Add({{"k", "v"}});
  for (auto _ : state) {
    counter.Increment();
    benchmark::ClobberMemory();
  }
}
BENCHMARK(prometheus_cpp_counter)->Threads(1)->Threads(2);

void prometheus_cpp_histogram(benchmark::State& state) {
  static prometheus::Registry registry;
  static auto& family = prometheus::BuildHistogram().Name("histogram").Register(registry);
  const ngo::metrics::Bounds bounds = ngo::metrics::kRequestSeconds;
  prometheus::Histogram& histogram =
      family.Add({{"k", "v"}}, prometheus::Histogram::BucketBoundaries(bounds.begin(), bounds.end()));
  Durations durations;
  for (auto _ : state) {
    histogram.Observe(durations.next());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(prometheus_cpp_histogram)->Threads(1)->Threads(2);

void prometheus_cpp_scrape(benchmark::State& state) {
  prometheus::Registry registry;
  auto& counter = prometheus::BuildCounter().Name("jobs_done_total").Help("jobs").Register(registry);
  auto& histogram = prometheus::BuildHistogram()
                        .Name("job_duration_seconds")
                        .Help("how long jobs have taken")
                        .Register(registry);
  const ngo::metrics::Bounds bounds = ngo::metrics::kRequestSeconds;
  for (int i = 0; i < 2000; ++i)
    counter.Add({{"http_route", "/articles/" + std::to_string(i)}, {"http_request_method", "GET"}})
        .Increment();
  for (int i = 0; i < (kSeries - 2000) / 17; ++i) {
    histogram
        .Add({{"http_route", "/articles/" + std::to_string(i)}, {"http_request_method", "GET"}},
             prometheus::Histogram::BucketBoundaries(bounds.begin(), bounds.end()))
        .Observe(0.1);
  }
  const prometheus::TextSerializer serializer;
  for (auto _ : state) benchmark::DoNotOptimize(serializer.Serialize(registry.Collect()));
}
BENCHMARK(prometheus_cpp_scrape)->Unit(benchmark::kMillisecond);

}  // namespace
