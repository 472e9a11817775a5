#include "ngo/trace/sampler.hpp"

#include <algorithm>
#include <charconv>

#include "ngo/base/problem.hpp"

namespace ngo::trace {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// As OpenTelemetry's traceidratio: the lower half of the id, without its first bit, is below the ratio's part
// of all numbers.
std::uint64_t bound_of(double ratio) noexcept {
  if (!(ratio > 0)) return 0;
  if (ratio >= 1) return std::uint64_t{1} << 63U;
  return static_cast<std::uint64_t>(ratio * 9223372036854775808.0);
}

bool below(TraceId trace, std::uint64_t bound) noexcept { return (trace.low & 0x7fffffffffffffffU) < bound; }

}  // namespace

std::string Sampling::apply_environment(std::string_view sampler, std::string_view argument) {
  if (sampler.empty()) return {};
  std::string_view rest = sampler;
  const bool by_parent = rest.starts_with("parentbased_");
  if (by_parent) rest.remove_prefix(std::string_view("parentbased_").size());
  double wanted = 1;
  if (rest == "always_off") {
    wanted = 0;
  } else if (rest == "traceidratio") {
    if (!argument.empty()) {
      const auto [end, error] = std::from_chars(argument.data(), argument.data() + argument.size(), wanted);
      if (error != std::errc() || end != argument.data() + argument.size() || !(wanted >= 0 && wanted <= 1)) {
        return "OTEL_TRACES_SAMPLER_ARG: " + in_quotes(argument) + " is no number from 0 to 1";
      }
    }
  } else if (rest != "always_on") {
    return "OTEL_TRACES_SAMPLER: " + in_quotes(sampler) +
           " is unknown; there are always_on, always_off, traceidratio, parentbased_always_on, "
           "parentbased_always_off and parentbased_traceidratio";
  }
  ratio = wanted;
  parent_based = by_parent;
  return {};
}

Sampler::Sampler(Sampling sampling) : sampling_(std::move(sampling)), bound_(bound_of(sampling_.ratio)) {
  if (sampling_.per_second > 0) {
    step_ = std::max<std::int64_t>(
        1, static_cast<std::int64_t>(static_cast<double>(kSecond) / sampling_.per_second));
  }
  for (const SamplingRule& each : sampling_.rules) {
    Rule& rule = rules_.emplace_back();
    rule.route = each.route;
    rule.prefix = rule.route.ends_with('*');
    if (rule.prefix) rule.route.pop_back();
    rule.method = each.method;
    rule.bound = bound_of(each.ratio);
  }
}

bool Sampler::decide(const Root& root) noexcept {
  if (root.decision == Remote::Decision::debug) return true;
  if (sampling_.parent_based && root.decision != Remote::Decision::none) {
    return root.decision == Remote::Decision::keep;
  }
  std::uint64_t bound = bound_;
  for (const Rule& rule : rules_) {
    if (!rule.method.empty() && rule.method != root.method) continue;
    if (rule.prefix ? !root.route.starts_with(rule.route) : !rule.route.empty() && rule.route != root.route)
      continue;
    bound = rule.bound;
    break;
  }
  return below(root.trace, bound) && (step_ == 0 || take(root.now));
}

// A second's worth may be taken at once after a pause.
bool Sampler::take(TimePoint now) noexcept {
  const std::int64_t time = now.time_since_epoch().count();
  std::int64_t next = next_.load(std::memory_order_relaxed);
  while (true) {
    const std::int64_t from = std::max(next, time - std::max<std::int64_t>(0, kSecond - step_));
    if (from > time) return false;
    if (next_.compare_exchange_weak(next, from + step_, std::memory_order_relaxed)) return true;
  }
}

}  // namespace ngo::trace
