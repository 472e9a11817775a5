// How values are distributed (durations in nanoseconds, sizes in bytes): counted in buckets whose width grows
// with the value, 32 to each power of two, so that every quantile is known to within 1/64 of its value at any
// size and recording costs a few nanoseconds. Values below 64 are exact. Values from 2^42 on (73 minutes in
// nanoseconds) share the last bucket; the sum, the least and the greatest value are always exact.
//
// One thread records; any thread may take a Snapshot meanwhile. Give each worker its own and merge what they
// counted. A histogram takes 9.6 KiB.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace ngo {

class Histogram {
 public:
  // The greatest error of a quantile, relative to the value.
  static constexpr double kRelativeError = 1.0 / 64;

  class Snapshot;

  Histogram() = default;
  Histogram(const Histogram&) = delete;
  Histogram& operator=(const Histogram&) = delete;

  // Counts one value. Only the owning thread may call it.
  void record(std::uint64_t value) noexcept {
    add(counts_[index_of(value)], 1);
    add(sum_, value);
    if (value < least_.load(std::memory_order_relaxed)) least_.store(value, std::memory_order_relaxed);
    if (value > greatest_.load(std::memory_order_relaxed)) greatest_.store(value, std::memory_order_relaxed);
  }

  // What was counted so far. While the owner records, a snapshot may miss its latest values, each wholly or
  // in one of count and sum.
  [[nodiscard]] Snapshot snapshot() const;

 private:
  static constexpr int kBits = 5;      // 2^kBits buckets to each power of two
  static constexpr int kLargest = 42;  // values have at most that many bits
  static constexpr std::size_t kBuckets = static_cast<std::size_t>(kLargest - kBits + 1) << kBits;

  static constexpr std::size_t index_of(std::uint64_t value) noexcept {
    constexpr std::uint64_t kLast = (std::uint64_t{1} << kLargest) - 1;
    if (value > kLast) value = kLast;
    const int shift = std::bit_width(value | (std::uint64_t{1} << kBits)) - 1 - kBits;
    return (static_cast<std::size_t>(shift) << kBits) + static_cast<std::size_t>(value >> shift);
  }
  // The smallest value of a bucket; that of the bucket behind the last is the limit of all.
  static constexpr std::uint64_t lowest_of(std::size_t index) noexcept {
    constexpr std::size_t kHalf = std::size_t{1} << kBits;
    if (index < 2 * kHalf) return index;
    const std::size_t shift = (index >> kBits) - 1;
    return static_cast<std::uint64_t>(index - (shift << kBits)) << shift;
  }

  // One writer: no locked instruction is needed, only that readers never see half a number.
  static void add(std::atomic<std::uint64_t>& number, std::uint64_t value) noexcept {
    number.store(number.load(std::memory_order_relaxed) + value, std::memory_order_relaxed);
  }

  std::array<std::atomic<std::uint64_t>, kBuckets> counts_{};
  std::atomic<std::uint64_t> sum_{0};
  std::atomic<std::uint64_t> least_{std::numeric_limits<std::uint64_t>::max()};
  std::atomic<std::uint64_t> greatest_{0};
};

// A plain value: copy it, merge the snapshots of all workers, ask it.
class Histogram::Snapshot {
 public:
  void merge(const Snapshot& other);

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint64_t sum() const noexcept { return sum_; }
  [[nodiscard]] double mean() const noexcept;
  // Both 0 when nothing was counted.
  [[nodiscard]] std::uint64_t least() const noexcept { return count_ == 0 ? 0 : least_; }
  [[nodiscard]] std::uint64_t greatest() const noexcept { return greatest_; }

  // The value that a share `q` (0 to 1) of all values does not exceed, to within kRelativeError; quantile(0)
  // is the least and quantile(1) the greatest. 0 when nothing was counted.
  [[nodiscard]] std::uint64_t quantile(double q) const noexcept;
  // How many values are at most `bound`, counting a bucket by its middle: what cumulative bucket bounds of an
  // exporter are made of.
  [[nodiscard]] std::uint64_t count_up_to(std::uint64_t bound) const noexcept;

 private:
  friend class Histogram;
  [[nodiscard]] static std::uint64_t middle_of(std::size_t index) noexcept;

  std::vector<std::uint64_t> counts_;  // empty, or kBuckets
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t least_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t greatest_ = 0;
};

}  // namespace ngo
