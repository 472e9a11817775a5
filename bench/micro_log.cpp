// Log lines: one that is off, and whole ones up to the sink and into a descriptor.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "ngo/log/log.hpp"
#include "ngo/log/sink.hpp"
#include "ngo/runtime/context.hpp"

namespace {

class Nowhere final : public ngo::log::Sink {
 public:
  bool write(ngo::log::Level /*level*/, std::string_view line) noexcept override {
    benchmark::DoNotOptimize(line.data());
    return true;
  }
};

class ToNowhere {
 public:
  explicit ToNowhere(ngo::log::Layout layout = ngo::log::Layout::txt) {
    ngo::log::default_logger.set_layout(layout);
    ngo::log::set_sink(std::make_shared<Nowhere>());
  }
  ToNowhere(const ToNowhere&) = delete;
  ToNowhere& operator=(const ToNowhere&) = delete;
  ~ToNowhere() { ngo::log::set_sink(nullptr); }
};

void log_off(benchmark::State& state) {
  int id = 0;
  for (auto _ : state) {
    ngo::log::debug("article {} created", id);
    benchmark::DoNotOptimize(++id);
  }
}
BENCHMARK(log_off);

void log_off_with_fields(benchmark::State& state) {
  int id = 0;
  for (auto _ : state) {
    ngo::log::debug("article created", {{"id", id}, {"route", "/articles/{id}"}});
    benchmark::DoNotOptimize(++id);
  }
}
BENCHMARK(log_off_with_fields);

void log_line(benchmark::State& state) {
  const ToNowhere sink;
  int id = 0;
  for (auto _ : state) ngo::log::info("article {} created", ++id);
}
BENCHMARK(log_line);

void log_line_with_fields_and_trace(benchmark::State& state) {
  const ToNowhere sink(state.range(0) == 0 ? ngo::log::Layout::txt : ngo::log::Layout::json);
  ngo::Context context;
  context.set_trace({{1, 2}, {3}});
  const ngo::CurrentContext current(context);
  int id = 0;
  for (auto _ : state)
    ngo::log::info("article created", {{"id", ++id}, {"route", "/articles/{id}"}, {"took", 0.25}});
  ngo::log::default_logger.set_layout(ngo::log::Layout::txt);
}
BENCHMARK(log_line_with_fields_and_trace)->ArgName("json")->Arg(0)->Arg(1);

// With the write(2) that a line to a file costs.
void log_line_written(benchmark::State& state) {
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  ngo::log::set_sink(std::make_shared<ngo::log::Console>(nowhere));
  int id = 0;
  for (auto _ : state) ngo::log::info("article {} created", ++id);
  ngo::log::set_sink(nullptr);
  close(nowhere);
}
BENCHMARK(log_line_written);

}  // namespace
