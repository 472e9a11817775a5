#include <cstring>
#include <new>

#include "ngo/log/ring_impl.hpp"

namespace ngo::log {

bool Ring::push(Sink& sink, Level level, std::uint64_t time, std::string_view line) noexcept {
  std::uint64_t head = head_.load(std::memory_order_relaxed);
  const std::size_t need = footprint(line.size());
  // A line lies in one piece: what is left at the end may have to be passed over.
  const std::size_t rest = until_end(head);
  const std::size_t total = rest < need ? rest + need : need;
  const std::size_t reserve = level < Level::warn ? capacity_ / 8 : 0;
  if (capacity_ - (head - known_tail_) < total + reserve) {
    known_tail_ = tail_.load(std::memory_order_acquire);
    if (capacity_ - (head - known_tail_) < total + reserve) return false;
  }
  if (rest < need) {
    if (rest >= sizeof(Record)) new (at(head)) Record{nullptr, 0, kToTheStart, level};
    head += rest;
  }
  new (at(head)) Record{&sink, time, static_cast<std::uint32_t>(line.size()), level};
  std::memcpy(at(head) + sizeof(Record), line.data(), line.size());
  head_.store(head + need, std::memory_order_release);
  return true;
}

const Ring::Record* Ring::front() noexcept {
  std::uint64_t tail = tail_.load(std::memory_order_relaxed);
  if (tail == head_.load(std::memory_order_acquire)) return nullptr;
  const std::size_t rest = until_end(tail);
  const auto* record = std::launder(reinterpret_cast<const Record*>(at(tail)));
  if (rest < sizeof(Record) || record->size == kToTheStart) {
    tail += rest;
    tail_.store(tail, std::memory_order_release);
    record = std::launder(reinterpret_cast<const Record*>(at(tail)));
  }
  return record;
}

void Ring::pop() noexcept {
  const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
  const auto* record = std::launder(reinterpret_cast<const Record*>(at(tail)));
  tail_.store(tail + footprint(record->size), std::memory_order_release);
}

}  // namespace ngo::log
