// Log lines: one that is off, and whole ones up to the sink and into a descriptor.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <memory>
#include <string>
#include <thread>

#include "ngo/log/file.hpp"
#include "ngo/log/log.hpp"
#include "ngo/log/sink.hpp"
#include "ngo/log/writer.hpp"
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

// A line of three fields into a file, by the queue and the writer thread. CPU of the thread that logs and of
// the whole process, for each line; both wait for the queue instead of losing lines.
struct CpuClock {
  static double seconds(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  }
  double thread = seconds(CLOCK_THREAD_CPUTIME_ID);
  double process = seconds(CLOCK_PROCESS_CPUTIME_ID);

  void report(benchmark::State& state, std::size_t lines) const {
    const auto count = static_cast<double>(lines);
    state.counters["worker_ns"] = (seconds(CLOCK_THREAD_CPUTIME_ID) - thread) / count * 1e9;
    state.counters["process_ns"] = (seconds(CLOCK_PROCESS_CPUTIME_ID) - process) / count * 1e9;
    state.counters["lines/s"] = benchmark::Counter(count, benchmark::Counter::kIsRate);
  }
};

// Lines in bursts of half a millisecond with a pause behind them: two million a second.
class Pace {
 public:
  void line() {
    if (++lines_ % 1000 != 0) return;
    next_ += std::chrono::microseconds(500);
    std::this_thread::sleep_until(next_);
  }

 private:
  std::size_t lines_ = 0;
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now();
};

constexpr std::size_t kPacedLines = 1'000'000;

void log_line_of_three_fields_to_a_file(benchmark::State& state) {
  ngo::log::FileOptions options;
  options.path = "/tmp/ngo_micro_log/ngo.log";
  options.max_backups = 1;
  ngo::log::start_writer();
  const auto file = ngo::log::open_file(options);
  ngo::log::set_sink(file);
  for (auto _ : state) {
    const CpuClock before;
    Pace pace;
    for (std::size_t i = 0; i < kPacedLines; ++i, pace.line())
      ngo::log::info("article created", {{"id", i}, {"route", "/articles/{id}"}, {"took", 0.25}});
    ngo::log::flush();
    before.report(state, kPacedLines);
  }
  ngo::log::set_sink(nullptr);
  ngo::log::stop_writer();
}
BENCHMARK(log_line_of_three_fields_to_a_file)->Iterations(1)->Unit(benchmark::kMillisecond)->UseRealTime();

void spdlog_line_of_three_fields_to_a_file(benchmark::State& state) {
  spdlog::init_thread_pool(8192, 1);
  const auto logger =
      spdlog::basic_logger_mt<spdlog::async_factory>("peer", "/tmp/ngo_micro_log/spdlog.log", true);
  logger->set_pattern("%Y-%m-%d %H:%M:%S.%e [%l] [%s:%#] %v");
  for (auto _ : state) {
    const CpuClock before;
    Pace pace;
    for (std::size_t i = 0; i < kPacedLines; ++i, pace.line()) {
      SPDLOG_LOGGER_INFO(logger, R"(article created {{"id":{},"route":"{}","took":{}}})", i, "/articles/{id}",
                         0.25);
    }
    logger->flush();
    before.report(state, kPacedLines);
  }
  spdlog::shutdown();
}
BENCHMARK(spdlog_line_of_three_fields_to_a_file)->Iterations(1)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
