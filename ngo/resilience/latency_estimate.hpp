// A percentile of recent durations, cheap enough to ask before each call: within about a tenth of the true
// value, over the last one to two thousand durations. Any worker; what several record in the same nanoseconds
// may be lost. For figures that people read use Histogram.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "ngo/runtime/clock.hpp"

namespace ngo {

class LatencyEstimate {
 public:
  // `percentile` from 0 to 1.
  explicit LatencyEstimate(double percentile) noexcept : percentile_(percentile) {}

  void record(Duration duration) noexcept;
  // Renewed with every 32nd duration; zero before the first renewal.
  [[nodiscard]] Duration value() const noexcept { return value_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t recorded() const noexcept { return recorded_.load(std::memory_order_relaxed); }
  void set_percentile(double percentile) noexcept {
    percentile_.store(percentile, std::memory_order_relaxed);
  }
  void reset() noexcept;

 private:
  static constexpr std::size_t kBuckets = 4 * 32;  // four to each power of two, from a microsecond on
  static std::size_t index_of(Duration duration) noexcept;
  void renew() noexcept;

  std::atomic<double> percentile_;
  std::atomic<Duration> value_{};
  std::atomic<std::uint64_t> recorded_{0};
  std::array<std::atomic<std::uint32_t>, kBuckets> counts_{};
};

}  // namespace ngo
