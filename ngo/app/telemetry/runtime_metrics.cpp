#include <ctime>

#include "ngo/app/telemetry/process_metrics.hpp"
#include "ngo/runtime/blocking.hpp"

namespace ngo::app {
namespace {

using metrics::Collector;
using metrics::Description;
using metrics::Kind;

constexpr Description kWorkers{Kind::up_down_counter, "ngo.runtime.worker.count", "{worker}",
                               "threads that serve"};
constexpr Description kWorkerCpu{Kind::counter, "ngo.runtime.worker.cpu.time", "s", "CPU time of a worker"};
constexpr Description kBlocked{
    Kind::counter, "ngo.runtime.worker.blocked", "{block}",
    "pieces of work that held their worker longer than runtime.blockedWorkerLimit"};
constexpr Description kBlockedTime{Kind::counter, "ngo.runtime.worker.blocked.time", "s",
                                   "for how long workers were held so"};
constexpr Description kBlockingThreads{Kind::up_down_counter, "ngo.runtime.blocking.thread.count", "{thread}",
                                       "threads for blocking work"};
constexpr Description kBlockingQueue{Kind::up_down_counter, "ngo.runtime.blocking.queue.size", "{task}",
                                     "pieces of blocking work that wait for a thread"};
constexpr Description kBlockingTasks{Kind::counter, "ngo.runtime.blocking.tasks", "{task}",
                                     "pieces of blocking work that have ended or were refused"};
constexpr Description kConnections{Kind::up_down_counter, "ngo.http.server.connection.count", "{connection}",
                                   "open connections of clients"};

// The CPU time of a thread by its kernel id; negative when the kernel does not tell.
double cpu_seconds(int thread) noexcept {
  // As pthread_getcpuclockid() makes it: the id's complement, and 6 for one thread's time in all.
  const auto clock = static_cast<clockid_t>((~static_cast<unsigned>(thread) << 3U) | 6U);
  timespec time{};
  if (clock_gettime(clock, &time) != 0) return -1;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

void add_blocking(Collector& out) {
  const BlockingPool::Stats stats = BlockingPool::shared().stats();
  const auto number = [](std::uint64_t count) { return static_cast<std::int64_t>(count); };
  constexpr const char* kState = "ngo.thread.state";
  out.add(kBlockingThreads, number(stats.threads - stats.idle), {{kState, "busy"}});
  out.add(kBlockingThreads, number(stats.idle), {{kState, "idle"}});
  out.add(kBlockingQueue, number(stats.queued));
  out.add(kBlockingTasks, number(stats.completed), {{"ngo.task.outcome", "completed"}});
  out.add(kBlockingTasks, number(stats.rejected), {{"ngo.task.outcome", "rejected"}});
}

}  // namespace

metrics::Collection runtime_metrics(Metrics& metrics, Workers& workers, const Watchdog* watchdog) {
  return metrics.on_collect([&workers, watchdog](Collector& out) {
    out.add(kWorkers, static_cast<std::int64_t>(workers.size()));
    for (std::size_t i = 0; i < workers.size(); ++i) {
      const double time = cpu_seconds(workers.thread_id(i));
      if (time >= 0) out.add(kWorkerCpu, time, {{"ngo.worker", i}});
      if (watchdog == nullptr) continue;
      const Watchdog::Counts counts = watchdog->counts(i);
      out.add(kBlocked, static_cast<std::int64_t>(counts.blocked), {{"ngo.worker", i}});
      out.add(kBlockedTime, std::chrono::duration<double>(counts.total).count(), {{"ngo.worker", i}});
    }
    add_blocking(out);
  });
}

metrics::Collection server_metrics(Metrics& metrics, const http::Server& server) {
  return metrics.on_collect([&server](Collector& out) { out.add(kConnections, server.connections()); });
}

}  // namespace ngo::app
