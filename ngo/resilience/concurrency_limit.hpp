// How many calls may run at once: what comes above is refused at once instead of queueing where nobody sees
// it. The limit is fixed, or finds itself: it grows while calls take as long as they use to, and shrinks when
// they take longer or fail for overload (the gradient of Netflix' concurrency-limits).
//
//   ConcurrencyLimit limit("billing", {.limit = 100});
//   auto bill = co_await limit.run([&] { return fetch_bill(id); });
//
// One limit for all workers of the process.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/base/rules.hpp"
#include "ngo/resilience/detail/task_value.hpp"
#include "ngo/runtime/clock.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo {

struct ConcurrencyLimitOptions {
  std::uint32_t limit = 100;  // where it begins, when it is adaptive
  bool adaptive = false;
  std::uint32_t min_limit = 5;
  std::uint32_t max_limit = 1000;
  double tolerance = 1.5;  // calls may take that many times as long as they use to before it shrinks
  Duration window = std::chrono::milliseconds(500);  // between two changes; of at least ten calls

  [[nodiscard]] std::string validate() const;
  static constexpr auto rules =
      ngo::rules(ngo::camel_case(), ngo::at_least<&ConcurrencyLimitOptions::limit>(1),
                 ngo::at_least<&ConcurrencyLimitOptions::min_limit>(1),
                 ngo::at_least<&ConcurrencyLimitOptions::tolerance>(1),
                 ngo::at_least<&ConcurrencyLimitOptions::window>(Duration(1)),
                 ngo::check<&ConcurrencyLimitOptions::validate>());
};

struct ConcurrencyLimitState {
  ConcurrencyLimitOptions options;
  std::uint32_t limit = 0;  // the present one
  std::uint32_t running = 0;
  std::uint64_t refused = 0;
  Duration usual{};  // what calls use to take; zero when not adaptive
};

class ConcurrencyLimit {
 public:
  // `name` is what messages call it. Throws Error{invalid_argument} when the options make no sense; so does
  // set_options().
  explicit ConcurrencyLimit(std::string name, const ConcurrencyLimitOptions& options = {});
  ConcurrencyLimit(const ConcurrencyLimit&) = delete;
  ConcurrencyLimit& operator=(const ConcurrencyLimit&) = delete;

  // A place; free again when it is destroyed. Tell it how the call ended for the adaptive limit.
  class [[nodiscard]] Permit {
   public:
    Permit() = default;
    Permit(Permit&& other) noexcept : limit_(std::exchange(other.limit_, nullptr)), start_(other.start_) {}
    Permit& operator=(Permit&&) = delete;
    ~Permit() {
      if (limit_ != nullptr) limit_->leave();
    }
    explicit operator bool() const noexcept { return limit_ != nullptr; }
    void succeeded() noexcept { end(false); }
    // Overload (resource_exhausted, unavailable, deadline_exceeded) makes the limit shrink; a cancelled call
    // says nothing; other errors are answers like any.
    void ended_with(Code code) noexcept;

   private:
    friend class ConcurrencyLimit;
    Permit(ConcurrencyLimit* limit, TimePoint start) noexcept : limit_(limit), start_(start) {}
    void end(bool overloaded) noexcept {
      if (limit_ == nullptr) return;
      limit_->measure(start_, overloaded);
      std::exchange(limit_, nullptr)->leave();
    }
    ConcurrencyLimit* limit_ = nullptr;
    TimePoint start_{};
  };

  // An empty Permit when as many run as may.
  [[nodiscard]] Permit try_enter() noexcept;
  // Throws Error{unavailable} then.
  [[nodiscard]] Permit enter();

  // Calls f(), which returns a Task, within the limit.
  template <class F>
  [[nodiscard]] auto run(F f) -> Task<detail::TaskValueOf<F>> {
    Permit permit = enter();
    try {
      if constexpr (std::is_void_v<detail::TaskValueOf<F>>) {
        co_await f();
        permit.succeeded();
      } else {
        decltype(auto) result = co_await f();
        permit.succeeded();
        co_return std::forward<decltype(result)>(result);
      }
    } catch (const Error& error) {
      permit.ended_with(error.code());
      throw;
    }
  }

  [[nodiscard]] ConcurrencyLimitState state() const noexcept;
  // The present limit becomes options.limit.
  void set_options(const ConcurrencyLimitOptions& options);

 private:
  void leave() noexcept { running_.fetch_sub(1, std::memory_order_relaxed); }
  void measure(TimePoint start, bool overloaded) noexcept;
  void adapt(std::uint64_t count, std::uint64_t total, bool overloaded) noexcept;

  const std::string name_;
  alignas(64) std::atomic<std::uint32_t> limit_{0};
  std::atomic<bool> adaptive_{false};
  std::atomic<std::uint32_t> first_limit_{0};
  std::atomic<std::uint32_t> min_limit_{0};
  std::atomic<std::uint32_t> max_limit_{0};
  std::atomic<double> tolerance_{0};
  std::atomic<Duration> window_{};
  alignas(64) std::atomic<std::uint32_t> running_{0};
  std::atomic<std::uint32_t> most_running_{0};  // in this window
  std::atomic<std::uint64_t> refused_{0};
  alignas(64) std::atomic<Duration::rep> window_end_{0};
  std::atomic<std::uint64_t> count_{0};
  std::atomic<std::uint64_t> total_{0};  // nanoseconds
  std::atomic<bool> overloaded_{false};
  std::atomic<double> usual_{0};  // nanoseconds
  std::atomic<double> exact_{0};  // the limit with its fraction
};

}  // namespace ngo
