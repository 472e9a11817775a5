// Blocking work beside the workers. `co_await ngo::blocking([&] { return read_file(path); })` runs the
// function on a thread of a bounded pool and goes on, on the same worker as before, with its result or its
// exception.
//
// When the Context is cancelled, a function that still waits for a thread is taken back at once; one that
// runs is waited for, since it may refer to the caller's variables. When the queue is full:
// Error{resource_exhausted}.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "ngo/runtime/task.hpp"
#include "ngo/runtime/waiter.hpp"

namespace ngo {

class BlockingPool {
 public:
  struct Options {
    std::size_t threads = 16;    // at most; started when needed, ended after ten idle seconds
    std::size_t queue = 10'000;  // functions that may wait for a thread
  };
  struct Stats {
    std::size_t threads, idle, queued;
    std::uint64_t completed, rejected;
  };

  BlockingPool();
  explicit BlockingPool(Options options);
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;
  // Waits for the functions that run; those that wait for a thread are not run any more.
  ~BlockingPool();

  // The process's pool, which blocking() uses.
  static BlockingPool& shared();

  [[nodiscard]] Stats stats() const;
  // Applies to what comes from now on.
  void set_options(Options options);

  // A piece of work; for blocking() alone.
  class Job {
   public:
    virtual void run() noexcept = 0;

   protected:
    ~Job() = default;

   private:
    friend class BlockingPool;
    Job* next_ = nullptr;
    Job* previous_ = nullptr;
    enum class State : unsigned char { idle, queued, running } state_ = State::idle;
  };
  void submit(Job& job);
  // Takes a job back. False: it runs already, or has run.
  bool withdraw(Job& job) noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

namespace detail {

class BlockingAwaiterBase : public Waiter, public BlockingPool::Job {
 public:
  [[nodiscard]] bool await_ready() const {
    check_cancelled();
    return false;
  }
  void await_suspend(std::coroutine_handle<> handle);

 protected:
  BlockingAwaiterBase() = default;
  ~BlockingAwaiterBase() = default;
  void ended() noexcept;  // on the pool's thread

 private:
  bool abandon() noexcept final;
  EventLoop* home_ = nullptr;
};

template <class F>
class [[nodiscard]] BlockingAwaiter final : public BlockingAwaiterBase {
  using Result = std::invoke_result_t<F&>;

 public:
  explicit BlockingAwaiter(F function) : function_(std::move(function)) {}
  Result await_resume() {
    finish();
    return outcome_.take();
  }

 private:
  void run() noexcept override {
    try {
      if constexpr (std::is_void_v<Result>) {
        function_();
      } else {
        outcome_.value.emplace(function_());
      }
    } catch (...) {
      outcome_.error = std::current_exception();
    }
    ended();
  }

  F function_;
  Outcome<Result> outcome_;
};

}  // namespace detail

// Runs `function()` on the pool; see the head of this file.
template <class F>
[[nodiscard]] detail::BlockingAwaiter<F> blocking(F function) {
  return detail::BlockingAwaiter<F>(std::move(function));
}

}  // namespace ngo
