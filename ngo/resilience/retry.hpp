// Makes a failed call again, after a pause that grows with each attempt and is drawn at random between
// nothing and its limit (exponential backoff with full jitter), so that callers do not come back in step.
//
//   Retry retry;
//   auto article = co_await retry.run([&] { return store.find(id); });
//
// Only for calls that may be made twice. It ends, with what the last attempt came to, when attempts or budget
// are spent, when the error is none to repeat, and when the pause would end after the Context's deadline.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/base/rules.hpp"
#include "ngo/resilience/detail/task_value.hpp"
#include "ngo/resilience/retry_budget.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/task.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo {

struct RetryOptions {
  std::uint32_t max_attempts = 3;                       // with the first
  Duration base_delay = std::chrono::milliseconds(50);  // the limit of the first pause
  double multiplier = 2;                                // of the limit, from pause to pause
  Duration max_delay = std::chrono::seconds(2);
  Duration attempt_timeout{};                           // of each attempt; zero: none but the deadline
  Duration max_retry_after = std::chrono::seconds(30);  // later than that: not again

  static constexpr auto rules = ngo::rules(ngo::camel_case(), ngo::range<&RetryOptions::max_attempts>(1, 100),
                                           ngo::at_least<&RetryOptions::base_delay>(Duration(0)),
                                           ngo::range<&RetryOptions::multiplier>(1, 100),
                                           ngo::at_least<&RetryOptions::max_delay>(Duration(0)),
                                           ngo::at_least<&RetryOptions::attempt_timeout>(Duration(0)),
                                           ngo::at_least<&RetryOptions::max_retry_after>(Duration(0)));
};

// What is to be done about a result that is no exception (an HTTP status).
struct RetryVerdict {
  bool again = false;
  std::optional<Duration> after;  // not sooner than that
};

struct RetryState {
  RetryOptions options;
  std::uint64_t calls = 0;
  std::uint64_t repeated = 0;  // attempts beyond the first
  std::uint64_t gave_up = 0;   // calls that failed in a way to be repeated and were not
};

// Any worker; shared by all calls to one target. A budget must outlive it.
class Retry {
 public:
  // Whether a call may be repeated after that error; by default for those of may_retry(), unless a breaker
  // refused the call, and for attempts that took longer than attempt_timeout.
  using Predicate = std::function<bool(const Error&)>;

  // Throws Error{invalid_argument} when the options make no sense; so does set_options().
  Retry() : Retry(RetryOptions()) {}
  explicit Retry(const RetryOptions& options, RetryBudget* budget = nullptr, Predicate predicate = {});
  Retry(const Retry&) = delete;
  Retry& operator=(const Retry&) = delete;

  // Calls f(), or f(attempt) with 1, 2, ..., which returns a Task, until it succeeds. An error with a
  // retry_after() is repeated not sooner than that; exceptions other than Error are not repeated.
  template <class F>
  [[nodiscard]] auto run(F f) {
    return run(std::move(f), [](const auto&) { return RetryVerdict(); });
  }

  // The same; `judge` looks at each result and gives a RetryVerdict. The last result is returned as it is.
  template <class F, class Judge>
  [[nodiscard]] auto run(F f, Judge judge) {
    if constexpr (std::is_invocable_v<F&, std::uint32_t>) {
      return repeat<detail::TaskValueOf<F, std::uint32_t>>(std::move(f), std::move(judge));
    } else {
      auto without_number = [its_f = std::move(f)](std::uint32_t) mutable { return its_f(); };
      return repeat<detail::TaskValueOf<F>>(std::move(without_number), std::move(judge));
    }
  }

  [[nodiscard]] RetryState state() const noexcept;
  void set_options(const RetryOptions& options);

 private:
  // One call with all its attempts.
  class Call {
   public:
    explicit Call(Retry& retry) noexcept;
    [[nodiscard]] std::uint32_t attempt() const noexcept { return attempt_; }
    [[nodiscard]] Duration attempt_timeout() const noexcept;
    // Whether to go on after the pause.
    [[nodiscard]] bool again(const Error& error);
    [[nodiscard]] bool again(const RetryVerdict& verdict);
    [[nodiscard]] auto pause() const { return sleep(pause_); }

   private:
    bool go_on(std::optional<Duration> not_before);
    Retry& retry_;
    std::uint32_t attempt_ = 1;
    Duration pause_{};
  };

  template <class T, class F, class Judge>
  Task<T> repeat(F f, Judge judge) {
    Call call(*this);
    for (;;) {
      try {
        if constexpr (std::is_void_v<T>) {
          co_await with_timeout(call.attempt_timeout(), f(call.attempt()));
          co_return;
        } else {
          T result = co_await with_timeout(call.attempt_timeout(), f(call.attempt()));
          const RetryVerdict verdict = judge(std::as_const(result));
          if (!call.again(verdict)) co_return std::forward<T>(result);
        }
      } catch (const Error& error) {
        if (!call.again(error)) throw;
      }
      co_await call.pause();
    }
  }

  std::atomic<std::uint32_t> max_attempts_;
  std::atomic<Duration> base_delay_;
  std::atomic<double> multiplier_;
  std::atomic<Duration> max_delay_;
  std::atomic<Duration> attempt_timeout_;
  std::atomic<Duration> max_retry_after_;
  RetryBudget* budget_;
  Predicate predicate_;
  std::atomic<std::uint64_t> calls_{0};
  std::atomic<std::uint64_t> repeated_{0};
  std::atomic<std::uint64_t> gave_up_{0};
};

}  // namespace ngo
