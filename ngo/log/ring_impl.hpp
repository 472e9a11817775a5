// The way of log lines from one thread to the writer thread: a bounded queue of bytes with one producer and
// one consumer. Neither side ever waits; a line that finds no room is refused. What is below a warning must
// leave a reserve free, so that warnings and errors still get through when a burst has filled the rest.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "ngo/log/level.hpp"

namespace ngo::log {

class Sink;

class Ring {
 public:
  // In front of each line's bytes.
  struct Record {
    Sink* sink;
    std::uint64_t time;  // of tick(): orders lines of several threads
    std::uint32_t size;
    Level level;

    [[nodiscard]] std::string_view text() const noexcept {
      return {reinterpret_cast<const char*>(this + 1), size};
    }
  };

  // `capacity`: bytes, a power of two.
  explicit Ring(std::size_t capacity) : capacity_(capacity), bytes_(new char[capacity]) {}

  // ---- the producer

  // False: there is no room.
  [[nodiscard]] bool push(Sink& sink, Level level, std::uint64_t time, std::string_view line) noexcept;
  [[nodiscard]] bool half_full() const noexcept {
    return head_.load(std::memory_order_relaxed) - known_tail_ > capacity_ / 2;
  }
  // The thread ends: nothing more comes.
  void abandon() noexcept { abandoned_.store(true, std::memory_order_release); }

  // ---- the consumer

  // The oldest line; null when there is none. Valid until pop().
  [[nodiscard]] const Record* front() noexcept;
  void pop() noexcept;
  [[nodiscard]] bool empty() const noexcept {
    return tail_.load(std::memory_order_relaxed) == head_.load(std::memory_order_acquire);
  }
  [[nodiscard]] bool abandoned() const noexcept { return abandoned_.load(std::memory_order_acquire); }

 private:
  static constexpr std::uint32_t kToTheStart = ~std::uint32_t{0};  // as a size: the rest is left out

  [[nodiscard]] char* at(std::uint64_t position) const noexcept {
    return bytes_.get() + (position & (capacity_ - 1));
  }
  [[nodiscard]] std::size_t until_end(std::uint64_t position) const noexcept {
    return capacity_ - (position & (capacity_ - 1));
  }
  static constexpr std::size_t footprint(std::size_t size) noexcept {
    return (sizeof(Record) + size + 7) & ~std::size_t{7};
  }

  const std::size_t capacity_;
  const std::unique_ptr<char[]> bytes_;
  std::atomic<bool> abandoned_{false};
  alignas(64) std::atomic<std::uint64_t> head_{0};  // counted in bytes, never reset
  std::uint64_t known_tail_ = 0;                    // the producer's copy, seldom renewed
  alignas(64) std::atomic<std::uint64_t> tail_{0};
};

}  // namespace ngo::log
