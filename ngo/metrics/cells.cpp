#include "ngo/metrics/detail/cells.hpp"

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <vector>

#include "ngo/base/error.hpp"

namespace ngo::metrics::detail {

struct Arena {
  std::array<std::atomic<Cell*>, kMaxSegments> segments{};
  Arena* next = nullptr;  // set before it is seen
};

namespace {

struct alignas(64) Segment {
  std::array<Cell, kSegmentCells> cells{};
};

constinit std::array<std::atomic<Cell*>, kMaxSegments> no_segments{};
constinit Segment lost;  // what is counted where no memory is left
// All that were ever made. They stay: a thread may count until the process ends.
constinit std::atomic<Arena*> arenas{nullptr};

// What is taken and what is free; reached only when threads come and go, or instruments do.
struct Space {
  std::mutex mutex;
  std::vector<Arena*> left;                             // by threads that have ended
  std::map<std::size_t, std::vector<CellRange>> given;  // by their size
  CellRange next{0, 8};                                 // the first cells are for nothing
};

Space& space() {
  static Space* const one = new Space;  // never destroyed, as the arenas
  return *one;
}

constinit thread_local Arena* own_arena = nullptr;
constinit thread_local bool thread_has_left = false;

// Gives the arena of a thread away when the thread ends.
struct Leaving {
  bool armed = false;
  ~Leaving() {
    if (own_arena == nullptr) return;
    Space& all = space();
    const std::lock_guard lock(all.mutex);
    all.left.push_back(own_arena);
    own_arena = nullptr;
    own_segments = no_segments.data();
    thread_has_left = true;
  }
};
thread_local Leaving leaving;

Arena* take_arena() {
  if (!thread_has_left) {
    leaving.armed = true;  // so that it is constructed, and destroyed
    Space& all = space();
    const std::lock_guard lock(all.mutex);
    if (!all.left.empty()) {
      Arena* arena = all.left.back();
      all.left.pop_back();
      return arena;
    }
    all.left.reserve(all.left.capacity() + 1);  // so that leaving cannot fail
  }
  auto* arena = new Arena;
  arena->next = arenas.load(std::memory_order_relaxed);
  while (!arenas.compare_exchange_weak(arena->next, arena, std::memory_order_release,
                                       std::memory_order_relaxed)) {
  }
  return arena;
}

}  // namespace

constinit thread_local Segments own_segments = no_segments.data();

Cell* make_own_segment(std::uint32_t segment) noexcept {
  try {
    if (own_arena == nullptr) {
      own_arena = take_arena();
      own_segments = own_arena->segments.data();
    }
    Cell* cells = own_arena->segments[segment].load(std::memory_order_relaxed);
    if (cells == nullptr) {
      cells = (new Segment)->cells.data();
      own_arena->segments[segment].store(cells, std::memory_order_release);
    }
    return cells;
  } catch (...) {
    return lost.cells.data();
  }
}

CellRange take_cells(std::size_t count) {
  Space& all = space();
  const std::lock_guard lock(all.mutex);
  if (auto found = all.given.find(count); found != all.given.end() && !found->second.empty()) {
    const CellRange range = found->second.back();
    found->second.pop_back();
    return range;
  }
  CellRange range = all.next;
  if (range.offset + count > kSegmentCells) range = {range.segment + 1, 0};
  if (count > kSegmentCells || range.segment >= kMaxSegments) {
    throw Error(Code::resource_exhausted, "there is no room for " + std::to_string(count) +
                                              " more numbers of metrics; there are " +
                                              std::to_string(kMaxSegments * kSegmentCells) + " at most");
  }
  all.next = {range.segment, range.offset + static_cast<std::uint32_t>(count)};
  return range;
}

void give_cells(CellRange range, std::size_t count) noexcept {
  for (Arena* arena = arenas.load(std::memory_order_acquire); arena != nullptr; arena = arena->next) {
    Cell* cells = arena->segments[range.segment].load(std::memory_order_acquire);
    if (cells == nullptr) continue;
    for (std::size_t i = 0; i < count; ++i) cells[range.offset + i].store(0, std::memory_order_relaxed);
  }
  Space& all = space();
  try {
    const std::lock_guard lock(all.mutex);
    all.given[count].push_back(range);
  } catch (...) {
    // Without memory to remember it, it is not used again.
  }
}

const Cell* next_cells(CellRange range, const Arena*& at) noexcept {
  at = at == nullptr ? arenas.load(std::memory_order_acquire) : at->next;
  for (; at != nullptr; at = at->next) {
    const Cell* cells = at->segments[range.segment].load(std::memory_order_acquire);
    if (cells != nullptr) return cells + range.offset;
  }
  return nullptr;
}

}  // namespace ngo::metrics::detail
