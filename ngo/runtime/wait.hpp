// The simplest waits: for time to pass, and for the other coroutines of the worker to have their turn.
#pragma once

#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/task.hpp"
#include "ngo/runtime/waiter.hpp"

namespace ngo {
namespace detail {

class SleepAwaiter final : public Waiter, private Timer {
 public:
  explicit SleepAwaiter(TimePoint until) noexcept : until_(until) {}
  [[nodiscard]] bool await_ready() const {
    check_cancelled();
    return false;
  }
  void await_suspend(std::coroutine_handle<> handle) noexcept {
    suspend(handle);
    EventLoop::current().timers().arm(*this, until_);
  }
  void await_resume() { finish(); }

 private:
  void fire() noexcept override { wake(); }
  bool abandon() noexcept override {
    Timer::disarm();
    return true;
  }
  TimePoint until_;
};

class YieldAwaiter final : public Waiter {
 public:
  [[nodiscard]] bool await_ready() const {
    check_cancelled();
    return false;
  }
  void await_suspend(std::coroutine_handle<> handle) noexcept {
    // Through the Context, so that its deadline is armed and cuts off a loop that only yields.
    suspend(handle);
    wake();
  }
  void await_resume() { finish(); }
};

}  // namespace detail

// Waits for `duration`, measured from the beginning of this turn of the loop, to the next millisecond.
[[nodiscard]] inline detail::SleepAwaiter sleep(Duration duration) {
  return detail::SleepAwaiter(later(EventLoop::current().now(), duration));
}
[[nodiscard]] inline detail::SleepAwaiter sleep_until(TimePoint until) { return detail::SleepAwaiter(until); }

// Lets everything else that is ready on this worker go first; looks at the descriptors and timers too.
[[nodiscard]] inline detail::YieldAwaiter yield() { return {}; }

// The Context of the running coroutine, for code that wants its deadline, to cancel it or to add log fields.
[[nodiscard]] inline Context& current_context() noexcept { return Context::current(); }

template <class T>
T EventLoop::block_on(Task<T> task) {
  struct Work {
    detail::Outcome<T> outcome;
    bool ended = false;
  } work;
  auto drive = [](EventLoop& loop, Work& to, Task<T> its_task) -> detail::Root {
    Context context;
    CurrentContext::set(&context);
    co_await to.outcome.run(std::move(its_task));
    CurrentContext::set(nullptr);
    to.ended = true;
    loop.stop();
  };
  {
    Entered entered(*this);
    drive(*this, work, std::move(task));
    while (!work.ended) turn_until_stopped();
  }
  stopping_.store(false, std::memory_order_relaxed);
  return work.outcome.take();
}

}  // namespace ngo
