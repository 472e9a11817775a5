// The seam to the kernel: tells which descriptors have become ready. One implementation today (epoll,
// edge-triggered); an io_uring one would stand beside it. A poller belongs to one loop, wake() alone may be
// called from other threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "ngo/runtime/clock.hpp"

namespace ngo {

// What a descriptor has become ready for; a set of bits.
struct Readiness {
  static constexpr std::uint32_t kRead = 1;
  static constexpr std::uint32_t kWrite = 2;
  static constexpr std::uint32_t kHangUp = 4;  // the peer has closed or reset, or an error is pending
  std::uint32_t bits = 0;
  [[nodiscard]] bool read() const noexcept { return (bits & (kRead | kHangUp)) != 0; }
  [[nodiscard]] bool write() const noexcept { return (bits & (kWrite | kHangUp)) != 0; }
  [[nodiscard]] bool hang_up() const noexcept { return (bits & kHangUp) != 0; }
};

// The owner of a descriptor. Told of changes only (edges): it reads or writes until the kernel says EAGAIN,
// or until a read that is shorter than asked.
class IoHandler {
 public:
  virtual void on_ready(Readiness ready) noexcept = 0;

 protected:
  ~IoHandler() = default;
};

class Poller {
 public:
  virtual ~Poller() = default;

  // Registers the descriptor once, for reading, writing and hang-up. Throws Error{resource_exhausted}.
  virtual void add(int descriptor, IoHandler& handler) = 0;
  // Must be called before the handler is destroyed; afterwards the handler is not called any more, not even
  // for events that have been fetched already.
  virtual void remove(int descriptor, IoHandler& handler) noexcept = 0;

  // Waits until something is ready or `timeout` has passed (nothing: without limit; zero: only looks), then
  // calls `on_woken` once and each handler.
  virtual void wait(std::optional<Duration> timeout, void (*on_woken)(void*), void* argument) noexcept = 0;

  // Makes wait() return soon. From any thread.
  virtual void wake() noexcept = 0;

  // The best one for this machine. Throws Error when the kernel gives no descriptors.
  static std::unique_ptr<Poller> create();
};

}  // namespace ngo
