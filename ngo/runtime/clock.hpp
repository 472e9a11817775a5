// Time as the event loop sees it. A loop reads its clock once a turn; tests replace the clock by a
// VirtualClock, with which waiting takes no time and always ends in the same order.
#pragma once

#include <chrono>

namespace ngo {

using Duration = std::chrono::nanoseconds;
// Monotonic time: for deadlines and for measuring. Never shown to people.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;
// Civil time: for people and for protocols. May jump.
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

// `from` + `by`, or the end of time when that is beyond it: a limit of Duration::max() means none.
[[nodiscard]] constexpr TimePoint later(TimePoint from, Duration by) noexcept {
  if (by > Duration::zero() && from > TimePoint::max() - by) return TimePoint::max();
  return from + by;
}

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() const noexcept = 0;
  [[nodiscard]] virtual WallTime wall() const noexcept = 0;
  // Called by an idle loop whose next timer is due at `next`. True: the clock has jumped there, do not wait.
  virtual bool jump_to([[maybe_unused]] TimePoint next) noexcept { return false; }

  // The machine's clock.
  static Clock& real() noexcept;
};

// A clock that stands still until an idle loop, or a test, moves it. Belongs to one loop (one thread).
class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(WallTime start = WallTime(std::chrono::seconds(1'700'000'000))) : start_(start) {}
  [[nodiscard]] TimePoint now() const noexcept override { return TimePoint(elapsed_); }
  [[nodiscard]] WallTime wall() const noexcept override { return start_ + elapsed_; }
  bool jump_to(TimePoint next) noexcept override {
    if (next.time_since_epoch() > elapsed_) elapsed_ = next.time_since_epoch();
    return true;
  }
  void advance(Duration by) noexcept { elapsed_ += by; }

 private:
  WallTime start_;
  Duration elapsed_ = std::chrono::seconds(1);
};

}  // namespace ngo
