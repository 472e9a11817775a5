// How many calls there were lately, and how many of them were marked (failed, slow, repeated): a ring of
// buckets, each for an equal part of the interval. With one bucket the count begins anew with each interval.
//
// Any thread adds and sums. Each worker counts on a cache line of its own, so that adding costs one
// uncontended atomic addition. Exact but for the moment in which a bucket begins: a call that another thread
// of the same line counts in those nanoseconds may be missed. Workers share a line where there are more of
// them than CPUs, or than 16.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "ngo/runtime/clock.hpp"

namespace ngo {

class SlidingWindow {
 public:
  struct Sum {
    std::uint64_t total = 0;
    std::uint64_t marked = 0;
    [[nodiscard]] double ratio() const noexcept {
      return total == 0 ? 0 : static_cast<double>(marked) / static_cast<double>(total);
    }
  };

  // `buckets` that do not divide the interval to whole nanoseconds are taken as one.
  SlidingWindow(Duration interval, std::size_t buckets);

  // One call at `now`, the time of the worker's loop.
  void add(TimePoint now, bool marked) noexcept;
  // Only a mark, for a call that was counted before.
  void mark(TimePoint now) noexcept { add_counts(now, kOneMark); }
  // The calls of the buckets that began less than an interval before `now`.
  [[nodiscard]] Sum sum(TimePoint now) const noexcept;
  void clear() noexcept;

  [[nodiscard]] Duration interval() const noexcept { return bucket_length_ * static_cast<int>(buckets_); }
  [[nodiscard]] std::size_t buckets() const noexcept { return buckets_; }

 private:
  static constexpr std::uint64_t kOne = 1;
  static constexpr std::uint64_t kOneMark = std::uint64_t{1} << 32;
  // Epochs that no bucket of a window reaches.
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};
  static constexpr std::uint64_t kRenewing = kNever - 1;

  struct Bucket {
    std::atomic<std::uint64_t> epoch{kNever};  // its beginning, in lengths of a bucket
    std::atomic<std::uint64_t> counts{0};      // total, and marked in the upper half
  };
  struct alignas(64) Line {
    Bucket buckets[4];
  };

  [[nodiscard]] std::uint64_t epoch_of(TimePoint now) const noexcept {
    return static_cast<std::uint64_t>(now.time_since_epoch().count()) /
           static_cast<std::uint64_t>(bucket_length_.count());
  }
  [[nodiscard]] Bucket& bucket(std::size_t shard, std::size_t index) const noexcept {
    return lines_[shard * lines_of_shard_ + index / 4].buckets[index % 4];
  }
  void add_counts(TimePoint now, std::uint64_t counts) noexcept;

  std::size_t buckets_;
  Duration bucket_length_;
  std::size_t shards_;  // a power of two
  std::size_t lines_of_shard_;
  std::unique_ptr<Line[]> lines_;
};

}  // namespace ngo
