#include "ngo/runtime/timer.hpp"

#include <algorithm>
#include <bit>
#include <vector>

namespace ngo {
namespace {

constexpr Duration kTick = std::chrono::milliseconds(1);

}  // namespace

TimerWheel::Tick TimerWheel::tick_up(TimePoint at) const noexcept {
  if (at <= start_) return 0;
  auto distance = at - start_;
  auto ticks = static_cast<Tick>(distance / kTick);
  return distance % kTick == Duration::zero() ? ticks : ticks + 1;
}

void TimerWheel::arm(Timer& timer, TimePoint deadline) noexcept {
  timer.unlink();
  // The last tick is a whole one, so that rounding up to it does not leave the range of TimePoint.
  timer.deadline_ = std::min(deadline, TimePoint::max() - kTick);
  timer.sequence_ = ++sequence_;
  place(timer);
}

void TimerWheel::place(Timer& timer) noexcept {
  const Tick due = std::max(tick_up(timer.deadline_), tick_);
  const Tick differs = due ^ tick_;
  const int level = differs == 0 ? 0 : (63 - std::countl_zero(differs)) / kBits;
  const int slot = static_cast<int>((due >> (level * kBits)) & (kSlots - 1));
  slots_[level][slot].push_back(timer);
  occupied_[level] |= std::uint64_t{1} << slot;
}

std::size_t TimerWheel::count(std::size_t at_most) const noexcept {
  std::size_t found = 0;
  for (const auto& level : slots_) {
    for (const Slot& slot : level) found += slot.count(at_most - found);
  }
  return found;
}

std::optional<TimePoint> TimerWheel::next() noexcept {
  for (int level = 0; level < kLevels; ++level) {
    int position = static_cast<int>((tick_ >> (level * kBits)) & (kSlots - 1));
    // Slots before the current position belong to a later round and have been moved up a level.
    std::uint64_t ahead = occupied_[level] & (~std::uint64_t{0} << position);
    while (ahead != 0) {
      int slot = std::countr_zero(ahead);
      if (!slots_[level][slot].empty()) {
        Tick round = tick_ >> ((level + 1) * kBits) << ((level + 1) * kBits);
        Tick at = std::max(tick_, round + (static_cast<Tick>(slot) << (level * kBits)));
        return start_ + kTick * static_cast<std::int64_t>(at);
      }
      occupied_[level] &= ~(std::uint64_t{1} << slot);
      ahead &= ahead - 1;
    }
  }
  return std::nullopt;
}

void TimerWheel::take(int level, int slot, Slot& into) noexcept {
  if ((occupied_[level] & (std::uint64_t{1} << slot)) == 0) return;
  occupied_[level] &= ~(std::uint64_t{1} << slot);
  into.splice_back(slots_[level][slot]);
}

void TimerWheel::advance(TimePoint now) noexcept {
  if (now < start_) return;
  const Tick target = static_cast<Tick>((now - start_) / kTick);
  Slot due;
  for (;;) {
    const std::optional<TimePoint> first = next();
    if (!first || *first > now) {
      // Every slot on the way is empty, so the position can simply move on.
      tick_ = std::max(tick_, target);
      break;
    }
    tick_ = std::max(tick_, static_cast<Tick>((*first - start_) / kTick));
    // Entering new slots of the higher levels: their timers move down to finer ones.
    for (int level = kLevels - 1; level > 0; --level) {
      Slot moved;
      take(level, static_cast<int>((tick_ >> (level * kBits)) & (kSlots - 1)), moved);
      while (Timer* timer = moved.pop_front()) place(*timer);
    }
    take(0, static_cast<int>(tick_ & (kSlots - 1)), due);
    if (tick_ >= target) break;
    ++tick_;
  }
  if (!due.empty()) fire_in_order(due);
}

void TimerWheel::fire_in_order(Slot& due) noexcept {
  Timer* first = due.pop_front();
  if (due.empty()) return first->fire();
  std::vector<Timer*> order{first};
  while (Timer* timer = due.pop_front()) order.push_back(timer);
  std::sort(order.begin(), order.end(), [](const Timer* a, const Timer* b) {
    return a->deadline_ != b->deadline_ ? a->deadline_ < b->deadline_ : a->sequence_ < b->sequence_;
  });
  for (Timer* timer : order) due.push_back(*timer);
  // One by one from the list: a timer that an earlier one disarms, moves or destroys has left it by then.
  while (Timer* timer = due.pop_front()) timer->fire();
}

}  // namespace ngo
