#include "ngo/log/limited.hpp"

#include <array>
#include <atomic>

namespace ngo::log::detail {
namespace {

using std::chrono::nanoseconds;

struct Place {
  std::atomic<std::uint64_t> key{0};
  std::atomic<std::int64_t> next{0};  // when the next line may be written, on the steady clock
  std::atomic<std::uint64_t> suppressed{0};
};

// Places in the code are few. Should there be more than this, the rest is not limited.
constexpr std::size_t kPlaces = 1024;
constinit std::array<Place, kPlaces> places;

std::uint64_t key_of(const std::source_location& where) noexcept {
  std::uint64_t key = reinterpret_cast<std::uintptr_t>(where.file_name());
  key = (key ^ (std::uint64_t{where.line()} << 32 | where.column())) * 0x9E3779B97F4A7C15;
  return key == 0 ? 1 : key;
}

Place* find_place(const std::source_location& where) noexcept {
  const std::uint64_t key = key_of(where);
  for (std::size_t i = 0; i < kPlaces; ++i) {
    Place& place = places[((key >> 32) + i) % kPlaces];
    std::uint64_t there = place.key.load(std::memory_order_acquire);
    if (there == 0 && place.key.compare_exchange_strong(there, key)) return &place;
    if (there == key) return &place;
  }
  return nullptr;
}

}  // namespace

std::optional<std::uint64_t> take_turn(const std::source_location& where, nanoseconds period) noexcept {
  Place* const place = find_place(where);
  if (place == nullptr) return 0;
  const std::int64_t now = std::chrono::steady_clock::now().time_since_epoch().count();
  std::int64_t next = place->next.load(std::memory_order_relaxed);
  const std::int64_t after = period == nanoseconds::max() ? period.count() : now + period.count();
  if (now < next || !place->next.compare_exchange_strong(next, after)) {
    place->suppressed.fetch_add(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  return place->suppressed.exchange(0, std::memory_order_relaxed);
}

}  // namespace ngo::log::detail
