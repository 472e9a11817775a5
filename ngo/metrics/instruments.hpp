// What code records with. An instrument is bound to its labels once (Registry) and is then a word or two to
// keep and to copy; recording takes a few nanoseconds on any thread, waits for nobody and cannot fail. One
// that was bound to nothing counts nothing. All are good for as long as their registry lives.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "ngo/metrics/detail/cells.hpp"
#include "ngo/metrics/snapshot.hpp"
#include "ngo/runtime/context.hpp"

namespace ngo::metrics {

namespace detail {
struct Series;
}

// Only grows: requests, bytes sent.
class Counter {
 public:
  using Series = detail::Series;
  static constexpr Kind kKind = Kind::counter;

  Counter() = default;
  explicit Counter(const Series& series) noexcept;
  void add(std::uint64_t by = 1) const noexcept { detail::add(*detail::own_cells(cells_), by); }

 private:
  detail::CellRange cells_;
};

// What is there now, counted by those who add and take away, on whichever threads: requests in flight.
class UpDownCounter {
 public:
  using Series = detail::Series;
  static constexpr Kind kKind = Kind::up_down_counter;

  UpDownCounter() = default;
  explicit UpDownCounter(const Series& series) noexcept;
  void add(std::int64_t by) const noexcept {
    detail::add(*detail::own_cells(cells_), static_cast<std::uint64_t>(by));
  }

 private:
  detail::CellRange cells_;
};

// The latest value that some thread has set. For one that can be asked for, Registry::on_collect() is better.
class Gauge {
 public:
  using Series = detail::Series;
  static constexpr Kind kKind = Kind::gauge;

  Gauge() = default;
  explicit Gauge(const Series& series) noexcept;
  void set(double value) const noexcept {
    if (value_ != nullptr) value_->store(std::bit_cast<std::uint64_t>(value), std::memory_order_relaxed);
  }

 private:
  detail::Cell* value_ = nullptr;
};

// How values are distributed over buckets that were fixed beforehand. NaN is not recorded.
class Histogram {
 public:
  using Series = detail::Series;
  static constexpr Kind kKind = Kind::histogram;

  Histogram() = default;
  explicit Histogram(const Series& series) noexcept;

  void record(double value) const noexcept {
    if (bounds_ != nullptr) static_cast<void>(count(value));
  }
  // With the trace that the value is of, which must be one that is kept: the latest of each bucket is shown
  // with it.
  void record(double value, const TraceIdentity& trace) const noexcept;

 private:
  // Bounds, padded to a multiple of four by infinity: all are looked at, without a branch.
  std::size_t count(double value) const noexcept {
    if (value != value) [[unlikely]]
      return 0;
    std::size_t bucket = 0;
    for (const double *bound = bounds_, *end = bound + padded_; bound != end; bound += 4) {
      bucket += static_cast<std::size_t>(value > bound[0]) + static_cast<std::size_t>(value > bound[1]) +
                static_cast<std::size_t>(value > bound[2]) + static_cast<std::size_t>(value > bound[3]);
    }
    detail::Cell* cells = detail::own_cells(cells_);
    detail::add_double(cells[0], value);
    detail::add(cells[1 + bucket], 1);
    return bucket;
  }

  const double* bounds_ = nullptr;
  detail::CellRange cells_;
  std::uint32_t padded_ = 0;
  const Series* series_ = nullptr;
};

// How values are distributed over buckets that grow with the value by the same factor: for what may be
// microseconds or minutes. Values below the least bucket count as zero, those above the last count there.
class ExponentialHistogram {
 public:
  using Series = detail::Series;
  static constexpr Kind kKind = Kind::exponential_histogram;

  ExponentialHistogram() = default;
  explicit ExponentialHistogram(const Series& series) noexcept;
  void record(double value) const noexcept;

 private:
  const Series* series_ = nullptr;
};

}  // namespace ngo::metrics
