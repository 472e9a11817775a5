// A bounded queue between coroutines of one worker. Senders wait while it is full, receivers while it is
// empty; close() lets the receivers take what is left and then tells them the end.
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
  [[nodiscard]] Task<bool> send(T value) {
    while (!closed_ && values_.size() >= capacity_) co_await room_.wait();
    co_return try_send(std::move(value));
  }

  // Puts the value in if there is room now.
  [[nodiscard]] bool try_send(T value) {
    if (closed_ || values_.size() >= capacity_) return false;
    values_.push_back(std::move(value));
    available_.wake_one();
    return true;
  }

  // Waits for a value; nothing when the channel is closed and empty.
  [[nodiscard]] Task<std::optional<T>> receive() {
    while (values_.empty()) {
      if (closed_) co_return std::nullopt;
      co_await available_.wait();
    }
    std::optional<T> value(std::move(values_.front()));
    values_.pop_front();
    room_.wake_one();
    co_return value;
  }

  // No more values come: receivers take what is left, senders that wait are told false.
  void close() noexcept {
    closed_ = true;
    available_.wake_all();
    room_.wake_all();
  }
  [[nodiscard]] bool closed() const noexcept { return closed_; }
  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }

 private:
  std::size_t capacity_;
  bool closed_ = false;
  std::deque<T> values_;
  detail::Signal available_;
  detail::Signal room_;
};

}  // namespace ngo
