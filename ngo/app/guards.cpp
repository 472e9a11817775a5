#include "ngo/app/guards.hpp"

#include <chrono>
#include <type_traits>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/codec/json_value.hpp"
#include "ngo/resilience/circuit_breaker.hpp"
#include "ngo/resilience/concurrency_limit.hpp"
#include "ngo/resilience/deadline_budget.hpp"
#include "ngo/resilience/hedge.hpp"
#include "ngo/resilience/retry.hpp"
#include "ngo/resilience/retry_budget.hpp"

namespace ngo {
namespace {

std::int64_t milliseconds(Duration time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

template <class Options>
JsonValue json_of(const Options& options) {
  return json::parse<JsonValue>(json::to_string(options));
}

JsonValue state_of(const CircuitBreaker& breaker) {
  const BreakerState state = breaker.state();
  JsonValue out;
  out["state"] = to_string(state.phase);
  if (state.phase == BreakerPhase::open) out["probeInMs"] = milliseconds(state.until_probe);
  out["calls"] = state.window.total;
  out["bad"] = state.window.marked;
  out["refused"] = state.refused;
  out["opened"] = state.opened;
  out["options"] = json_of(state.rule);
  return out;
}

JsonValue state_of(const RetryBudget& budget) {
  const RetryBudgetState state = budget.state();
  JsonValue out;
  out["calls"] = state.calls;
  out["repeated"] = state.repeated;
  out["refused"] = state.refused;
  out["options"] = json_of(state.options);
  return out;
}

JsonValue state_of(const Retry& retry) {
  const RetryState state = retry.state();
  JsonValue out;
  out["calls"] = state.calls;
  out["repeated"] = state.repeated;
  out["gaveUp"] = state.gave_up;
  out["options"] = json_of(state.options);
  return out;
}

JsonValue state_of(const Hedge& hedge) {
  const HedgeState state = hedge.state();
  JsonValue out;
  out["delayMs"] = milliseconds(state.delay);
  out["calls"] = state.calls;
  out["hedged"] = state.hedged;
  out["won"] = state.won;
  out["options"] = json_of(state.options);
  return out;
}

JsonValue state_of(const ConcurrencyLimit& limit) {
  const ConcurrencyLimitState state = limit.state();
  JsonValue out;
  out["limit"] = state.limit;
  out["running"] = state.running;
  out["refused"] = state.refused;
  if (state.options.adaptive) out["usualMs"] = milliseconds(state.usual);
  out["options"] = json_of(state.options);
  return out;
}

JsonValue state_of(const DeadlineBudget& budget) {
  const DeadlineBudgetState state = budget.state();
  JsonValue out;
  out["refused"] = state.refused;
  out["options"] = json_of(state.options);
  return out;
}

// Those that are there, with what the object says instead.
template <class Options>
Options changed(Options options, const JsonValue& by) {
  if (!by.is_object()) throw Error(Code::invalid_argument, R"("options" has to be an object)");
  std::vector<Problem> problems;
  if (!json::parse_into(type_of<Options>(), &options, json::to_string(by), {}, problems))
    throw json::ParseError(std::move(problems));
  return options;
}

}  // namespace

std::string_view Guard::kind() const noexcept {
  static constexpr std::string_view kKinds[] = {"breaker", "retryBudget", "retry",
                                                "hedge",   "limit",       "deadlineBudget"};
  return kKinds[part.index()];
}

JsonValue Guard::describe() const {
  JsonValue out;
  out["kind"] = kind();
  out["name"] = name;
  if (!owner.empty()) out["module"] = owner;
  JsonValue state = std::visit([](const auto* its) { return state_of(*its); }, part);
  for (JsonMember& each : state.as_object()) out[each.name] = std::move(each.value);
  return out;
}

void Guard::set_options(const JsonValue& options) const {
  std::visit(
      [&](auto* its) {
        if constexpr (std::is_same_v<decltype(its), CircuitBreaker*>) {
          its->set_rule(changed(its->state().rule, options));
        } else {
          its->set_options(changed(its->state().options, options));
        }
      },
      part);
}

void Guard::set_state(std::string_view state) const {
  CircuitBreaker* const* const breaker = std::get_if<CircuitBreaker*>(&part);
  if (breaker == nullptr)
    throw Error(Code::invalid_argument,
                "only a breaker has a state that can be set, and " + in_quotes(name) + " is none");
  if (state == "open") {
    (*breaker)->force_open();
  } else if (state == "closed") {
    (*breaker)->force_closed();
  } else if (state == "auto") {
    (*breaker)->reset();
  } else {
    throw Error(Code::invalid_argument,
                R"("state" has to be "open", "closed" or "auto", and it is )" + in_quotes(state));
  }
}

}  // namespace ngo
