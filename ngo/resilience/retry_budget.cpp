#include "ngo/resilience/retry_budget.hpp"

#include "ngo/resilience/check_impl.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

}  // namespace

void RetryBudget::called() noexcept { window_.add(EventLoop::current().now(), false); }

bool RetryBudget::take() noexcept {
  const TimePoint now = EventLoop::current().now();
  const SlidingWindow::Sum sum = window_.sum(now);
  const double allowed = ratio_.load(kRelaxed) * static_cast<double>(sum.total) +
                         min_per_second_.load(kRelaxed) * std::chrono::duration<double>(kInterval).count();
  if (static_cast<double>(sum.marked + 1) > allowed) {
    refused_.fetch_add(1, kRelaxed);
    return false;
  }
  window_.mark(now);
  return true;
}

RetryBudgetState RetryBudget::state() const noexcept {
  const SlidingWindow::Sum sum = window_.sum(EventLoop::current().now());
  return {{ratio_.load(kRelaxed), min_per_second_.load(kRelaxed)},
          sum.total,
          sum.marked,
          refused_.load(kRelaxed)};
}

void RetryBudget::set_options(const RetryBudgetOptions& options) {
  detail::check_options("retry budget", options);
  ratio_.store(options.ratio, kRelaxed);
  min_per_second_.store(options.min_per_second, kRelaxed);
}

}  // namespace ngo
