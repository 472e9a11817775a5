// Finds workers that are held: a handler that computes or blocks for long keeps everything else of its worker
// waiting, and nothing in the handler's own figures says so. A thread of its own looks at all loops a few
// times within the limit; the loops do nothing for it but count (EventLoop::activity()).
//
// A piece of work that is held for 1.75 times the limit is always found, a shorter one by luck; durations are
// true to the sampling period (a quarter of the limit). Not a profiler: it sees what one resume does without
// ever waiting, not what is slow in total.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ngo/runtime/clock.hpp"

namespace ngo {

class EventLoop;
class Workers;

class Watchdog {
 public:
  struct Options {
    Duration limit = std::chrono::milliseconds(100);
    // The same work is reported once in this time; blocks between are counted in Report::unreported.
    Duration report_every = std::chrono::seconds(10);
    // How long the held thread has time to answer with its stack (it may sit in the kernel).
    Duration stack_limit = std::chrono::milliseconds(50);
  };

  // A loop and the kernel's id of the thread that runs it.
  struct Watched {
    const EventLoop* loop;
    int thread;
  };

  struct Report {
    std::size_t worker;              // its index
    const char* work;                // as named by EventLoop::name_work() or Context::set_work(); may be null
    Duration held_for;               // so far, or in all when it has ended
    std::vector<std::string> stack;  // for the first report of each work, unless the thread did not answer
    bool ended;                      // the second report of a block: it is over
    std::uint64_t unreported;        // blocks of this work since its last report
  };
  // Called on the watchdog's thread; must not throw.
  using OnReport = std::function<void(const Report&)>;

  struct Counts {
    std::uint64_t blocked;  // pieces of work found over the limit
    Duration total;         // for how long, those that have ended
  };

  // Watches until it is destroyed, which must be before the loops are.
  Watchdog(Workers& workers, Options options, OnReport on_report);
  Watchdog(std::vector<Watched> watched, Options options, OnReport on_report);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

  // From any thread.
  [[nodiscard]] Counts counts(std::size_t worker) const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ngo
