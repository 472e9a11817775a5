// A bounded queue between coroutines of one worker. Senders wait while it is full, receivers while it is
// empty; close() lets the receivers take what is left and then tells them the end.
//
// Fair on both sides: a value goes straight to the receiver that has waited longest, and room to the sender
// that has. So whoever is cancelled, or ends, after its wait was over has lost nobody's wake-up.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo {

template <class T>
class Channel {
 public:
  // At most `capacity` values (at least one) wait in it.
  explicit Channel(std::size_t capacity) : capacity_(capacity == 0 ? 1 : capacity) {}
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Waits for room, then puts the value in. False: the channel is closed and the value was dropped.
  [[nodiscard]] Task<bool> send(T value) { co_return co_await Send(*this, value); }

  // Puts the value in if there is room now.
  [[nodiscard]] bool try_send(T value) { return put(value); }

  // Waits for a value; nothing when the channel is closed and empty.
  [[nodiscard]] Task<std::optional<T>> receive() { co_return co_await Receive(*this); }

  // No more values come: receivers take what is left, senders that wait are told false.
  void close() noexcept {
    closed_ = true;
    while (Waiter* waiter = receivers_.pop_front()) waiter->wake();
    while (Waiter* waiter = senders_.pop_front()) waiter->wake();
  }
  [[nodiscard]] bool closed() const noexcept { return closed_; }
  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }

 private:
  class Send final : public detail::QueuedAwaiter {
   public:
    Send(Channel& channel, T& value) noexcept : value_(value), channel_(channel) {}
    [[nodiscard]] bool await_ready() {
      check_cancelled();
      sent_ = channel_.put(value_);
      return sent_ || channel_.closed_;
    }
    void await_suspend(std::coroutine_handle<> handle) noexcept { enqueue(handle, channel_.senders_); }
    bool await_resume() {
      finish();
      return sent_;
    }

    T& value_;
    bool sent_ = false;

   private:
    Channel& channel_;
  };

  class Receive final : public detail::QueuedAwaiter {
   public:
    explicit Receive(Channel& channel) noexcept : channel_(channel) {}
    [[nodiscard]] bool await_ready() {
      check_cancelled();
      value_ = channel_.take();
      return value_.has_value() || channel_.closed_;
    }
    void await_suspend(std::coroutine_handle<> handle) noexcept { enqueue(handle, channel_.receivers_); }
    std::optional<T> await_resume() {
      finish();
      return std::move(value_);
    }

    std::optional<T> value_;

   private:
    Channel& channel_;
  };

  // Receivers wait only while it is empty, senders only while it is full.
  bool put(T& value) {
    if (closed_ || values_.size() >= capacity_) return false;
    if (receivers_.empty()) {
      values_.push_back(std::move(value));
    } else {
      auto& receiver = static_cast<Receive&>(receivers_.front());
      receiver.value_.emplace(std::move(value));
      receiver.wake();
    }
    return true;
  }

  std::optional<T> take() {
    if (values_.empty()) return std::nullopt;
    std::optional<T> value(std::move(values_.front()));
    values_.pop_front();
    if (!senders_.empty()) {
      auto& sender = static_cast<Send&>(senders_.front());
      values_.push_back(std::move(sender.value_));
      sender.sent_ = true;
      sender.wake();
    }
    return value;
  }

  std::size_t capacity_;
  bool closed_ = false;
  std::deque<T> values_;
  detail::WaitQueue receivers_;
  detail::WaitQueue senders_;
};

}  // namespace ngo
