// Ids, times and histograms: what every request does a few times.
#include <benchmark/benchmark.h>

#include <chrono>
#include <ctime>

#include "ngo/base/civil_time.hpp"
#include "ngo/base/histogram.hpp"
#include "ngo/base/id.hpp"

namespace {

void random_bits(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ngo::random_bits());
}
BENCHMARK(random_bits);

void trace_id(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ngo::TraceId::generate());
}
BENCHMARK(trace_id);

void hex(benchmark::State& state) {
  char out[16];
  for (auto _ : state) {
    ngo::write_hex(ngo::random_bits(), out);
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(hex);

void uuid_7(benchmark::State& state) {
  const ngo::SystemTime now = std::chrono::system_clock::now();
  char out[ngo::Uuid::kTextSize];
  for (auto _ : state) {
    ngo::Uuid::at(now).write(out);
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(uuid_7);

void http_date(benchmark::State& state) {
  ngo::SystemTime now = std::chrono::system_clock::now();
  char out[ngo::kHttpDateSize];
  for (auto _ : state) {
    now += std::chrono::seconds(1);
    ngo::write_http_date(now, out);
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(http_date);

// The same by the C library, for comparison.
void http_date_strftime(benchmark::State& state) {
  std::time_t now = std::time(nullptr);
  char out[ngo::kHttpDateSize + 1];
  for (auto _ : state) {
    std::tm civil{};
    ++now;
    gmtime_r(&now, &civil);
    std::strftime(out, sizeof(out), "%a, %d %b %Y %H:%M:%S GMT", &civil);
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(http_date_strftime);

void parse_http_date(benchmark::State& state) {
  const ngo::SystemTime now = std::chrono::system_clock::now();
  for (auto _ : state) benchmark::DoNotOptimize(ngo::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT", now));
}
BENCHMARK(parse_http_date);

// Lines of one second, as most are, 10 µs apart.
void log_time(benchmark::State& state) {
  ngo::SystemTime now = std::chrono::system_clock::now();
  char out[ngo::kLogTimeSize];
  for (auto _ : state) {
    now += std::chrono::microseconds(10);
    ngo::write_log_time(now, out);
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(log_time);

void histogram_record(benchmark::State& state) {
  ngo::Histogram histogram;
  std::uint64_t value = 1;
  for (auto _ : state) {
    histogram.record(value);
    value = value * 5 % 100'003;
  }
  benchmark::DoNotOptimize(histogram);
}
BENCHMARK(histogram_record);

void histogram_quantile(benchmark::State& state) {
  ngo::Histogram histogram;
  for (int i = 0; i < 100'000; ++i) histogram.record(ngo::random_below(10'000'000));
  const ngo::Histogram::Snapshot snapshot = histogram.snapshot();
  for (auto _ : state) benchmark::DoNotOptimize(snapshot.quantile(0.99));
}
BENCHMARK(histogram_quantile);

}  // namespace
