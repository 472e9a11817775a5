// The thread that writes the log. While it runs, threads only copy finished lines into queues of their own
// (a few dozen nanoseconds, never a wait) and this one hands them to their sinks: those of one thread in
// their order, those of several by time. An App starts it; before that and without one, lines are written
// where they are made.
//
// A queue that is full refuses lines; the count is logged once lines get through again. A crash loses
// nothing that was logged (see crash.hpp); a kill -9 loses what has come in the last two milliseconds.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "ngo/log/sink.hpp"

namespace ngo::log {

struct WriterOptions {
  // Bytes that lines of one thread may wait in, 64 KiB at least; rounded up to a power of two. Counts for
  // threads that log for the first time from now on. A megabyte is three milliseconds of two million lines a
  // second.
  std::size_t queue_size = std::size_t{1024} * 1024;
};

// Starts the thread, or sets the options of the one that runs.
void start_writer(const WriterOptions& options = {});
// Writes all that is queued and ends the thread; what comes later is written where it is made.
void stop_writer() noexcept;
// Waits until everything that was logged before the call has been handed to its sink and flushed, at most for
// `limit`. False: it has not.
bool flush(std::chrono::milliseconds limit = std::chrono::seconds(5)) noexcept;

// A sink whose lines are written by the writer thread. `target` is called by one thread at a time.
[[nodiscard]] std::shared_ptr<Sink> queued(std::shared_ptr<Sink> target);

}  // namespace ngo::log
