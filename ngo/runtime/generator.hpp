// A range whose elements come one by one from a coroutine that may wait between them:
//
//   Generator<Row> rows() { ... co_yield row; ... }
//   Generator<Row> all = rows();
//   while (Row* row = co_await all.next()) use(*row);
//
// The element lives until the next call of next(). Dropping the generator ends its coroutine where it stands.
#pragma once

#include <coroutine>
#include <exception>
#include <memory>
#include <utility>

#include "ngo/runtime/task.hpp"

namespace ngo {

template <class T>
class [[nodiscard]] Generator {
 public:
  class promise_type : public detail::PooledFrame {
   public:
    Generator get_return_object() noexcept {
      return Generator(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
    struct Yield {
      [[nodiscard]] bool await_ready() const noexcept { return false; }
      [[nodiscard]] std::coroutine_handle<> await_suspend(
          std::coroutine_handle<promise_type> producer) const noexcept {
        return producer.promise().consumer_;
      }
      void await_resume() const noexcept {}
    };
    [[nodiscard]] Yield final_suspend() noexcept {
      element_ = nullptr;
      return {};
    }
    Yield yield_value(T& element) noexcept {
      element_ = std::addressof(element);
      return {};
    }
    Yield yield_value(T&& element) noexcept {
      element_ = std::addressof(element);
      return {};
    }
    void return_void() const noexcept {}
    void unhandled_exception() noexcept { error_ = std::current_exception(); }

   private:
    friend class Generator;
    T* element_ = nullptr;
    std::coroutine_handle<> consumer_;
    std::exception_ptr error_;
  };

  Generator() = default;
  Generator(Generator&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Generator& operator=(Generator&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Generator() {
    if (handle_) handle_.destroy();
  }

  class [[nodiscard]] Next {
   public:
    explicit Next(std::coroutine_handle<promise_type> producer) noexcept : producer_(producer) {}
    [[nodiscard]] bool await_ready() const noexcept { return !producer_ || producer_.done(); }
    [[nodiscard]] std::coroutine_handle<> await_suspend(std::coroutine_handle<> consumer) const noexcept {
      producer_.promise().consumer_ = consumer;
      return producer_;
    }
    T* await_resume() const {
      if (!producer_) return nullptr;
      auto& promise = producer_.promise();
      if (promise.error_) std::rethrow_exception(std::exchange(promise.error_, nullptr));
      return producer_.done() ? nullptr : promise.element_;
    }

   private:
    std::coroutine_handle<promise_type> producer_;
  };

  // The next element, or nullptr after the last. Throws what the coroutine throws.
  Next next() noexcept { return Next(handle_); }
  explicit operator bool() const noexcept { return static_cast<bool>(handle_); }

 private:
  explicit Generator(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

}  // namespace ngo
