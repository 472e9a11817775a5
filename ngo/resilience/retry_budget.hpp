// How much may be called again: a share of what is called at all, so that retries and hedges cannot multiply
// the load of a target that is in trouble. One for each target, shared by all that repeat calls to it. Over
// the last ten seconds, the repeated may be `ratio` of the calls, and `min_per_second` besides, for targets
// that are called seldom. Any worker; a few calls beyond the budget may pass when workers ask at once.
#pragma once

#include <atomic>
#include <cstdint>

#include "ngo/base/rules.hpp"
#include "ngo/resilience/sliding_window.hpp"

namespace ngo {

struct RetryBudgetOptions {
  double ratio = 0.2;
  double min_per_second = 1;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::range<&RetryBudgetOptions::ratio>(0, 1),
      ngo::at_least<&RetryBudgetOptions::min_per_second>(0),
      ngo::description<&RetryBudgetOptions::ratio>("repeated calls for each call"),
      ngo::description<&RetryBudgetOptions::min_per_second>("repeated calls that are allowed in any case"));
};

struct RetryBudgetState {
  RetryBudgetOptions options;
  std::uint64_t calls = 0;     // of the last ten seconds
  std::uint64_t repeated = 0;  // of these
  std::uint64_t refused = 0;   // ever
};

class RetryBudget {
 public:
  // Throws Error{invalid_argument} when the options make no sense; so does set_options().
  RetryBudget() : RetryBudget(RetryBudgetOptions()) {}
  explicit RetryBudget(const RetryBudgetOptions& options) : window_(kInterval, 10) { set_options(options); }

  // For each call, not for its repetitions.
  void called() noexcept;
  // Whether one call may be repeated now; takes it from the budget.
  [[nodiscard]] bool take() noexcept;

  // On a thread that has a loop, whose time it needs.
  [[nodiscard]] RetryBudgetState state() const noexcept;
  void set_options(const RetryBudgetOptions& options);
  void reset() noexcept { window_.clear(); }

 private:
  static constexpr Duration kInterval = std::chrono::seconds(10);

  std::atomic<double> ratio_{0};
  std::atomic<double> min_per_second_{0};
  std::atomic<std::uint64_t> refused_{0};
  SlidingWindow window_;  // marked: repeated
};

}  // namespace ngo
