#include "hall.hpp"

#include <ngo/log/log.hpp>
#include <ngo/runtime/event_loop.hpp>
#include <ngo/runtime/wait.hpp>

namespace tour {

// [open]
ngo::Task<std::unique_ptr<Hall>> Hall::open(Options options, ngo::Setup& setup) {
  auto hall = std::make_unique<Hall>(options);
  setup.background(hall->release_forgotten());

  auto indicator = [self = hall.get()]() -> ngo::Task<ngo::Health> {
    co_return ngo::Health::up().with("free", std::to_string(self->free()));
  };
  setup.health(indicator);

  auto stop_selling = [self = hall.get()]() -> ngo::Task<void> {
    std::lock_guard lock(self->mutex_);
    self->closed_ = true;
    co_return;
  };
  setup.on_drain(stop_selling);
  co_return hall;
}
// [/open]

// [background]
ngo::Task<void> Hall::release_forgotten() {
  for (;;) {
    co_await ngo::sleep(std::chrono::seconds(1));  // ends with an exception when the module is closed
    std::lock_guard lock(mutex_);
    std::erase_if(held_, [this](const auto& each) {
      if (each.second.until > ngo::EventLoop::current().now()) return false;
      free_ += each.second.seats;
      return true;
    });
  }
}
// [/background]

std::optional<std::int64_t> Hall::hold(std::uint32_t seats) {
  std::lock_guard lock(mutex_);
  if (closed_ || seats > free_) return std::nullopt;
  free_ -= seats;
  held_.emplace(++last_number_, Held{seats, ngo::EventLoop::current().now() + options_.hold_for});
  return last_number_;
}

bool Hall::pay(std::int64_t number) {
  std::lock_guard lock(mutex_);
  return held_.erase(number) > 0;
}

std::uint32_t Hall::free() const {
  std::lock_guard lock(mutex_);
  return free_;
}

ngo::Task<void> Hall::close() {
  ngo::log::info("the hall closes, {} seats are free", free());
  co_return;
}

}  // namespace tour
