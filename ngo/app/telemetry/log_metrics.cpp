#include <array>

#include "ngo/app/telemetry/process_metrics.hpp"
#include "ngo/log/on_line.hpp"

namespace ngo::app {
namespace {

constexpr std::size_t kLevels = 6;
// The process has one log: the function that it calls has no other place for these.
constinit std::array<metrics::Counter, kLevels> lines;
constinit metrics::Counter dropped_lines;

void count_line(log::Level level, bool dropped) noexcept {
  lines[static_cast<std::size_t>(level)].add();
  if (dropped) dropped_lines.add();
}

}  // namespace

LogMetrics::LogMetrics(Metrics& metrics) {
  const auto counter = metrics.counter("ngo.log.lines", "{line}", "lines that were logged");
  for (std::size_t i = 0; i < kLevels; ++i)
    lines[i] = counter.with({{"ngo.log.level", log::to_string(static_cast<log::Level>(i))}});
  dropped_lines = metrics.counter("ngo.log.lines.dropped", "{line}", "lines that nothing took").with({});
  log::on_line(&count_line);
}

LogMetrics::~LogMetrics() { log::on_line(nullptr); }

}  // namespace ngo::app
