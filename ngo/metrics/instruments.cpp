#include "ngo/metrics/instruments.hpp"

#include "ngo/metrics/series_impl.hpp"
#include "ngo/runtime/clock.hpp"

namespace ngo::metrics {
namespace {

using detail::Cell;
using detail::CellRange;

// Both numbers of a range and whether there is one, in one word.
constexpr std::uint64_t kThere = std::uint64_t{1} << 63;
std::uint64_t pack(CellRange range) noexcept {
  return kThere | std::uint64_t{range.segment} << 32 | range.offset;
}
CellRange unpack(std::uint64_t packed) noexcept {
  return {static_cast<std::uint32_t>((packed & ~kThere) >> 32), static_cast<std::uint32_t>(packed)};
}

// Room for one exemplar in each bucket.
std::size_t exemplar_cells(const detail::Series& series) noexcept {
  return (series.shape->bounds->size() + 1) * detail::kExemplarCells;
}

std::uint64_t make_room(const detail::Series& series) noexcept {
  try {
    const std::size_t count = exemplar_cells(series);
    const CellRange range = detail::take_cells(count);
    std::uint64_t packed = 0;
    if (series.exemplars.compare_exchange_strong(packed, pack(range))) return pack(range);
    detail::give_cells(range, count);
    return packed;  // another thread was first
  } catch (...) {
    return 0;
  }
}

}  // namespace

Counter::Counter(const Series& series) noexcept : cells_(series.cells) {}
UpDownCounter::UpDownCounter(const Series& series) noexcept : cells_(series.cells) {}
Gauge::Gauge(const Series& series) noexcept : value_(&series.gauge) {}
Histogram::Histogram(const Series& series) noexcept
    : bounds_(series.shape->padded.data()),
      cells_(series.cells),
      padded_(static_cast<std::uint32_t>(series.shape->padded.size())),
      series_(&series) {}
ExponentialHistogram::ExponentialHistogram(const Series& series) noexcept : series_(&series) {}

// The cells have one writer: the number before and after tells readers whether they have seen one exemplar or
// parts of two.
void Histogram::record(double value, const TraceIdentity& trace) const noexcept {
  if (bounds_ == nullptr) return;
  const std::size_t bucket = count(value);
  if (!trace.valid() || value != value) return;
  std::uint64_t room = series_->exemplars.load(std::memory_order_acquire);
  if (room == 0) room = make_room(*series_);
  if (room == 0) return;
  Cell* const cell = detail::own_cells(unpack(room)) + bucket * detail::kExemplarCells;
  const std::uint64_t version = cell[0].load(std::memory_order_relaxed);
  cell[0].store(version + 1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  cell[1].store(trace.trace.high, std::memory_order_relaxed);
  cell[2].store(trace.trace.low, std::memory_order_relaxed);
  cell[3].store(trace.span.value, std::memory_order_relaxed);
  cell[4].store(std::bit_cast<std::uint64_t>(value), std::memory_order_relaxed);
  cell[5].store(static_cast<std::uint64_t>(Clock::real().wall().time_since_epoch().count()),
                std::memory_order_relaxed);
  cell[0].store(version + 2, std::memory_order_release);
}

void ExponentialHistogram::record(double value) const noexcept {
  if (series_ == nullptr || value != value) return;
  const detail::Shape& shape = *series_->shape;
  Cell* const cells = detail::own_cells(series_->cells);
  detail::add_double(cells[0], value);
  if (!(value > shape.least)) return detail::add(cells[1], 1);
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const int exponent = static_cast<int>(bits >> 52) - 1023;
  const std::uint64_t mantissa = bits & ((std::uint64_t{1} << 52) - 1);
  int index = exponent * (1 << shape.scale) - 1;
  for (const std::uint64_t begin : shape.mantissas) index += static_cast<int>(mantissa > begin);
  auto bucket = static_cast<std::size_t>(index < shape.first ? 0 : index - shape.first);
  if (bucket >= shape.buckets) bucket = shape.buckets - 1;
  detail::add(cells[2 + bucket], 1);
}

namespace detail {

void read_exemplars(const Series& series, HistogramData& into) {
  const std::uint64_t room = series.exemplars.load(std::memory_order_acquire);
  if (room == 0) return;
  std::vector<HistogramData::InBucket> latest(into.counts.size());
  each_cells(unpack(room), [&](const Cell* cells) {
    for (std::size_t bucket = 0; bucket < latest.size(); ++bucket) {
      const Cell* const cell = cells + bucket * kExemplarCells;
      const std::uint64_t version = cell[0].load(std::memory_order_acquire);
      if (version == 0 || version % 2 != 0) continue;
      Exemplar read;
      read.trace = {cell[1].load(std::memory_order_relaxed), cell[2].load(std::memory_order_relaxed)};
      read.span.value = cell[3].load(std::memory_order_relaxed);
      read.value = std::bit_cast<double>(cell[4].load(std::memory_order_relaxed));
      read.time = static_cast<std::int64_t>(cell[5].load(std::memory_order_relaxed));
      std::atomic_thread_fence(std::memory_order_acquire);
      if (cell[0].load(std::memory_order_relaxed) != version) continue;
      if (read.time > latest[bucket].exemplar.time) latest[bucket] = {bucket, read};
    }
  });
  for (const HistogramData::InBucket& each : latest) {
    if (each.exemplar.trace.valid()) into.exemplars.push_back(each);
  }
}

void give_back(const Series& series) noexcept {
  if (const std::uint64_t room = series.exemplars.load(); room != 0)
    give_cells(unpack(room), exemplar_cells(series));
  if (series.count != 0) give_cells(series.cells, series.count);
}

}  // namespace detail
}  // namespace ngo::metrics
