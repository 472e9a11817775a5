#include "ngo/resilience/sliding_window.hpp"

#include <algorithm>
#include <bit>

#include "ngo/runtime/workers.hpp"

namespace ngo {
namespace {

std::size_t shards_of_process() {
  static const std::size_t shards = std::bit_ceil(std::min<std::size_t>(available_cpus(), 16));
  return shards;
}

std::size_t whole_buckets(Duration interval, std::size_t buckets) {
  return buckets == 0 || interval.count() % static_cast<Duration::rep>(buckets) != 0 ? 1 : buckets;
}

}  // namespace

SlidingWindow::SlidingWindow(Duration interval, std::size_t buckets)
    : buckets_(whole_buckets(interval, buckets)),
      bucket_length_(std::max(interval / static_cast<Duration::rep>(buckets_), Duration(1))),
      shards_(shards_of_process()),
      lines_of_shard_((buckets_ + 3) / 4),
      lines_(std::make_unique<Line[]>(shards_ * lines_of_shard_)) {}

void SlidingWindow::add(TimePoint now, bool marked) noexcept {
  add_counts(now, marked ? kOne + kOneMark : kOne);
}

void SlidingWindow::add_counts(TimePoint now, std::uint64_t counts) noexcept {
  const std::uint64_t epoch = epoch_of(now);
  Bucket& its = bucket(Workers::current_index().value_or(0) & (shards_ - 1), epoch % buckets_);
  std::uint64_t found = its.epoch.load(std::memory_order_acquire);
  if (found != epoch) [[unlikely]] {
    if (found == kRenewing) return;
    // A later one: another thread's turn began after ours; that is now.
    if (found == kNever || found < epoch) {
      if (!its.epoch.compare_exchange_strong(found, kRenewing, std::memory_order_acq_rel)) return;
      its.counts.store(counts, std::memory_order_relaxed);
      its.epoch.store(epoch, std::memory_order_release);
      return;
    }
  }
  its.counts.fetch_add(counts, std::memory_order_relaxed);
}

SlidingWindow::Sum SlidingWindow::sum(TimePoint now) const noexcept {
  const std::uint64_t epoch = epoch_of(now);
  Sum sum;
  for (std::size_t shard = 0; shard < shards_; ++shard) {
    for (std::size_t index = 0; index < buckets_; ++index) {
      const Bucket& one = bucket(shard, index);
      const std::uint64_t began = one.epoch.load(std::memory_order_acquire);
      // Also those that another worker, a moment ahead, has begun.
      if (began >= kRenewing || began + buckets_ <= epoch) continue;
      const std::uint64_t counts = one.counts.load(std::memory_order_relaxed);
      sum.total += counts & (kOneMark - 1);
      sum.marked += counts >> 32;
    }
  }
  return sum;
}

void SlidingWindow::clear() noexcept {
  for (std::size_t i = 0; i < shards_ * lines_of_shard_; ++i) {
    for (Bucket& one : lines_[i].buckets) {
      one.epoch.store(kNever, std::memory_order_release);
    }
  }
}

}  // namespace ngo
