#include "ngo/resilience/deadline_budget.hpp"

#include <algorithm>

#include "ngo/base/duration.hpp"
#include "ngo/base/error.hpp"
#include "ngo/resilience/check_impl.hpp"
#include "ngo/runtime/context.hpp"

namespace ngo {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

}  // namespace

Duration DeadlineBudget::allot() {
  const std::optional<Duration> left = Context::current().remaining();
  if (!left) return Duration::max();
  const Duration at_least = at_least_.load(kRelaxed);
  const Duration usable = std::max(*left - reserve_.load(kRelaxed), Duration::zero());
  const auto allotted =
      Duration(static_cast<Duration::rep>(static_cast<double>(usable.count()) * share_.load(kRelaxed)));
  if (allotted < at_least || allotted == Duration::zero()) {
    refused_.fetch_add(1, kRelaxed);
    throw Error(Code::deadline_exceeded, "too late to begin: " + format_duration(*left) +
                                             " are left until the deadline, of which the call may take " +
                                             format_duration(allotted) + "; it needs at least " +
                                             format_duration(at_least));
  }
  return allotted;
}

DeadlineBudgetState DeadlineBudget::state() const noexcept {
  return {{share_.load(kRelaxed), reserve_.load(kRelaxed), at_least_.load(kRelaxed)},
          refused_.load(kRelaxed)};
}

void DeadlineBudget::set_options(const DeadlineBudgetOptions& options) {
  detail::check_options("deadline budget", options);
  share_.store(options.share, kRelaxed);
  reserve_.store(options.reserve, kRelaxed);
  at_least_.store(options.at_least, kRelaxed);
}

}  // namespace ngo
