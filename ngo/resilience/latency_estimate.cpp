#include "ngo/resilience/latency_estimate.hpp"

#include <algorithm>
#include <bit>

namespace ngo {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr int kLeastBits = 10;  // of nanoseconds: about a microsecond
constexpr std::uint64_t kRenewEvery = 32;
constexpr std::uint64_t kForgetEvery = 1024;

// The upper end of a bucket, in nanoseconds.
std::uint64_t end_of(std::size_t index) noexcept {
  return (4 + index % 4 + 1) << (index / 4 + kLeastBits - 2);
}

}  // namespace

std::size_t LatencyEstimate::index_of(Duration duration) noexcept {
  const auto value = static_cast<std::uint64_t>(std::max<Duration::rep>(duration.count(), 1 << kLeastBits));
  const auto octave = static_cast<std::size_t>(std::bit_width(value) - 1 - kLeastBits);
  const std::size_t quarter = (value >> (octave + kLeastBits - 2)) & 3;
  return std::min(4 * octave + quarter, kBuckets - 1);
}

void LatencyEstimate::record(Duration duration) noexcept {
  counts_[index_of(duration)].fetch_add(1, kRelaxed);
  const std::uint64_t number = recorded_.fetch_add(1, kRelaxed) + 1;
  if (number % kRenewEvery == 0) renew();
  if (number % kForgetEvery == 0) {
    for (auto& count : counts_) count.store(count.load(kRelaxed) / 2, kRelaxed);
  }
}

void LatencyEstimate::renew() noexcept {
  std::uint64_t total = 0;
  for (const auto& count : counts_) total += count.load(kRelaxed);
  const double wanted = percentile_.load(kRelaxed) * static_cast<double>(total);
  std::uint64_t below = 0;
  for (std::size_t index = 0; index < kBuckets; ++index) {
    const std::uint64_t here = counts_[index].load(kRelaxed);
    if (here != 0 && static_cast<double>(below + here) >= wanted) {
      const std::uint64_t begin = index == 0 ? 0 : end_of(index - 1);
      const double part = std::max(wanted - static_cast<double>(below), 0.0) / static_cast<double>(here);
      const double at = static_cast<double>(begin) + part * static_cast<double>(end_of(index) - begin);
      value_.store(Duration(static_cast<Duration::rep>(at)), kRelaxed);
      return;
    }
    below += here;
  }
}

void LatencyEstimate::reset() noexcept {
  for (auto& count : counts_) count.store(0, kRelaxed);
  recorded_.store(0, kRelaxed);
  value_.store(Duration::zero(), kRelaxed);
}

}  // namespace ngo
