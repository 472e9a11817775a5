#include "ngo/resilience/retry.hpp"

#include <algorithm>
#include <cmath>

#include "ngo/base/id.hpp"
#include "ngo/resilience/check_impl.hpp"
#include "ngo/resilience/retry_after.hpp"
#include "ngo/runtime/context.hpp"

namespace ngo {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// From nothing up to `limit`, all equally likely.
Duration up_to(Duration limit) noexcept {
  if (limit <= Duration::zero()) return Duration::zero();
  return Duration(static_cast<Duration::rep>(random_below(static_cast<std::uint64_t>(limit.count()))));
}

}  // namespace

Retry::Retry(const RetryOptions& options, RetryBudget* budget, Predicate predicate)
    : budget_(budget), predicate_(std::move(predicate)) {
  set_options(options);
}

void Retry::set_options(const RetryOptions& options) {
  detail::check_options("retry", options);
  max_attempts_.store(options.max_attempts, kRelaxed);
  base_delay_.store(options.base_delay, kRelaxed);
  multiplier_.store(options.multiplier, kRelaxed);
  max_delay_.store(options.max_delay, kRelaxed);
  attempt_timeout_.store(options.attempt_timeout, kRelaxed);
  max_retry_after_.store(options.max_retry_after, kRelaxed);
}

RetryState Retry::state() const noexcept {
  RetryState now;
  now.options.max_attempts = max_attempts_.load(kRelaxed);
  now.options.base_delay = base_delay_.load(kRelaxed);
  now.options.multiplier = multiplier_.load(kRelaxed);
  now.options.max_delay = max_delay_.load(kRelaxed);
  now.options.attempt_timeout = attempt_timeout_.load(kRelaxed);
  now.options.max_retry_after = max_retry_after_.load(kRelaxed);
  now.calls = calls_.load(kRelaxed);
  now.repeated = repeated_.load(kRelaxed);
  now.gave_up = gave_up_.load(kRelaxed);
  return now;
}

Retry::Call::Call(Retry& retry) noexcept : retry_(retry) {
  retry_.calls_.fetch_add(1, kRelaxed);
  if (retry_.budget_ != nullptr) retry_.budget_->called();
}

Duration Retry::Call::attempt_timeout() const noexcept {
  const Duration limit = retry_.attempt_timeout_.load(kRelaxed);
  return limit == Duration::zero() ? Duration::max() : limit;
}

bool Retry::Call::again(const Error& error) {
  // What ended by the caller's own end is over.
  if (Context::current().cancelled()) return false;
  const auto by_default = [&] {
    return (may_retry(error.code()) && !was_not_called(error)) ||
           (error.code() == Code::deadline_exceeded && attempt_timeout() != Duration::max());
  };
  const bool wanted = retry_.predicate_ ? retry_.predicate_(error) : by_default();
  return wanted && go_on(retry_after(error));
}

bool Retry::Call::again(const RetryVerdict& verdict) { return verdict.again && go_on(verdict.after); }

bool Retry::Call::go_on(std::optional<Duration> not_before) {
  const double growth = std::pow(retry_.multiplier_.load(kRelaxed), attempt_ - 1);
  const double limit = std::min(static_cast<double>(retry_.base_delay_.load(kRelaxed).count()) * growth,
                                static_cast<double>(retry_.max_delay_.load(kRelaxed).count()));
  pause_ = up_to(Duration(static_cast<Duration::rep>(limit)));
  if (not_before) pause_ += *not_before;
  const std::optional<Duration> left = Context::current().remaining();
  const bool may = attempt_ < retry_.max_attempts_.load(kRelaxed) &&
                   (!not_before || *not_before <= retry_.max_retry_after_.load(kRelaxed)) &&
                   (!left || pause_ < *left) && (retry_.budget_ == nullptr || retry_.budget_->take());
  if (!may) {
    retry_.gave_up_.fetch_add(1, kRelaxed);
    return false;
  }
  ++attempt_;
  retry_.repeated_.fetch_add(1, kRelaxed);
  return true;
}

}  // namespace ngo
