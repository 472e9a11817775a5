// Stops calling what fails or has become slow, so that callers have their answer at once and the other side
// has peace to recover. Closed: calls pass and are counted. Open: they are refused. Half-open, after
// retry_timeout_ms: a few probes pass; when they are good it closes, when one is bad it opens again.
//
//   CircuitBreaker breaker({.resource = "billing", .strategy = BreakerStrategy::error_ratio});
//   auto bill = co_await breaker.run([&] { return fetch_bill(id); });
//
// The rule is that of Sentinel's breakers, field by field. One breaker serves all workers; passing costs one
// read of a number that hardly ever changes. Not a limit on how much is called: ConcurrencyLimit.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/base/rules.hpp"
#include "ngo/base/type.hpp"
#include "ngo/resilience/detail/task_value.hpp"
#include "ngo/resilience/sliding_window.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo {

enum class BreakerStrategy : std::uint8_t { slow_request_ratio, error_ratio, error_count };
// Outside of the program Sentinel's names, and its numbers.
constexpr auto enum_names(BreakerStrategy) {
  return std::array<EnumName, 6>{{{BreakerStrategy::slow_request_ratio, "SlowRequestRatio"},
                                  {BreakerStrategy::error_ratio, "ErrorRatio"},
                                  {BreakerStrategy::error_count, "ErrorCount"},
                                  {BreakerStrategy::slow_request_ratio, "0"},
                                  {BreakerStrategy::error_ratio, "1"},
                                  {BreakerStrategy::error_count, "2"}}};
}

struct BreakerRule {
  std::string resource;
  BreakerStrategy strategy = BreakerStrategy::slow_request_ratio;
  std::uint32_t retry_timeout_ms = 3000;               // open for that long before a probe
  std::uint32_t min_request_amount = 10;               // calls in the window before it may open
  std::uint32_t stat_interval_ms = 10000;              // the window
  std::uint32_t stat_sliding_window_bucket_count = 1;  // its buckets; what does not divide it counts as one
  std::uint32_t max_allowed_rt_ms = 1000;              // slow_request_ratio: longer is slow
  double threshold = 0.5;                              // a ratio, or for error_count a number
  std::uint32_t probe_num = 0;                         // good probes that close it; 0 means one

  [[nodiscard]] std::string validate() const;
  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::length<&BreakerRule::resource>(1, 1000),
      ngo::at_least<&BreakerRule::retry_timeout_ms>(1), ngo::at_least<&BreakerRule::stat_interval_ms>(1),
      ngo::at_least<&BreakerRule::threshold>(0), ngo::check<&BreakerRule::validate>());
  friend bool operator==(const BreakerRule&, const BreakerRule&) = default;
};

enum class BreakerPhase : std::uint8_t { closed, open, half_open, forced_open, forced_closed };
[[nodiscard]] std::string_view to_string(BreakerPhase phase) noexcept;

struct BreakerState {
  BreakerPhase phase = BreakerPhase::closed;
  BreakerRule rule;
  SlidingWindow::Sum window;  // marked: slow or failed, by the strategy
  Duration until_probe{};     // while open
  std::uint64_t refused = 0;  // calls, ever
  std::uint64_t opened = 0;   // times, ever
};

struct BreakerChange {
  std::string_view resource;
  BreakerPhase from;
  BreakerPhase to;
  double value;  // the ratio or number that opened it; 0 otherwise
};

class CircuitBreaker {
 public:
  using Listener = std::function<void(const BreakerChange&)>;

  // Throws Error{invalid_argument} that lists what is wrong with the rule.
  explicit CircuitBreaker(BreakerRule rule);
  CircuitBreaker(const CircuitBreaker&) = delete;
  CircuitBreaker& operator=(const CircuitBreaker&) = delete;

  // One call that was let pass. Its end is counted by succeeded(), failed() or ended_with(); without one of
  // them (cancelled, refused by another limit) it counts as nothing, and a probe is made by the next caller.
  class [[nodiscard]] Pass {
   public:
    Pass() = default;
    Pass(Pass&& other) noexcept
        : breaker_(std::exchange(other.breaker_, nullptr)), word_(other.word_), start_(other.start_) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (breaker_ != nullptr) breaker_->unused(word_);
    }
    // False: refused.
    explicit operator bool() const noexcept { return breaker_ != nullptr; }
    void succeeded() noexcept { end(false); }
    void failed() noexcept { end(true); }
    // By what the call threw: see is_failure(). Cancelled counts as nothing.
    void ended_with(Code code) noexcept;

   private:
    friend class CircuitBreaker;
    Pass(CircuitBreaker* breaker, std::uint64_t word, TimePoint start) noexcept
        : breaker_(breaker), word_(word), start_(start) {}
    void end(bool failed) noexcept {
      if (breaker_ != nullptr) std::exchange(breaker_, nullptr)->completed(word_, start_, failed);
    }
    CircuitBreaker* breaker_ = nullptr;
    std::uint64_t word_ = 0;
    TimePoint start_{};
  };

  // Any worker. An empty Pass when the call is refused.
  [[nodiscard]] Pass try_enter() noexcept;
  // Throws Error{unavailable} with retry_after() when the call is refused.
  [[nodiscard]] Pass enter();

  // Calls f(), which returns a Task, unless refused; counts its time and its failure.
  template <class F>
  [[nodiscard]] auto run(F f) -> std::invoke_result_t<F&> {
    Pass pass = enter();
    try {
      if constexpr (std::is_void_v<detail::TaskValueOf<F>>) {
        co_await f();
        pass.succeeded();
      } else {
        decltype(auto) result = co_await f();
        pass.succeeded();
        co_return std::forward<decltype(result)>(result);
      }
    } catch (const Error& error) {
      pass.ended_with(error.code());
      throw;
    } catch (...) {
      pass.failed();
      throw;
    }
  }

  [[nodiscard]] const std::string& resource() const noexcept { return resource_; }
  // On a thread that has a loop, whose time it needs.
  [[nodiscard]] BreakerState state() const;
  // For the same resource. A changed rule begins closed; what was counted is kept when it was counted in the
  // same way (strategy, window, buckets). Throws as the constructor; the old rule stays then.
  void set_rule(BreakerRule rule);
  // By hand, until reset(): refuse all calls; let all pass.
  void force_open() { force(BreakerPhase::forced_open); }
  void force_closed() { force(BreakerPhase::forced_closed); }
  // Closed, with nothing counted.
  void reset();
  // Called on the thread that makes the change, in no particular order between threads. Must not throw. For
  // the life of the breaker.
  void on_change(Listener listener);

  // Whether an error speaks against the other side: not when it answered (invalid_argument, not_found,
  // already_exists, permission_denied, unauthenticated, aborted) nor when the caller gave up (cancelled).
  [[nodiscard]] static bool is_failure(Code code) noexcept;

 private:
  using Listeners = std::vector<Listener>;
  using Word = std::uint64_t;  // the phase in the lowest byte, above it the number of changes
  static BreakerPhase phase_of(Word word) noexcept { return static_cast<BreakerPhase>(word & 0xff); }

  [[nodiscard]] Pass enter_unless_closed(Word word, TimePoint now) noexcept;
  void completed(Word word, TimePoint start, bool failed) noexcept;
  void probe_completed(Word word, TimePoint now, bool bad) noexcept;
  void unused(Word word) noexcept;
  void force(BreakerPhase phase);
  // Both with the mutex held; change() gives it back to call the listeners.
  void change(std::unique_lock<std::mutex>& lock, BreakerPhase to, double value) noexcept;
  void apply(const BreakerRule& rule);

  // Read at each call, written on changes.
  alignas(64) std::atomic<Word> word_{0};
  std::atomic<SlidingWindow*> window_{nullptr};
  std::atomic<Duration::rep> slow_{0};  // longer is bad; max: time does not count
  std::atomic<bool> errors_count_{true};
  std::atomic<bool> by_number_{false};
  std::atomic<std::uint32_t> at_least_{0};
  std::atomic<double> threshold_{0};
  std::atomic<Duration::rep> probe_at_{0};
  // Written by calls that are bad or refused.
  alignas(64) std::atomic<Duration::rep> last_bad_{-(Duration::rep{1} << 62)};  // long ago
  std::atomic<std::uint64_t> refused_{0};

  const std::string resource_;
  mutable std::mutex mutex_;
  BreakerRule rule_;
  std::uint64_t opened_ = 0;
  std::uint32_t probes_ = 0;  // let pass while half-open
  std::uint32_t good_probes_ = 0;
  std::vector<std::unique_ptr<SlidingWindow>> windows_;  // one of each shape that a rule had
  std::shared_ptr<const Listeners> listeners_;
};

}  // namespace ngo
