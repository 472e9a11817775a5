// Event, Semaphore and Mutex for the coroutines of ONE worker: no atomics, no locks, first come first served.
// They are no help between threads; for that there is run_on() and EventLoop::post(). Whoever waits is taken
// out of the queue when its Context is cancelled.
#pragma once

#include <cstddef>
#include <utility>

#include "ngo/runtime/waiter.hpp"

namespace ngo {
namespace detail {

using WaitQueue = List<Waiter, InQueue>;

// A wait in a queue that somebody else wakes.
class QueuedAwaiter : public Waiter {
 protected:
  void enqueue(std::coroutine_handle<> handle, WaitQueue& queue) noexcept {
    suspend(handle);
    queue.push_back(*this);
  }
  ~QueuedAwaiter() = default;
};

}  // namespace detail

// Set once, or set and reset; all who wait go on when it is set.
class Event {
 public:
  [[nodiscard]] bool is_set() const noexcept { return set_; }
  void set() noexcept {
    set_ = true;
    while (Waiter* waiter = waiting_.pop_front()) waiter->wake();
  }
  void reset() noexcept { set_ = false; }
  // Goes on at once when the event is set.
  [[nodiscard]] auto wait() noexcept { return Awaiter(*this); }

 private:
  class [[nodiscard]] Awaiter final : public detail::QueuedAwaiter {
   public:
    explicit Awaiter(Event& event) noexcept : event_(event) {}
    [[nodiscard]] bool await_ready() const {
      check_cancelled();
      return event_.set_;
    }
    void await_suspend(std::coroutine_handle<> handle) noexcept { enqueue(handle, event_.waiting_); }
    void await_resume() { finish(); }

   private:
    Event& event_;
  };

  bool set_ = false;
  detail::WaitQueue waiting_;
};

// Counts permits. Fair: a large request at the head is not overtaken by small ones behind it.
class Semaphore {
 public:
  explicit Semaphore(std::size_t permits) noexcept : permits_(permits) {}
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  // A permit, given back when it is destroyed.
  class [[nodiscard]] Permit {
   public:
    Permit() = default;
    Permit(Permit&& other) noexcept
        : semaphore_(std::exchange(other.semaphore_, nullptr)), count_(other.count_) {}
    Permit& operator=(Permit&& other) noexcept {
      if (this != &other) {
        release();
        semaphore_ = std::exchange(other.semaphore_, nullptr);
        count_ = other.count_;
      }
      return *this;
    }
    ~Permit() { release(); }
    void release() noexcept {
      if (semaphore_ != nullptr) std::exchange(semaphore_, nullptr)->give_back(count_);
    }
    explicit operator bool() const noexcept { return semaphore_ != nullptr; }

   private:
    friend class Semaphore;
    Permit(Semaphore* semaphore, std::size_t count) noexcept : semaphore_(semaphore), count_(count) {}
    Semaphore* semaphore_ = nullptr;
    std::size_t count_ = 0;
  };

  class [[nodiscard]] Awaiter final : public detail::QueuedAwaiter {
   public:
    Awaiter(Semaphore& semaphore, std::size_t count) noexcept : semaphore_(semaphore), count_(count) {}
    ~Awaiter() {
      // Destroyed between being given the permits and taking them up, or while it waits.
      if (granted_) {
        semaphore_.give_back(count_);
      } else if (pending()) {
        abandon();
      }
    }
    [[nodiscard]] bool await_ready() {
      check_cancelled();
      if (!semaphore_.waiting_.empty() || semaphore_.permits_ < count_) return false;
      semaphore_.permits_ -= count_;
      granted_ = true;
      return true;
    }
    void await_suspend(std::coroutine_handle<> handle) noexcept { enqueue(handle, semaphore_.waiting_); }
    Permit await_resume() {
      finish();
      granted_ = false;
      return Permit(&semaphore_, count_);
    }

   private:
    friend class Semaphore;
    bool abandon() noexcept override;
    Semaphore& semaphore_;
    std::size_t count_;
    bool granted_ = false;
  };

  // Waits for `count` permits at once.
  Awaiter acquire(std::size_t count = 1) noexcept { return Awaiter(*this, count); }
  // The permits if they are free now and nobody is waiting; an empty Permit otherwise.
  Permit try_acquire(std::size_t count = 1) noexcept;
  [[nodiscard]] std::size_t available() const noexcept { return permits_; }

 private:
  void give_back(std::size_t count) noexcept;
  void grant() noexcept;

  std::size_t permits_;
  detail::WaitQueue waiting_;
};

// Mutual exclusion over awaits. `auto lock = co_await mutex.lock();` holds it until the end of the block.
class Mutex {
 public:
  using Lock = Semaphore::Permit;
  [[nodiscard]] Semaphore::Awaiter lock() noexcept { return semaphore_.acquire(); }
  [[nodiscard]] Lock try_lock() noexcept { return semaphore_.try_acquire(); }

 private:
  Semaphore semaphore_{1};
};

}  // namespace ngo
