#include "ngo/resilience/hedge.hpp"

#include <algorithm>

#include "ngo/resilience/check_impl.hpp"
#include "ngo/runtime/context.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

}  // namespace

Hedge::Hedge(const HedgeOptions& options, RetryBudget* budget)
    : budget_(budget), estimate_(options.percentile) {
  set_options(options);
}

void Hedge::set_options(const HedgeOptions& options) {
  detail::check_options("hedge", options);
  delay_.store(options.delay, kRelaxed);
  percentile_.store(options.percentile, kRelaxed);
  min_samples_.store(options.min_samples, kRelaxed);
  min_delay_.store(options.min_delay, kRelaxed);
  max_attempts_.store(options.max_attempts, kRelaxed);
  estimate_.set_percentile(options.percentile);
}

Duration Hedge::delay() const noexcept {
  if (percentile_.load(kRelaxed) <= 0 || estimate_.recorded() < min_samples_.load(kRelaxed) ||
      estimate_.value() == Duration::zero()) {
    return delay_.load(kRelaxed);
  }
  return std::max(estimate_.value(), min_delay_.load(kRelaxed));
}

HedgeState Hedge::state() const noexcept {
  HedgeState now;
  now.options.delay = delay_.load(kRelaxed);
  now.options.percentile = percentile_.load(kRelaxed);
  now.options.min_samples = min_samples_.load(kRelaxed);
  now.options.min_delay = min_delay_.load(kRelaxed);
  now.options.max_attempts = max_attempts_.load(kRelaxed);
  now.delay = delay();
  now.calls = calls_.load(kRelaxed);
  now.hedged = hedged_.load(kRelaxed);
  now.won = won_.load(kRelaxed);
  return now;
}

namespace detail {

HedgedCall::HedgedCall(Hedge& hedge) : hedge_(hedge) {
  hedge_.calls_.fetch_add(1, kRelaxed);
  if (hedge_.budget_ != nullptr) hedge_.budget_->called();
}

std::size_t HedgedCall::begin() noexcept {
  begun_[started_] = EventLoop::current().now();
  if (started_ != 0) hedge_.hedged_.fetch_add(1, kRelaxed);
  return started_++;
}

bool HedgedCall::may_start() noexcept {
  return !decided() && started_ < hedge_.max_attempts_.load(kRelaxed) && !Context::current().cancelled() &&
         (hedge_.budget_ == nullptr || hedge_.budget_->take());
}

void HedgedCall::ended(std::size_t index, bool failed) noexcept {
  ++ended_;
  over_[index] = true;
  if (failed) {
    if (first_failed_ == kNone) first_failed_ = index;
  } else if (winner_ == kNone) {
    winner_ = index;
    if (index != 0) hedge_.won_.fetch_add(1, kRelaxed);
    // Those that lose took at least until now.
    const TimePoint now = EventLoop::current().now();
    for (std::size_t i = 0; i < started_; ++i) {
      if (i == index || !over_[i]) hedge_.estimate_.record(now - begun_[i]);
    }
    group_.children().cancel();
  }
  if (waiting_ != nullptr && decided()) waiting_->wake();
}

void HedgedCall::Wait::await_suspend(std::coroutine_handle<> handle) noexcept {
  suspend_uncancellable(handle);
  call_.waiting_ = this;
  // The last attempt waits for answers alone.
  if (call_.started_ >= call_.hedge_.max_attempts_.load(kRelaxed)) return;
  const TimePoint due = later(call_.begun_[call_.started_ - 1], call_.hedge_.delay());
  if (due != TimePoint::max()) EventLoop::current().timers().arm(*this, due);
}

void HedgedCall::Wait::await_resume() noexcept {
  Timer::disarm();
  call_.waiting_ = nullptr;
  finish();
}

}  // namespace detail
}  // namespace ngo
