// A coroutine that waits for one thing. Everything that can be awaited and may really suspend (a timer, a
// socket, a mutex, a channel) derives its awaiter from Waiter, which knows three ways to end: woken by what
// it waits for, cancelled by its Context, or destroyed with its frame. Only for authors of awaitables.
#pragma once

#include <coroutine>

#include "ngo/base/intrusive_list.hpp"
#include "ngo/runtime/context.hpp"

namespace ngo {

class EventLoop;

namespace detail {
struct InQueue;  // tag: in the list of what is waited for, or, once woken, in the loop's run queue
}

// Thread: the one that its coroutine runs on. wake() and cancel() only queue the coroutine; the loop resumes
// it.
class Waiter : public Link<detail::InContext>, public Link<detail::InQueue> {
 public:
  // Takes the coroutine out of whatever it waits for and queues it; its await_resume() then throws.
  void cancel() noexcept;
  // Queues the coroutine to go on: what it waited for has come.
  void wake() noexcept;

  [[nodiscard]] bool pending() const noexcept { return handle_ != nullptr && !queued_; }

 protected:
  Waiter() = default;
  ~Waiter();

  // For await_ready(): throws when the current Context is cancelled already.
  static void check_cancelled() { Context::current().check(); }

  // For await_suspend(): the wait begins, and cancelling the current Context will end it.
  void suspend(std::coroutine_handle<> handle) noexcept;
  // As suspend(), but for waits that only end when what they wait for comes.
  void suspend_uncancellable(std::coroutine_handle<> handle) noexcept;

  // For await_resume(): throws when the wait was cancelled.
  void finish() {
    handle_ = nullptr;
    queued_ = false;
    if (cancelled_) [[unlikely]]
      throw_cancelled();
  }

  [[nodiscard]] Context& context() const noexcept { return *context_; }

 private:
  friend class EventLoop;
  friend class PendingWaits;
  // Called on cancellation: leaves the thing waited for (beyond the InQueue list, which is left anyway).
  // False: it cannot be left now; the wait goes on until what it waits for comes.
  virtual bool abandon() noexcept { return true; }
  [[noreturn]] void throw_cancelled();

  std::coroutine_handle<> handle_;
  Context* context_ = nullptr;
  EventLoop* loop_ = nullptr;
  TimePoint since_{};  // when the wait began, for who looks (pending_waits.hpp)
  bool queued_ = false;
  bool cancelled_ = false;
};

}  // namespace ngo
