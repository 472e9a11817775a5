#include "ngo/resilience/concurrency_limit.hpp"

#include <algorithm>
#include <cmath>

#include "ngo/resilience/check_impl.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr std::uint64_t kLeastCalls = 10;
constexpr double kSmoothing = 0.2;        // of the limit, from window to window
constexpr double kUsualSmoothing = 0.05;  // of what calls use to take
constexpr double kBackOff = 0.9;          // after overload

}  // namespace

std::string ConcurrencyLimitOptions::validate() const {
  if (!adaptive || (min_limit <= limit && limit <= max_limit)) return {};
  return "limit is " + std::to_string(limit) + "; it lies between minLimit, " + std::to_string(min_limit) +
         ", and maxLimit, " + std::to_string(max_limit);
}

ConcurrencyLimit::ConcurrencyLimit(std::string name, const ConcurrencyLimitOptions& options)
    : name_(std::move(name)) {
  set_options(options);
}

void ConcurrencyLimit::set_options(const ConcurrencyLimitOptions& options) {
  detail::check_options("concurrency limit \"" + name_ + "\"", options);
  adaptive_.store(options.adaptive, kRelaxed);
  min_limit_.store(options.min_limit, kRelaxed);
  max_limit_.store(options.max_limit, kRelaxed);
  tolerance_.store(options.tolerance, kRelaxed);
  window_.store(options.window, kRelaxed);
  first_limit_.store(options.limit, kRelaxed);
  exact_.store(options.limit, kRelaxed);
  usual_.store(0, kRelaxed);
  limit_.store(options.limit, kRelaxed);
}

ConcurrencyLimitState ConcurrencyLimit::state() const noexcept {
  ConcurrencyLimitState now;
  now.options = {first_limit_.load(kRelaxed), adaptive_.load(kRelaxed),  min_limit_.load(kRelaxed),
                 max_limit_.load(kRelaxed),   tolerance_.load(kRelaxed), window_.load(kRelaxed)};
  now.limit = limit_.load(kRelaxed);
  now.running = running_.load(kRelaxed);
  now.refused = refused_.load(kRelaxed);
  now.usual = Duration(static_cast<Duration::rep>(usual_.load(kRelaxed)));
  return now;
}

ConcurrencyLimit::Permit ConcurrencyLimit::try_enter() noexcept {
  const std::uint32_t running = running_.fetch_add(1, kRelaxed) + 1;
  if (running > limit_.load(kRelaxed)) {
    leave();
    refused_.fetch_add(1, kRelaxed);
    return {};
  }
  if (running > most_running_.load(kRelaxed)) most_running_.store(running, kRelaxed);
  return Permit(this, EventLoop::current().now());
}

ConcurrencyLimit::Permit ConcurrencyLimit::enter() {
  Permit permit = try_enter();
  if (permit) return permit;
  throw Error(Code::unavailable, "concurrency limit \"" + name_ +
                                     "\": " + std::to_string(limit_.load(kRelaxed)) + " calls run already")
      .with("limit", name_);
}

void ConcurrencyLimit::Permit::ended_with(Code code) noexcept {
  if (code == Code::cancelled) return;  // the destructor leaves
  end(code == Code::resource_exhausted || code == Code::unavailable || code == Code::deadline_exceeded);
}

void ConcurrencyLimit::measure(TimePoint start, bool overloaded) noexcept {
  if (!adaptive_.load(kRelaxed)) return;
  const TimePoint now = EventLoop::current().now();
  const std::uint64_t count = count_.fetch_add(1, kRelaxed) + 1;
  total_.fetch_add(static_cast<std::uint64_t>(std::max((now - start).count(), Duration::rep{1})), kRelaxed);
  if (overloaded) overloaded_.store(true, kRelaxed);
  Duration::rep end = window_end_.load(kRelaxed);
  if (count < kLeastCalls || now.time_since_epoch().count() < end) return;
  // One thread closes the window.
  const Duration::rep next = later(now, window_.load(kRelaxed)).time_since_epoch().count();
  if (!window_end_.compare_exchange_strong(end, next, kRelaxed)) return;
  const std::uint64_t total = total_.exchange(0, kRelaxed);
  adapt(count_.exchange(0, kRelaxed), total, overloaded_.exchange(false, kRelaxed));
}

void ConcurrencyLimit::adapt(std::uint64_t count, std::uint64_t total, bool overloaded) noexcept {
  if (count == 0) return;
  const double mean = static_cast<double>(total) / static_cast<double>(count);
  double usual = usual_.load(kRelaxed);
  usual = usual == 0 ? mean : usual + kUsualSmoothing * (mean - usual);
  // After a long time of overload: back to what it is now.
  if (usual > 2 * mean) usual *= 0.95;
  usual_.store(usual, kRelaxed);
  const std::uint32_t most = most_running_.exchange(running_.load(kRelaxed), kRelaxed);
  double limit = exact_.load(kRelaxed);
  if (overloaded) {
    limit *= kBackOff;
  } else if (2 * static_cast<double>(most) < limit) {
    return;  // not the limit is what holds it back
  } else {
    const double gradient = std::clamp(tolerance_.load(kRelaxed) * usual / mean, 0.5, 1.0);
    const double wanted = limit * gradient + std::sqrt(limit);
    limit += kSmoothing * (wanted - limit);
  }
  limit = std::clamp(limit, static_cast<double>(min_limit_.load(kRelaxed)),
                     static_cast<double>(max_limit_.load(kRelaxed)));
  exact_.store(limit, kRelaxed);
  limit_.store(static_cast<std::uint32_t>(limit), kRelaxed);
}

}  // namespace ngo
