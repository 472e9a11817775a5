#include "ngo/runtime/watchdog.hpp"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "ngo/base/stack_trace.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/hold_detector_impl.hpp"
#include "ngo/runtime/workers.hpp"

namespace ngo {
namespace {

// What is known about one loop from sample to sample.
struct Subject {
  const EventLoop* loop = nullptr;
  int thread = 0;
  detail::HoldDetector detector;
  const char* work = nullptr;  // what holds it
  bool reported = false;
  std::atomic<std::uint64_t> blocks{0};
  std::atomic<std::int64_t> total{0};
};

// What has been said about a piece of work.
struct Known {
  TimePoint last{};
  std::uint64_t unreported = 0;
};

}  // namespace

struct Watchdog::Impl {
  Options options;
  OnReport on_report;
  std::vector<Subject> subjects;
  std::map<const char*, Known> known;
  std::mutex mutex;
  std::condition_variable stop_wanted;
  bool stopping = false;
  std::thread thread;

  Impl(const std::vector<Watched>& watched, Options the_options, OnReport the_callback)
      : options(the_options), on_report(std::move(the_callback)), subjects(watched.size()) {
    options.limit = std::max<Duration>(options.limit, std::chrono::milliseconds(1));
    for (std::size_t i = 0; i < watched.size(); ++i) {
      subjects[i].loop = watched[i].loop;
      subjects[i].thread = watched[i].thread;
    }
    StackTrace::prime();
    thread = std::thread([this] { watch(); });
  }

  ~Impl() {
    {
      std::lock_guard lock(mutex);
      stopping = true;
    }
    stop_wanted.notify_all();
    thread.join();
  }

  void watch() {
    pthread_setname_np(pthread_self(), "ngo-watchdog");
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    std::unique_lock lock(mutex);
    bool working = true;
    while (!stopping) {
      // When all loops wait, looking half as often is soon enough: what begins then is followed closely.
      stop_wanted.wait_for(lock, options.limit / (working ? 4 : 2));
      if (stopping) break;
      lock.unlock();
      working = false;
      for (std::size_t i = 0; i < subjects.size(); ++i) working |= sample(i);
      lock.lock();
    }
  }

  // Whether the loop was working.
  bool sample(std::size_t index) {
    Subject& subject = subjects[index];
    const EventLoop::Activity activity = subject.loop->activity();
    const TimePoint now = Clock::real().now();
    switch (subject.detector.observe(activity.turn, now, options.limit)) {
      case detail::HoldDetector::Finding::nothing: break;
      case detail::HoldDetector::Finding::held: held(index, activity.work, now); break;
      case detail::HoldDetector::Finding::released: released(index); break;
    }
    return activity.turn != 0;
  }

  void held(std::size_t index, const char* work, TimePoint now) {
    Subject& subject = subjects[index];
    subject.work = work;
    subject.blocks.fetch_add(1, std::memory_order_relaxed);
    const auto [entry, first] = known.try_emplace(work);
    Known& of_work = entry->second;
    if (!first && now - of_work.last < options.report_every) {
      ++of_work.unreported;
      return;
    }
    of_work.last = now;
    subject.reported = true;
    Report report{index, work, subject.detector.held_for(), {}, false, std::exchange(of_work.unreported, 0)};
    if (first) report.stack = stack_of(subject);
    on_report(report);
  }

  void released(std::size_t index) {
    Subject& subject = subjects[index];
    const Duration held_for = subject.detector.held_for();
    subject.total.fetch_add(held_for.count(), std::memory_order_relaxed);
    if (std::exchange(subject.reported, false)) on_report(Report{index, subject.work, held_for, {}, true, 0});
  }

  std::vector<std::string> stack_of(const Subject& subject) const {
    auto limit = std::chrono::ceil<std::chrono::milliseconds>(options.stack_limit);
    std::optional<StackTrace> trace = StackTrace::capture_thread(subject.thread, limit);
    // The stack of what came next would accuse the wrong one.
    if (!trace || subject.loop->activity().turn != subject.detector.turn()) return {};
    return trace->describe();
  }
};

namespace {

std::vector<Watchdog::Watched> all_of(Workers& workers) {
  std::vector<Watchdog::Watched> watched;
  watched.reserve(workers.size());
  for (std::size_t i = 0; i < workers.size(); ++i) {
    watched.push_back({&workers.loop(i), workers.thread_id(i)});
  }
  return watched;
}

}  // namespace

Watchdog::Watchdog(Workers& workers, Options options, OnReport on_report)
    : Watchdog(all_of(workers), options, std::move(on_report)) {}
Watchdog::Watchdog(std::vector<Watched> watched, Options options, OnReport on_report)
    : impl_(std::make_unique<Impl>(watched, options, std::move(on_report))) {}
Watchdog::~Watchdog() = default;

Watchdog::Counts Watchdog::counts(std::size_t worker) const noexcept {
  const Subject& subject = impl_->subjects[worker];
  return {subject.blocks.load(std::memory_order_relaxed),
          Duration(subject.total.load(std::memory_order_relaxed))};
}

}  // namespace ngo
