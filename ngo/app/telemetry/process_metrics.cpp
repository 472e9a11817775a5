#include "ngo/app/telemetry/process_metrics.hpp"

#include <sys/resource.h>

#include <optional>

#include "ngo/app/telemetry/proc_impl.hpp"
#include "ngo/version.hpp"

namespace ngo::app {
namespace {

using metrics::Collector;
using metrics::Description;
using metrics::Kind;

constexpr Description kCpuTime{Kind::counter, "process.cpu.time", "s", "CPU time of the process"};
constexpr Description kMemory{Kind::up_down_counter, "process.memory.usage", "By", "physical memory in use"};
constexpr Description kVirtual{Kind::up_down_counter, "process.memory.virtual", "By", "virtual memory"};
constexpr Description kThreads{Kind::up_down_counter, "process.thread.count", "{thread}", "threads"};
constexpr Description kDescriptors{Kind::up_down_counter, "process.unix.file_descriptor.count",
                                   "{file_descriptor}", "open descriptors: files, sockets and the like"};
constexpr Description kMostDescriptors{Kind::up_down_counter, "ngo.process.file_descriptor.limit",
                                       "{file_descriptor}", "how many may be open at once"};
constexpr Description kSwitches{Kind::counter, "process.context_switches", "{context_switch}",
                                "times that a thread gave its CPU away (voluntary) or lost it"};
constexpr Description kFaults{Kind::counter, "process.paging.faults", "{fault}",
                              "pages that were not there when they were touched"};
constexpr Description kDisk{Kind::counter, "process.disk.io", "By", "bytes read from and written to disks"};
constexpr Description kBuild{Kind::gauge, "ngo.build.info", "", "what ngo was built with; always 1"};
constexpr Description kUptime{Kind::gauge, "process.uptime", "s", "since the process has begun"};

double seconds(const timeval& time) noexcept {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

void add_memory(Collector& out) {
  const std::optional<ProcessMemory> memory = process_memory();
  if (!memory) return;
  out.add(kVirtual, memory->all);
  out.add(kMemory, memory->resident);
}

void add_usage(Collector& out) {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return;
  out.add(kCpuTime, seconds(usage.ru_utime), {{"cpu.mode", "user"}});
  out.add(kCpuTime, seconds(usage.ru_stime), {{"cpu.mode", "system"}});
  const auto count = [&](const Description& what, long number, const char* key, const char* value) {
    out.add(what, static_cast<std::int64_t>(number), {{key, value}});
  };
  count(kSwitches, usage.ru_nvcsw, "process.context_switch.type", "voluntary");
  count(kSwitches, usage.ru_nivcsw, "process.context_switch.type", "involuntary");
  count(kFaults, usage.ru_majflt, "system.paging.fault.type", "major");
  count(kFaults, usage.ru_minflt, "system.paging.fault.type", "minor");
}

}  // namespace

metrics::Collection process_metrics(Metrics& metrics, TimePoint began) {
  return metrics.on_collect([began](Collector& out) {
    add_usage(out);
    add_memory(out);
    const ProcFile status("/proc/self/status");
    if (const auto threads = status.number_after("\nThreads:")) out.add(kThreads, *threads);
    const ProcFile disk("/proc/self/io");
    if (const auto bytes = disk.number_after("\nread_bytes:"))
      out.add(kDisk, *bytes, {{"disk.io.direction", "read"}});
    if (const auto bytes = disk.number_after("\nwrite_bytes:"))
      out.add(kDisk, *bytes, {{"disk.io.direction", "write"}});
    if (const auto open = open_descriptors()) out.add(kDescriptors, *open);
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
      out.add(kMostDescriptors, static_cast<std::int64_t>(limit.rlim_cur));
    out.add(kBuild, 1, {{"ngo.version", kVersion}, {"ngo.compiler", __VERSION__}});
    out.add(kUptime, std::chrono::duration<double>(Clock::real().now() - began).count());
  });
}

}  // namespace ngo::app
