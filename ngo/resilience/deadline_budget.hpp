// Parts of a request's time: what a call may take of what the Context has left, and how much must be left for
// it to begin at all. A call without a deadline above it is not limited.
//
//   DeadlineBudget budget({.share = 0.5, .at_least = 20ms});
//   auto price = co_await budget.run([&] { return fetch_price(id); });
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "ngo/base/rules.hpp"
#include "ngo/resilience/detail/task_value.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo {

struct DeadlineBudgetOptions {
  double share = 1;     // of what is left after the reserve; 0 to 1
  Duration reserve{};   // kept for what comes after the call
  Duration at_least{};  // with less than that it does not begin

  static constexpr auto rules = ngo::rules(ngo::camel_case(), ngo::range<&DeadlineBudgetOptions::share>(0, 1),
                                           ngo::at_least<&DeadlineBudgetOptions::reserve>(Duration(0)),
                                           ngo::at_least<&DeadlineBudgetOptions::at_least>(Duration(0)));
};

struct DeadlineBudgetState {
  DeadlineBudgetOptions options;
  std::uint64_t refused = 0;
};

// Any worker.
class DeadlineBudget {
 public:
  // Throws Error{invalid_argument} when the options make no sense; so does set_options().
  DeadlineBudget() = default;
  explicit DeadlineBudget(const DeadlineBudgetOptions& options) { set_options(options); }

  // What a call may take now, Duration::max() when there is no deadline. Throws Error{deadline_exceeded} when
  // that is less than `at_least`.
  [[nodiscard]] Duration allot();

  // Calls f(), which returns a Task, with that limit.
  template <class F>
  [[nodiscard]] auto run(F f) -> Task<detail::TaskValueOf<F>> {
    const Duration limit = allot();
    co_return co_await with_timeout(limit, f());
  }

  [[nodiscard]] DeadlineBudgetState state() const noexcept;
  void set_options(const DeadlineBudgetOptions& options);

 private:
  std::atomic<double> share_{1};
  std::atomic<Duration> reserve_{};
  std::atomic<Duration> at_least_{};
  std::atomic<std::uint64_t> refused_{0};
};

}  // namespace ngo
