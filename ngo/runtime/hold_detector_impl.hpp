// Decides from samples of EventLoop::activity() whether one piece of work holds its worker: the watchdog's
// judgement, without its thread and its clock.
#pragma once

#include <cstdint>

#include "ngo/runtime/clock.hpp"

namespace ngo::detail {

class HoldDetector {
 public:
  enum class Finding : unsigned char {
    nothing,
    held,      // the work is over the limit from this sample on
    released,  // work that was reported as held has ended; held_for() says how long it lasted
  };

  // Tells what a sample taken at `now` has shown. `turn` changes with each piece of work; 0: the loop waits.
  Finding observe(std::uint64_t turn, TimePoint now, Duration limit) noexcept {
    if (turn != turn_) {
      held_for_ = now - since_;
      turn_ = turn;
      since_ = now;
      const bool was_held = held_;
      held_ = false;
      return was_held ? Finding::released : Finding::nothing;
    }
    if (turn == 0 || held_) return Finding::nothing;
    held_for_ = now - since_;
    held_ = held_for_ >= limit;
    return held_ ? Finding::held : Finding::nothing;
  }

  [[nodiscard]] Duration held_for() const noexcept { return held_for_; }
  [[nodiscard]] std::uint64_t turn() const noexcept { return turn_; }

 private:
  std::uint64_t turn_ = 0;
  TimePoint since_{};  // the first sample that saw this turn
  Duration held_for_{};
  bool held_ = false;
};

}  // namespace ngo::detail
