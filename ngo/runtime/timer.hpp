// Timers for deadlines that are armed and cancelled on every request: a hierarchical timing wheel
// (Varghese & Lauck, 1987) of eight levels of 64 slots, one millisecond the finest, which reaches beyond all
// that a TimePoint can say. Arming and cancelling link and unlink one node; nothing is allocated. A timer
// never fires early and at most a millisecond late; timers that expire in one turn fire in the order of their
// deadlines, equal deadlines in the order of arming.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "ngo/base/intrusive_list.hpp"
#include "ngo/runtime/clock.hpp"

namespace ngo {

class TimerWheel;

// Something that is to happen at a time. Derive and implement fire(), or use it as a member through
// CallbackTimer. Destroying a timer disarms it. Belongs to the thread of its wheel.
class Timer : public Link<Timer> {
 public:
  [[nodiscard]] bool armed() const noexcept { return is_linked(); }
  [[nodiscard]] TimePoint deadline() const noexcept { return deadline_; }
  void disarm() noexcept { unlink(); }

 protected:
  ~Timer() = default;
  virtual void fire() noexcept = 0;

 private:
  friend class TimerWheel;
  TimePoint deadline_{};
  std::uint64_t sequence_ = 0;
};

// A timer that calls a member function: `CallbackTimer<Connection, &Connection::on_timeout> timer{this};`
template <class Owner, void (Owner::*Method)() noexcept>
class CallbackTimer final : public Timer {
 public:
  explicit CallbackTimer(Owner* owner) : owner_(owner) {}

 private:
  void fire() noexcept override { (owner_->*Method)(); }
  Owner* owner_;
};

class TimerWheel {
 public:
  explicit TimerWheel(TimePoint start) : start_(start) {}

  // Arms the timer for `deadline`; one that is armed already is moved.
  void arm(Timer& timer, TimePoint deadline) noexcept;

  // A time at or before the first deadline at which advance() has something to do; nothing when no timer is
  // armed.
  [[nodiscard]] std::optional<TimePoint> next() noexcept;

  // Fires all timers whose deadline, rounded up to the next millisecond (counted from the start), is at or
  // before `now`.
  void advance(TimePoint now) noexcept;

  // How many are armed, counted one by one.
  [[nodiscard]] std::size_t count(std::size_t at_most) const noexcept;

 private:
  static constexpr int kBits = 6;
  static constexpr int kSlots = 1 << kBits;
  static constexpr int kLevels = 8;
  using Tick = std::uint64_t;
  using Slot = List<Timer, Timer>;

  [[nodiscard]] Tick tick_up(TimePoint at) const noexcept;
  void place(Timer& timer) noexcept;
  void take(int level, int slot, Slot& into) noexcept;
  static void fire_in_order(Slot& due) noexcept;

  TimePoint start_;
  Tick tick_ = 0;  // all ticks before it have been handled
  std::uint64_t sequence_ = 0;
  std::array<std::uint64_t, kLevels> occupied_{};  // a bit for each slot that may hold timers
  std::array<std::array<Slot, kSlots>, kLevels> slots_;
};

}  // namespace ngo
