#include "ngo/app/telemetry/span_batches.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "ngo/app/telemetry/backoff_impl.hpp"
#include "ngo/base/error.hpp"
#include "ngo/log/limited.hpp"
#include "ngo/log/log.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/context.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/scope.hpp"
#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/wait.hpp"
#include "ngo/trace/span.hpp"

namespace ngo::app {
namespace {

using namespace std::chrono_literals;

constexpr Duration kFirstPause = 1s;
constexpr Duration kLongestPause = 30s;

Task<void> until(Event& event) { co_await event.wait(); }

}  // namespace

// Ends the pause of the loop that sends. Shared, since a call to it may be on its way when all is over.
struct SpanBatches::Wake {
  EventLoop* loop = nullptr;       // under the queue's mutex
  std::atomic<bool> sent = false;  // one call is enough
  Event event;                     // of the loop
};

SpanBatches::SpanBatches(std::unique_ptr<trace::Exporter> exporter, const SpanBatchOptions& options)
    : exporter_(std::move(exporter)),
      name_(exporter_->name()),
      options_(options),
      wake_(std::make_shared<Wake>()) {}

SpanBatches::~SpanBatches() = default;

void SpanBatches::add(trace::FragmentPtr fragment) {
  const std::size_t spans = fragment->spans.size();
  if (spans == 0) return;
  {
    const std::lock_guard lock(mutex_);
    if (spans_ + spans <= options_.queue_size && bytes_ + fragment->bytes <= options_.queue_bytes.bytes()) {
      spans_ += spans;
      bytes_ += fragment->bytes;
      queue_.push_back(std::move(fragment));
      const bool wake =
          spans_ >= options_.batch_size && wake_->loop != nullptr && !wake_->sent.exchange(true);
      if (wake) wake_->loop->post([wake = wake_] { wake->event.set(); });
      return;
    }
  }
  drop(spans);
}

void SpanBatches::drop(std::size_t spans) noexcept {
  count(Counter::queue_full, spans);
  log::every(1min).warn("spans for {} are dropped: {} are waiting already", name_, options_.queue_size);
}

bool SpanBatches::queue_is_long() const {
  const std::lock_guard lock(mutex_);
  return spans_ >= options_.batch_size;
}

void SpanBatches::refill() {
  const std::lock_guard lock(mutex_);
  while (!queue_.empty()) {
    const std::size_t spans = queue_.front()->spans.size();
    if (!batch_.empty() && batch_spans_ + spans > options_.batch_size) return;
    batch_spans_ += spans;
    batch_.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
}

void SpanBatches::forget_batch() {
  std::size_t bytes = 0;
  for (const trace::FragmentPtr& each : batch_) bytes += each->bytes;
  batch_.clear();
  failures_ = 0;
  const std::lock_guard lock(mutex_);
  spans_ -= std::exchange(batch_spans_, 0);
  bytes_ -= bytes;
}

void SpanBatches::drop_batch(Counter counter) {
  count(counter, batch_spans_);
  forget_batch();
}

Task<trace::ExportResult> SpanBatches::send_once(Duration limit) {
  const trace::Untraced untraced;
  trace::ExportResult result;
  try {
    result = co_await with_timeout(limit, exporter_->send(batch_));
  } catch (const Error& error) {
    if (error.code() == Code::cancelled) throw;
    result.outcome = trace::ExportResult::Outcome::retry;
    result.why = error.message();
  } catch (const std::exception& error) {
    result.outcome = trace::ExportResult::Outcome::drop;
    result.why = error.what();
  }
  co_return result;
}

bool SpanBatches::judge(const trace::ExportResult& result) {
  using Outcome = trace::ExportResult::Outcome;
  if (result.outcome == Outcome::done) {
    const std::size_t rejected = std::min(result.rejected, batch_spans_);
    count(Counter::partial, rejected);
    count(Counter::exported, batch_spans_ - rejected);
    if (rejected > 0 || !result.why.empty())
      log::every(1min).warn("{} has refused {} of {} spans: {}", name_, rejected, batch_spans_, result.why);
    forget_batch();
    return true;
  }
  if (result.outcome == Outcome::drop) {
    log::every(1min).warn("{} does not take spans; {} are dropped: {}", name_, batch_spans_, result.why);
    drop_batch(Counter::refused);
    return true;
  }
  const TimePoint now = EventLoop::current().now();
  if (failures_ == 0) batch_since_ = now;
  ++failures_;
  const Duration pause = result.retry_after.value_or(backoff(failures_, kFirstPause, kLongestPause));
  if (later(now, pause) - batch_since_ > options_.give_up_after) {
    log::every(1min).warn("{} has not taken spans for {} attempts; {} are dropped: {}", name_, failures_,
                          batch_spans_, result.why);
    drop_batch(Counter::gave_up);
    // The next batch does not hurry either.
    pause_ = std::min(pause, kLongestPause);
    return false;
  }
  log::every(1min).warn("{} does not take spans at present; trying again: {}", name_, result.why);
  pause_ = pause;
  return false;
}

Task<void> SpanBatches::run_exporter() {
  const trace::Untraced untraced;
  // Its own work must not end the sending.
  while (true) {
    try {
      co_await exporter_->run();
      co_return;
    } catch (const Error& error) {
      if (error.code() == Code::cancelled) throw;
      log::every(1min).warn("{}: {}", name_, error.message());
    }
    co_await sleep(kLongestPause);
  }
}

Task<void> SpanBatches::send_for_ever() {
  EventLoop& loop = EventLoop::current();
  TimePoint due = later(loop.now(), options_.delay);
  while (true) {
    wake_->event.reset();
    wake_->sent = false;
    if (batch_.empty() && !queue_is_long() && loop.now() < due) {
      try {
        co_await with_timeout(due - loop.now(), until(wake_->event));
      } catch (const Error& error) {
        if (error.code() != Code::deadline_exceeded) throw;
        Context::current().check();  // it may be the end of all this
      }
      continue;
    }
    refill();
    if (batch_.empty()) {
      due = later(loop.now(), options_.delay);
      continue;
    }
    const trace::ExportResult result = co_await send_once(options_.timeout);
    if (judge(result)) continue;
    count(Counter::retries, 1);
    co_await sleep(pause_);
  }
}

Task<void> SpanBatches::run() {
  {
    const std::lock_guard lock(mutex_);
    wake_->loop = &EventLoop::current();
  }
  struct Leave {
    SpanBatches& batches;
    ~Leave() {
      const std::lock_guard lock(batches.mutex_);
      batches.wake_->loop = nullptr;
    }
  } leave{*this};
  co_await when_all(send_for_ever(), run_exporter());
}

Task<void> SpanBatches::finish(Duration limit) {
  const TimePoint end = later(EventLoop::current().now(), limit);
  while (true) {
    refill();
    const Duration left = end - EventLoop::current().now();
    if (batch_.empty() || left <= Duration::zero()) break;
    const trace::ExportResult result = co_await send_once(std::min<Duration>(left, options_.timeout));
    if (!judge(result)) break;
  }
  std::size_t left = 0;
  {
    const std::lock_guard lock(mutex_);
    left = spans_.exchange(0);
    bytes_ = 0;
    queue_.clear();
    batch_.clear();
    batch_spans_ = 0;
  }
  exporter_.reset();  // while the loop that its connections belong to is there
  if (left == 0) co_return;
  count(Counter::stopped, left);
  log::warn("{} spans could not be sent to {} before the service stopped", left, name_);
}

SpanBatchesStats SpanBatches::stats() const {
  SpanBatchesStats out;
  out.exported = counted(Counter::exported);
  out.dropped_queue_full = counted(Counter::queue_full);
  out.dropped_refused = counted(Counter::refused);
  out.dropped_gave_up = counted(Counter::gave_up);
  out.dropped_partial = counted(Counter::partial);
  out.dropped_stopped = counted(Counter::stopped);
  out.retries = counted(Counter::retries);
  const std::lock_guard lock(mutex_);
  out.queued = spans_;
  out.queued_bytes = bytes_;
  return out;
}

}  // namespace ngo::app
