// Whether a trace is recorded for good, decided at its beginning: by the caller's word, by the trace id, by a
// rule for its route, at most so many a second.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/runtime/clock.hpp"
#include "ngo/trace/propagation.hpp"

namespace ngo::trace {

// For routes (or whatever else the name of a root is) that go their own way; the first that fits holds.
struct SamplingRule {
  std::string route;   // "/articles/{id}", or with a star at its end: "/internal/*"; empty: all
  std::string method;  // "GET"; empty: all
  double ratio = 1;
};

struct Sampling {
  double ratio = 0.01;       // of new traces, by their ids: every service that has the same keeps the same
  bool parent_based = true;  // where a caller has decided, so it is
  double per_second = 0;     // of new traces at most; 0: no limit
  std::vector<SamplingRule> rules;

  // Reads OTEL_TRACES_SAMPLER and _ARG: always_on, always_off, traceidratio and each with "parentbased_"
  // before it. Says what is wrong; empty when it is good.
  [[nodiscard]] std::string apply_environment(std::string_view sampler, std::string_view argument);
};

// Used by all threads.
class Sampler {
 public:
  explicit Sampler(Sampling sampling);

  struct Root {
    TraceId trace;
    std::string_view route;
    std::string_view method;
    Remote::Decision decision = Remote::Decision::none;  // of the caller
    TimePoint now;
  };
  [[nodiscard]] bool decide(const Root& root) noexcept;
  [[nodiscard]] const Sampling& sampling() const noexcept { return sampling_; }

 private:
  [[nodiscard]] bool take(TimePoint now) noexcept;

  struct Rule {
    std::string route;
    bool prefix = false;
    std::string method;
    std::uint64_t bound = 0;
  };
  Sampling sampling_;
  std::uint64_t bound_;
  std::vector<Rule> rules_;
  std::int64_t step_ = 0;  // nanoseconds between two that are taken; 0: no limit
  std::atomic<std::int64_t> next_{0};
};

}  // namespace ngo::trace
