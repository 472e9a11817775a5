#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "ngo/app/telemetry/pinpoint_stats_impl.hpp"
#include "ngo/app/telemetry/proc_impl.hpp"

namespace ngo::app {
namespace {

std::int64_t microseconds(const timeval& time) noexcept { return time.tv_sec * 1'000'000 + time.tv_usec; }

double share(std::int64_t part, std::int64_t whole) noexcept {
  return whole <= 0 ? 0 : std::clamp(static_cast<double>(part) / static_cast<double>(whole), 0.0, 1.0);
}

}  // namespace

PinpointStats::Times PinpointStats::times() {
  Times out;
  out.wall = std::chrono::duration_cast<std::chrono::microseconds>(
                 std::chrono::system_clock::now().time_since_epoch())
                 .count();
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0)
    out.process = microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
  const ProcFile host("/proc/stat");  // "cpu  user nice system idle iowait ...", in ticks
  if (!host.text().starts_with("cpu ")) return out;
  const std::int64_t tick = 1'000'000 / std::max<std::int64_t>(1, sysconf(_SC_CLK_TCK));
  const char* at = host.text().data() + 3;
  constexpr int kIdle = 3;
  constexpr int kWaiting = 4;
  constexpr int kFields = 8;  // those after it are parts of the first two
  for (int i = 0; i < kFields; ++i) {
    char* end = nullptr;
    const std::int64_t ticks = std::strtoll(at, &end, 10);
    if (end == at) break;
    at = end;
    out.spent += ticks * tick;
    if (i != kIdle && i != kWaiting) out.busy += ticks * tick;
  }
  return out;
}

trace::PinpointStat PinpointStats::read() {
  const Times now = times();
  trace::PinpointStat out;
  out.time = now.wall / 1000;
  out.interval = (now.wall - before_.wall) / 1000;
  const std::int64_t processors = std::max<std::int64_t>(1, sysconf(_SC_NPROCESSORS_ONLN));
  out.process_cpu = share(now.process - before_.process, (now.wall - before_.wall) * processors);
  out.system_cpu = share(now.busy - before_.busy, now.spent - before_.spent);
  if (const auto memory = process_memory()) out.memory = memory->resident;
  out.memory_limit = static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  out.descriptors = open_descriptors().value_or(0);
  out.threads = ProcFile("/proc/self/status").number_after("\nThreads:").value_or(0);
  before_ = now;
  return out;
}

}  // namespace ngo::app
