// For tests: a virtual clock that cancels a Context at the n-th of its moments. Moments are the turns of the
// loop (the clock is read once a turn, while all coroutines stand at their waits) or the calls of step(),
// which a test writes before and after its awaits. Run a test with n = 1, 2, ... until nothing is cancelled.
#pragma once

#include "ngo/runtime/clock.hpp"
#include "ngo/runtime/context.hpp"

namespace ngo {

class CancelAt final : public Clock {
 public:
  enum class Moments : unsigned char { turns, steps };

  CancelAt(Moments moments, int number) : moments_(moments), number_(number) {}
  // The Context to cancel; nullptr: none any more.
  void aim(Context* context) noexcept { context_ = context; }
  [[nodiscard]] bool fired() const noexcept { return fired_; }
  void step() const noexcept {
    if (moments_ == Moments::steps) count();
  }

  [[nodiscard]] TimePoint now() const noexcept override {
    if (moments_ == Moments::turns) count();
    return clock_.now();
  }
  [[nodiscard]] WallTime wall() const noexcept override { return clock_.wall(); }
  bool jump_to(TimePoint next) noexcept override { return clock_.jump_to(next); }

 private:
  void count() const noexcept {
    if (context_ == nullptr || ++seen_ != number_) return;
    fired_ = true;
    context_->cancel();
  }

  Moments moments_;
  int number_;
  mutable int seen_ = 0;
  mutable bool fired_ = false;
  Context* context_ = nullptr;
  VirtualClock clock_;
};

}  // namespace ngo
