// The writer thread as the rest of this room sees it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "ngo/log/ring_impl.hpp"
#include "ngo/log/writer.hpp"

namespace ngo::log {

class Writer {
 public:
  static Writer& shared();

  void start(const WriterOptions& options);
  void stop() noexcept;
  bool flush(std::chrono::milliseconds limit) noexcept;

  // Queues a line for `sink`, or writes it here and now when the thread does not run. False: no room.
  bool push(Sink& sink, Level level, std::string_view line) noexcept;

  // ---- for the crash handler; async-signal-safe

  [[nodiscard]] bool is_running() const noexcept { return running_.load(std::memory_order_acquire); }
  // Whether the caller is the writer thread itself.
  [[nodiscard]] bool is_here() const noexcept;
  // As flush(), but with nothing than system calls and atomics.
  bool flush_from_signal(std::chrono::milliseconds limit) noexcept;
  // Has the crash reported by the writer thread, behind all lines that are queued.
  void crash_from_signal(std::chrono::milliseconds limit) noexcept;

 private:
  enum State : std::uint32_t { busy, napping, sleeping };

  Writer() = default;
  void run() noexcept;
  bool drain() noexcept;
  void rest(State how, std::chrono::milliseconds limit) noexcept;
  void wake() noexcept;
  Ring* ring_of_this_thread() noexcept;
  void free_abandoned() noexcept;

  std::atomic<std::uint32_t> state_{busy};
  std::atomic<std::uint32_t> flush_wanted_{0};
  std::atomic<std::uint32_t> flush_done_{0};
  std::atomic<bool> running_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> crash_wanted_{false};

  std::mutex mutex_;  // over the rest
  std::thread thread_;
  std::vector<std::unique_ptr<Ring>> rings_;
  std::size_t queue_size_ = WriterOptions{}.queue_size;

  // Of the writer thread.
  struct Source {
    Ring* ring;
    const Ring::Record* front;
  };
  std::vector<Source> sources_;
  std::vector<Sink*> touched_;
};

// Logs what the crash handler has put down (crash.cpp).
void report_crash() noexcept;

}  // namespace ngo::log
