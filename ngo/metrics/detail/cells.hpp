// Where instruments count: numbers that each thread has to itself, so that recording is a load, an addition
// and a store, with no locked instruction and no line of the cache that another thread writes. Readers add up
// what all threads have.
//
// A CellRange names some neighbouring numbers, the same ones in the arena of every thread. The arena of a
// thread that has ended keeps its numbers and goes to the next thread that begins to count.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace ngo::metrics::detail {

using Cell = std::atomic<std::uint64_t>;
using Segments = const std::atomic<Cell*>*;

inline constexpr std::size_t kSegmentCells = 4096;
inline constexpr std::size_t kMaxSegments = 2048;

// Of the first range nobody reads anything: instruments that are bound to nothing count there.
struct CellRange {
  std::uint32_t segment = 0;
  std::uint32_t offset = 0;
  friend bool operator==(CellRange, CellRange) = default;
};

// Those of this thread; before it counts for the first time a table of nulls.
extern constinit thread_local Segments own_segments;
// Makes this thread's part of a segment. Where memory is out, cells that nobody reads.
[[nodiscard]] Cell* make_own_segment(std::uint32_t segment) noexcept;

[[nodiscard]] inline Cell* own_cells(CellRange range) noexcept {
  Cell* segment = own_segments[range.segment].load(std::memory_order_relaxed);
  if (segment == nullptr) [[unlikely]]
    segment = make_own_segment(range.segment);
  return segment + range.offset;
}

inline void add(Cell& cell, std::uint64_t by) noexcept {
  cell.store(cell.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}
// To a cell that holds a double.
inline void add_double(Cell& cell, double by) noexcept {
  const double sum = std::bit_cast<double>(cell.load(std::memory_order_relaxed)) + by;
  cell.store(std::bit_cast<std::uint64_t>(sum), std::memory_order_relaxed);
}

// Some cells that are zero in every arena. Throws Error{resource_exhausted} when all are taken. `count` is at
// most kSegmentCells.
[[nodiscard]] CellRange take_cells(std::size_t count);
// Nobody counts there any more.
void give_cells(CellRange range, std::size_t count) noexcept;

// The cells of each thread that has counted in this segment; null behind the last one. `at` begins as null
// and is what stands between two calls.
struct Arena;
[[nodiscard]] const Cell* next_cells(CellRange range, const Arena*& at) noexcept;

// Calls f(cells) for the range in each arena.
template <class F>
void each_cells(CellRange range, F&& f) {
  const Arena* at = nullptr;
  while (const Cell* cells = next_cells(range, at)) f(cells);
}

}  // namespace ngo::metrics::detail
