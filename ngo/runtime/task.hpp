// Task<T>: what a coroutine returns. Lazy: it starts when it is awaited; one awaiter; the awaiting coroutine
// and the task hand control to one another directly (symmetric transfer), so a long chain or loop of awaits
// needs no stack. Dropping a task that was never awaited destroys its arguments and does nothing else.
//
// A task runs on one thread for its whole life: the one that awaits it.
#pragma once

#include <coroutine>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "ngo/runtime/context.hpp"
#include "ngo/runtime/frame_pool.hpp"

namespace ngo {

template <class T = void>
class Task;

namespace detail {

struct PooledFrame {
  static void* operator new(std::size_t size) { return allocate_frame(size); }
  static void operator delete(void* frame, std::size_t size) noexcept { free_frame(frame, size); }
};

struct TaskPromiseBase : PooledFrame {
  struct FinalAwaiter {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    [[nodiscard]] std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
      return ended.promise().continuation;
    }
    void await_resume() const noexcept {}
  };

  [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
  [[nodiscard]] FinalAwaiter final_suspend() const noexcept { return {}; }

  std::coroutine_handle<> continuation;
};

template <class T>
class TaskPromise final : public TaskPromiseBase {
 public:
  TaskPromise() noexcept {}
  TaskPromise(const TaskPromise&) = delete;
  TaskPromise& operator=(const TaskPromise&) = delete;
  ~TaskPromise() {
    if (state_ == State::value) value_.~T();
    if (state_ == State::error) error_.~exception_ptr();
  }

  Task<T> get_return_object() noexcept;
  void unhandled_exception() noexcept {
    new (&error_) std::exception_ptr(std::current_exception());
    state_ = State::error;
  }
  template <class U>
    requires std::is_constructible_v<T, U&&>
  void return_value(U&& value) {
    new (static_cast<void*>(&value_)) T(std::forward<U>(value));
    state_ = State::value;
  }
  T take() {
    if (state_ == State::error) std::rethrow_exception(std::move(error_));
    return std::move(value_);
  }

 private:
  enum class State : unsigned char { running, value, error };
  union {
    T value_;
    std::exception_ptr error_;
  };
  State state_ = State::running;
};

template <class T>
class TaskPromise<T&> final : public TaskPromiseBase {
 public:
  Task<T&> get_return_object() noexcept;
  void unhandled_exception() noexcept { error_ = std::current_exception(); }
  void return_value(T& value) noexcept { value_ = &value; }
  T& take() {
    if (error_) std::rethrow_exception(std::move(error_));
    return *value_;
  }

 private:
  T* value_ = nullptr;
  std::exception_ptr error_;
};

template <>
class TaskPromise<void> final : public TaskPromiseBase {
 public:
  Task<void> get_return_object() noexcept;
  void unhandled_exception() noexcept { error_ = std::current_exception(); }
  void return_void() const noexcept {}
  void take() {
    if (error_) std::rethrow_exception(std::move(error_));
  }

 private:
  std::exception_ptr error_;
};

}  // namespace detail

template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::TaskPromise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() noexcept = default;
  explicit Task(Handle handle) noexcept : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, {});
    }
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  // Whether there is a coroutine behind it.
  explicit operator bool() const noexcept { return static_cast<bool>(handle_); }

  class Awaiter {
   public:
    explicit Awaiter(Handle handle) noexcept : handle_(handle) {}
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    [[nodiscard]] std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) const noexcept {
      handle_.promise().continuation = awaiting;
      return handle_;
    }
    T await_resume() const { return handle_.promise().take(); }

   private:
    Handle handle_;
  };

  // Starts the task; the awaiting coroutine goes on with its result or its exception.
  Awaiter operator co_await() && noexcept { return Awaiter(handle_); }

  // For authors of combinators: the coroutine itself, which stays owned by this object.
  [[nodiscard]] Handle handle() const noexcept { return handle_; }

 private:
  Handle handle_;
};

namespace detail {

template <class T>
Task<T> TaskPromise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}
template <class T>
Task<T&> TaskPromise<T&>::get_return_object() noexcept {
  return Task<T&>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}
inline Task<void> TaskPromise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

// A coroutine that starts at once, belongs to nobody and frees itself at its end. It must not throw.
struct Root {
  struct promise_type : PooledFrame {
    Root get_return_object() const noexcept { return {}; }
    [[nodiscard]] std::suspend_never initial_suspend() const noexcept { return {}; }
    [[nodiscard]] std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
  };
};

// The result of one of several tasks that run side by side, kept until all have ended.
template <class T>
struct Outcome {
  using Value =
      std::conditional_t<std::is_void_v<T>, std::monostate,
                         std::conditional_t<std::is_reference_v<T>, std::remove_reference_t<T>*, T>>;
  std::optional<Value> value;
  std::exception_ptr error;

  Outcome() = default;
  Outcome(const Outcome&) = delete;
  Outcome& operator=(const Outcome&) = delete;

  Task<void> run(Task<T> task) {
    try {
      if constexpr (std::is_void_v<T>) {
        co_await std::move(task);
        value.emplace();
      } else if constexpr (std::is_reference_v<T>) {
        value.emplace(std::addressof(co_await std::move(task)));
      } else {
        value.emplace(co_await std::move(task));
      }
    } catch (...) {
      error = std::current_exception();
    }
  }
  T take() {
    if (error) std::rethrow_exception(error);
    if constexpr (std::is_reference_v<T>) {
      return **value;
    } else if constexpr (!std::is_void_v<T>) {
      return std::move(*value);
    }
  }
};

}  // namespace detail
}  // namespace ngo
