#include "ngo/base/histogram.hpp"

#include <algorithm>
#include <cmath>

namespace ngo {

Histogram::Snapshot Histogram::snapshot() const {
  Snapshot out;
  out.counts_.resize(kBuckets);
  for (std::size_t i = 0; i < kBuckets; ++i) {
    out.counts_[i] = counts_[i].load(std::memory_order_relaxed);
    out.count_ += out.counts_[i];
  }
  out.sum_ = sum_.load(std::memory_order_relaxed);
  out.least_ = least_.load(std::memory_order_relaxed);
  out.greatest_ = greatest_.load(std::memory_order_relaxed);
  return out;
}

void Histogram::Snapshot::merge(const Snapshot& other) {
  if (other.counts_.empty()) return;
  counts_.resize(kBuckets);
  for (std::size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  least_ = std::min(least_, other.least_);
  greatest_ = std::max(greatest_, other.greatest_);
}

double Histogram::Snapshot::mean() const noexcept {
  return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
}

std::uint64_t Histogram::Snapshot::middle_of(std::size_t index) noexcept {
  const std::uint64_t low = lowest_of(index);
  return low + (lowest_of(index + 1) - low) / 2;
}

std::uint64_t Histogram::Snapshot::quantile(double q) const noexcept {
  if (count_ == 0) return 0;
  if (q <= 0) return least();
  if (q >= 1) return greatest_;
  const auto rank =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += counts_[i];
    if (seen < rank) continue;
    // The last bucket has no upper end, so its middle says nothing.
    if (i + 1 == kBuckets) return greatest_;
    return std::clamp(middle_of(i), least(), greatest_);
  }
  return greatest_;
}

std::uint64_t Histogram::Snapshot::count_up_to(std::uint64_t bound) const noexcept {
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size() && middle_of(i) <= bound; ++i) {
    if (i + 1 == kBuckets && bound < greatest_) break;
    seen += counts_[i];
  }
  return seen;
}

}  // namespace ngo
