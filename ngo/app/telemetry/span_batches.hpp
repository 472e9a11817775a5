// Stands before an exporter: takes kept spans from any worker, sends them in batches from one loop, and
// bounds what a back end that is down or slow can cost: memory for the queue, and nothing else. What does not
// fit is dropped and counted.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/app/telemetry/exporter_options.hpp"
#include "ngo/runtime/clock.hpp"
#include "ngo/runtime/task.hpp"
#include "ngo/trace/exporter.hpp"

namespace ngo::app {

// All of them count spans.
struct SpanBatchesStats {
  std::uint64_t exported = 0;
  std::uint64_t dropped_queue_full = 0;  // came too quickly, or while the back end was down
  std::uint64_t dropped_refused = 0;     // the back end said that it never takes the batch
  std::uint64_t dropped_gave_up = 0;     // the back end did not take it for too long
  std::uint64_t dropped_partial = 0;     // refused although it took their batch
  std::uint64_t dropped_stopped = 0;     // the service stopped before they could be sent
  std::uint64_t retries = 0;             // batches sent once more
  std::size_t queued = 0;                // with those that are being sent
  std::size_t queued_bytes = 0;
};

class SpanBatches {
 public:
  SpanBatches(std::unique_ptr<trace::Exporter> exporter, const SpanBatchOptions& options);
  SpanBatches(const SpanBatches&) = delete;
  SpanBatches& operator=(const SpanBatches&) = delete;
  ~SpanBatches();

  // From any thread; never waits for the back end.
  void add(trace::FragmentPtr fragment);
  // Whether there is room for so many more; a look without the lock. drop() counts those that were not made
  // because there was none.
  [[nodiscard]] bool has_room(std::size_t spans) const noexcept {
    return spans_.load(std::memory_order_relaxed) + spans <= options_.queue_size &&
           bytes_.load(std::memory_order_relaxed) < options_.queue_bytes.bytes();
  }
  void drop(std::size_t spans) noexcept;
  // Sends, and does the exporter's work beside the batches, until it is cancelled. One loop, once.
  [[nodiscard]] Task<void> run();
  // After run(), on its loop: sends what is left, within `limit`, and ends the exporter. Nothing comes after
  // it.
  [[nodiscard]] Task<void> finish(Duration limit);

  [[nodiscard]] SpanBatchesStats stats() const;
  [[nodiscard]] std::string_view exporter_name() const noexcept { return name_; }

 private:
  struct Wake;
  enum class Counter : std::uint8_t {
    exported,
    queue_full,
    refused,
    gave_up,
    partial,
    stopped,
    retries,
    count,
  };
  void count(Counter counter, std::uint64_t spans) noexcept {
    counters_[static_cast<std::size_t>(counter)].fetch_add(spans, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t counted(Counter counter) const noexcept {
    return counters_[static_cast<std::size_t>(counter)].load(std::memory_order_relaxed);
  }
  void refill();
  void forget_batch();
  void drop_batch(Counter counter);
  [[nodiscard]] bool queue_is_long() const;
  [[nodiscard]] Task<void> run_exporter();
  [[nodiscard]] Task<void> send_for_ever();
  [[nodiscard]] Task<trace::ExportResult> send_once(Duration limit);
  // Whether the batch is done with; false: it is to be sent again after `pause_`.
  [[nodiscard]] bool judge(const trace::ExportResult& result);

  std::unique_ptr<trace::Exporter> exporter_;  // null after finish()
  std::string name_;
  SpanBatchOptions options_;
  std::shared_ptr<Wake> wake_;
  std::atomic<std::uint64_t> counters_[static_cast<std::size_t>(Counter::count)]{};

  mutable std::mutex mutex_;  // of these three; the numbers are also looked at without it
  std::deque<trace::FragmentPtr> queue_;
  std::atomic<std::size_t> spans_{0};  // waiting and being sent
  std::atomic<std::size_t> bytes_{0};

  // Of the loop that sends.
  std::vector<trace::FragmentPtr> batch_;
  std::size_t batch_spans_ = 0;
  TimePoint batch_since_;
  unsigned failures_ = 0;  // of this batch, in a row
  Duration pause_{};
};

}  // namespace ngo::app
