#include "ngo/resilience/circuit_breaker.hpp"

#include <algorithm>
#include <array>

#include "ngo/resilience/check_impl.hpp"
#include "ngo/resilience/retry_after.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

std::size_t buckets_of(const BreakerRule& rule) {
  const std::uint32_t count = rule.stat_sliding_window_bucket_count;
  return count == 0 || rule.stat_interval_ms % count != 0 ? 1 : count;
}

// Whether both count the same, so that what one has counted is true for the other.
bool counts_alike(const BreakerRule& a, const BreakerRule& b) {
  return a.strategy == b.strategy && a.stat_interval_ms == b.stat_interval_ms &&
         buckets_of(a) == buckets_of(b);
}

}  // namespace

std::string_view to_string(BreakerPhase phase) noexcept {
  static constexpr std::array<std::string_view, 5> kNames = {"closed", "open", "half_open", "forced_open",
                                                             "forced_closed"};
  return kNames[static_cast<std::size_t>(phase)];
}

std::string BreakerRule::validate() const {
  if (strategy == BreakerStrategy::error_count || threshold <= 1) return {};
  return "the threshold of " + std::string(enum_names(strategy)[static_cast<std::size_t>(strategy)].name) +
         " is a ratio, from 0 to 1";
}

CircuitBreaker::CircuitBreaker(BreakerRule rule) : resource_(rule.resource) { set_rule(std::move(rule)); }

bool CircuitBreaker::is_failure(Code code) noexcept {
  switch (code) {
    case Code::invalid_argument:
    case Code::not_found:
    case Code::already_exists:
    case Code::permission_denied:
    case Code::unauthenticated:
    case Code::aborted:
    case Code::cancelled: return false;
    case Code::resource_exhausted:
    case Code::unavailable:
    case Code::deadline_exceeded:
    case Code::unimplemented:
    case Code::internal: return true;
  }
  return true;
}

void CircuitBreaker::Pass::ended_with(Code code) noexcept {
  if (code == Code::cancelled) {
    if (breaker_ != nullptr) std::exchange(breaker_, nullptr)->unused(word_);
  } else {
    end(is_failure(code));
  }
}

CircuitBreaker::Pass CircuitBreaker::try_enter() noexcept {
  const TimePoint now = EventLoop::current().now();
  const Word word = word_.load(kRelaxed);
  if (phase_of(word) == BreakerPhase::closed) [[likely]]
    return Pass(this, word, now);
  if (phase_of(word) == BreakerPhase::forced_closed) return Pass(this, word, now);
  return enter_unless_closed(word, now);
}

CircuitBreaker::Pass CircuitBreaker::enter_unless_closed(Word word, TimePoint now) noexcept {
  // Most calls while it is open end here, without the mutex.
  const bool too_early =
      phase_of(word) == BreakerPhase::open && now.time_since_epoch().count() < probe_at_.load(kRelaxed);
  if (!too_early && phase_of(word) != BreakerPhase::forced_open) {
    std::unique_lock lock(mutex_);
    const BreakerPhase phase = phase_of(word_.load(kRelaxed));
    if (phase == BreakerPhase::closed || phase == BreakerPhase::forced_closed) {
      return Pass(this, word_.load(kRelaxed), now);
    }
    if (phase == BreakerPhase::open && now.time_since_epoch().count() >= probe_at_.load(kRelaxed)) {
      change(lock, BreakerPhase::half_open, 0);
      lock.lock();
    }
    word = word_.load(kRelaxed);
    if (phase_of(word) == BreakerPhase::half_open && probes_ < std::max(rule_.probe_num, 1U)) {
      ++probes_;
      return Pass(this, word, now);
    }
  }
  refused_.fetch_add(1, kRelaxed);
  return {};
}

CircuitBreaker::Pass CircuitBreaker::enter() {
  Pass pass = try_enter();
  if (pass) return pass;
  const BreakerState now = state();
  Error error(Code::unavailable,
              "circuit breaker \"" + resource_ + "\" is " + std::string(to_string(now.phase)));
  set_not_called(error, "circuit breaker");
  if (now.phase == BreakerPhase::open) set_retry_after(error, now.until_probe);
  throw error;
}

void CircuitBreaker::completed(Word word, TimePoint start, bool failed) noexcept {
  const TimePoint now = EventLoop::current().now();
  const bool bad = errors_count_.load(kRelaxed) ? failed : (now - start).count() > slow_.load(kRelaxed);
  // What was let pass before the last change says nothing about the time after it.
  if (word != word_.load(kRelaxed)) return;
  if (phase_of(word) == BreakerPhase::half_open) return probe_completed(word, now, bad);
  if (phase_of(word) != BreakerPhase::closed) return;
  SlidingWindow& window = *window_.load(std::memory_order_acquire);
  window.add(now, bad);
  const double threshold = threshold_.load(kRelaxed);
  if (bad) {
    last_bad_.store(now.time_since_epoch().count(), kRelaxed);
  } else if (threshold > 0 &&
             now.time_since_epoch().count() - last_bad_.load(kRelaxed) > window.interval().count()) {
    return;  // nothing bad in the window, which needs no summing up
  }
  const SlidingWindow::Sum sum = window.sum(now);
  if (sum.total < at_least_.load(kRelaxed)) return;
  const double value = by_number_.load(kRelaxed) ? static_cast<double>(sum.marked) : sum.ratio();
  if (value < threshold) return;
  std::unique_lock lock(mutex_);
  if (word != word_.load(kRelaxed)) return;
  probe_at_.store(later(now, std::chrono::milliseconds(rule_.retry_timeout_ms)).time_since_epoch().count(),
                  kRelaxed);
  change(lock, BreakerPhase::open, value);
}

void CircuitBreaker::probe_completed(Word word, TimePoint now, bool bad) noexcept {
  std::unique_lock lock(mutex_);
  if (word != word_.load(kRelaxed)) return;
  if (bad) {
    probe_at_.store(later(now, std::chrono::milliseconds(rule_.retry_timeout_ms)).time_since_epoch().count(),
                    kRelaxed);
    change(lock, BreakerPhase::open, 1);
  } else if (++good_probes_ >= rule_.probe_num) {
    window_.load(kRelaxed)->clear();
    change(lock, BreakerPhase::closed, 0);
  }
}

// A probe that came to nothing leaves its place to the next caller.
void CircuitBreaker::unused(Word word) noexcept {
  if (phase_of(word) != BreakerPhase::half_open) return;
  std::unique_lock lock(mutex_);
  if (word == word_.load(kRelaxed) && probes_ > 0) --probes_;
}

void CircuitBreaker::change(std::unique_lock<std::mutex>& lock, BreakerPhase to, double value) noexcept {
  const Word before = word_.load(kRelaxed);
  probes_ = good_probes_ = 0;
  if (to == BreakerPhase::open) ++opened_;
  word_.store((((before >> 8) + 1) << 8) | static_cast<Word>(to), std::memory_order_release);
  const std::shared_ptr<const Listeners> listeners = listeners_;
  lock.unlock();
  if (phase_of(before) == to || listeners == nullptr) return;
  const BreakerChange change{resource_, phase_of(before), to, value};
  for (const Listener& listener : *listeners) listener(change);
}

BreakerState CircuitBreaker::state() const {
  BreakerState now;
  std::lock_guard lock(mutex_);
  const TimePoint time = EventLoop::current().now();
  now.phase = phase_of(word_.load(kRelaxed));
  now.rule = rule_;
  now.window = window_.load(kRelaxed)->sum(time);
  if (now.phase == BreakerPhase::open) {
    now.until_probe =
        std::max(Duration(probe_at_.load(kRelaxed)) - time.time_since_epoch(), Duration::zero());
  }
  now.refused = refused_.load(kRelaxed);
  now.opened = opened_;
  return now;
}

void CircuitBreaker::set_rule(BreakerRule rule) {
  detail::check_options("circuit breaker \"" + resource_ + "\"", rule);
  if (rule.resource != resource_) {
    throw Error(Code::invalid_argument,
                "circuit breaker \"" + resource_ + "\" cannot take a rule for \"" + rule.resource + "\"");
  }
  std::unique_lock lock(mutex_);
  const bool first = window_.load(kRelaxed) == nullptr;
  if (!first && rule == rule_) return;
  const bool keep = !first && counts_alike(rule, rule_);
  if (!keep) {
    // Another thread may still count in the present one: windows stay, and serve again when their shape does.
    const Duration interval = std::chrono::milliseconds(rule.stat_interval_ms);
    auto fits = [&](const auto& one) {
      return one->interval() == interval && one->buckets() == buckets_of(rule);
    };
    auto found = std::find_if(windows_.begin(), windows_.end(), fits);
    if (found == windows_.end()) {
      windows_.push_back(std::make_unique<SlidingWindow>(interval, buckets_of(rule)));
      found = windows_.end() - 1;
    }
    (*found)->clear();
    window_.store(found->get(), std::memory_order_release);
  }
  apply(rule);
  rule_ = std::move(rule);
  const BreakerPhase phase = phase_of(word_.load(kRelaxed));
  const bool forced = phase == BreakerPhase::forced_open || phase == BreakerPhase::forced_closed;
  if (!first && !forced) change(lock, BreakerPhase::closed, 0);
}

void CircuitBreaker::apply(const BreakerRule& rule) {
  const bool by_time = rule.strategy == BreakerStrategy::slow_request_ratio;
  errors_count_.store(!by_time, kRelaxed);
  slow_.store(Duration(std::chrono::milliseconds(rule.max_allowed_rt_ms)).count(), kRelaxed);
  by_number_.store(rule.strategy == BreakerStrategy::error_count, kRelaxed);
  at_least_.store(rule.min_request_amount, kRelaxed);
  threshold_.store(rule.threshold, kRelaxed);
}

void CircuitBreaker::force(BreakerPhase phase) {
  std::unique_lock lock(mutex_);
  change(lock, phase, 0);
}

void CircuitBreaker::reset() {
  std::unique_lock lock(mutex_);
  window_.load(kRelaxed)->clear();
  change(lock, BreakerPhase::closed, 0);
}

void CircuitBreaker::on_change(Listener listener) {
  std::lock_guard lock(mutex_);
  Listeners all = listeners_ == nullptr ? Listeners() : *listeners_;
  all.push_back(std::move(listener));
  listeners_ = std::make_shared<const Listeners>(std::move(all));
}

}  // namespace ngo
