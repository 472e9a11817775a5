// Makes a slow call a second time, beside the first: the first good answer wins, the other attempt is
// cancelled and waited for. It takes the tail off the latencies of a target with several servers, one of
// which stalls.
//
//   Hedge hedge({.delay = 20ms});
//   auto article = co_await hedge.run([&] { return store.find(id); });
//
// Only for calls that may be made twice at once. It costs the target more calls: give it a budget.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "ngo/base/rules.hpp"
#include "ngo/resilience/detail/task_value.hpp"
#include "ngo/resilience/latency_estimate.hpp"
#include "ngo/resilience/retry_budget.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/task.hpp"
#include "ngo/runtime/waiter.hpp"

namespace ngo {

struct HedgeOptions {
  Duration delay = std::chrono::milliseconds(50);  // before the next attempt begins
  double percentile = 0;  // above 0: instead, the time in which that share of the calls has been answered
  std::uint32_t min_samples = 100;                    // `delay` holds until so many calls were measured
  Duration min_delay = std::chrono::milliseconds(1);  // of the percentile
  std::uint32_t max_attempts = 2;                     // with the first; at most 4

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::at_least<&HedgeOptions::delay>(Duration(0)),
      ngo::range<&HedgeOptions::percentile>(0, 1), ngo::at_least<&HedgeOptions::min_delay>(Duration(0)),
      ngo::range<&HedgeOptions::max_attempts>(1, 4));
};

struct HedgeState {
  HedgeOptions options;
  Duration delay{};  // the present one
  std::uint64_t calls = 0;
  std::uint64_t hedged = 0;  // attempts beyond the first
  std::uint64_t won = 0;     // calls that such an attempt answered
};

class Hedge;

namespace detail {

// One call with all its attempts; what does not depend on its result.
class HedgedCall {
 public:
  static constexpr std::size_t kMost = 4;
  static constexpr std::size_t kNone = ~std::size_t{0};

  explicit HedgedCall(Hedge& hedge);
  HedgedCall(const HedgedCall&) = delete;
  HedgedCall& operator=(const HedgedCall&) = delete;

  // Counts and starts the next attempt.
  template <class MakeTask>
  void start(MakeTask make_task, const std::exception_ptr& error) {
    const std::size_t index = begin();
    group_.start(make_task(index), [this, index, &error] { ended(index, error != nullptr); });
  }
  [[nodiscard]] std::size_t started() const noexcept { return started_; }
  // Whether the next attempt is due, wanted and in the budget.
  [[nodiscard]] bool may_start() noexcept;
  // Until the next attempt is due, one has succeeded, or all have failed. Not ended by cancellation itself:
  // the attempts are.
  class [[nodiscard]] Wait final : public Waiter, private Timer {
   public:
    explicit Wait(HedgedCall& call) noexcept : call_(call) {}
    [[nodiscard]] bool await_ready() const noexcept { return call_.decided(); }
    void await_suspend(std::coroutine_handle<> handle) noexcept;
    void await_resume() noexcept;

   private:
    void fire() noexcept override { wake(); }
    HedgedCall& call_;
  };
  [[nodiscard]] Wait next() noexcept { return Wait(*this); }
  [[nodiscard]] Group& all() noexcept { return group_; }
  // The attempt that decides: the first that succeeded, else the first that failed.
  [[nodiscard]] std::size_t deciding() const noexcept { return winner_ != kNone ? winner_ : first_failed_; }

 private:
  std::size_t begin() noexcept;
  void ended(std::size_t index, bool failed) noexcept;
  [[nodiscard]] bool decided() const noexcept { return winner_ != kNone || ended_ == started_; }

  Hedge& hedge_;
  Group group_;
  Wait* waiting_ = nullptr;
  std::size_t started_ = 0;
  std::size_t ended_ = 0;
  std::size_t winner_ = kNone;
  std::size_t first_failed_ = kNone;
  std::array<TimePoint, kMost> begun_{};
  std::array<bool, kMost> over_{};
};

}  // namespace detail

// Any worker; shared by all calls to one target. A budget must outlive it.
class Hedge {
 public:
  // Throws Error{invalid_argument} when the options make no sense; so does set_options().
  Hedge() : Hedge(HedgeOptions()) {}
  explicit Hedge(const HedgeOptions& options, RetryBudget* budget = nullptr);
  Hedge(const Hedge&) = delete;
  Hedge& operator=(const Hedge&) = delete;

  // Calls f(), which returns a Task, and again after the delay. An attempt that fails before the delay ends
  // the call (that is for Retry); later the others are waited for, and the first failure is thrown when all
  // have failed.
  template <class F>
  [[nodiscard]] auto run(F f) -> Task<detail::TaskValueOf<F>> {
    using T = detail::TaskValueOf<F>;
    std::array<detail::Outcome<T>, detail::HedgedCall::kMost> outcomes;
    detail::HedgedCall call(*this);
    do {
      call.start([&](std::size_t index) { return attempt<T>(f, outcomes[index]); },
                 outcomes[call.started()].error);
      co_await call.next();
    } while (call.may_start());
    detail::Group& all = call.all();
    co_await all;
    co_return outcomes[call.deciding()].take();
  }

  // How long the next call will wait.
  [[nodiscard]] Duration delay() const noexcept;
  [[nodiscard]] HedgeState state() const noexcept;
  void set_options(const HedgeOptions& options);
  // Forgets what it has measured.
  void reset() noexcept { estimate_.reset(); }

 private:
  friend class detail::HedgedCall;
  // Within a coroutine, so that what f() itself throws is the attempt's failure.
  template <class T, class F>
  static Task<void> attempt(F& f, detail::Outcome<T>& outcome) {
    auto call = [](F& its_f) -> Task<T> { co_return co_await its_f(); };
    co_await outcome.run(call(f));
  }

  std::atomic<Duration> delay_{};
  std::atomic<double> percentile_{0};
  std::atomic<std::uint32_t> min_samples_{0};
  std::atomic<Duration> min_delay_{};
  std::atomic<std::uint32_t> max_attempts_{0};
  RetryBudget* budget_;
  LatencyEstimate estimate_;
  std::atomic<std::uint64_t> calls_{0};
  std::atomic<std::uint64_t> hedged_{0};
  std::atomic<std::uint64_t> won_{0};
};

}  // namespace ngo
