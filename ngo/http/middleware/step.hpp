// The names of the built-in steps, for switching them off where they do not fit: `route.without(Step::cors)`.
// What each does is in the header of its own name; in which order they stand, in connection.hpp.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace ngo {

enum class Step : std::uint8_t {
  access_log,
  request_id,
  server_timing,
  security_headers,
  cors,
  maintenance,
  metrics,
  tracing,
};

namespace http {

// A set of steps.
class StepSet {
 public:
  constexpr StepSet() = default;
  constexpr StepSet(std::initializer_list<Step> steps) noexcept {
    for (const Step step : steps) add(step);
  }
  constexpr void add(Step step) noexcept { bits_ |= bit(step); }
  constexpr void remove(Step step) noexcept { bits_ &= static_cast<std::uint8_t>(~bit(step)); }
  [[nodiscard]] constexpr bool has(Step step) const noexcept { return (bits_ & bit(step)) != 0; }
  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
  [[nodiscard]] constexpr bool has_any(StepSet other) const noexcept { return (bits_ & other.bits_) != 0; }
  [[nodiscard]] constexpr StepSet without(StepSet other) const noexcept {
    return StepSet(static_cast<std::uint8_t>(bits_ & ~other.bits_));
  }
  friend constexpr bool operator==(StepSet, StepSet) noexcept = default;

 private:
  explicit constexpr StepSet(std::uint8_t bits) noexcept : bits_(bits) {}
  static constexpr std::uint8_t bit(Step step) noexcept {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(step));
  }
  std::uint8_t bits_ = 0;
};

}  // namespace http
}  // namespace ngo
