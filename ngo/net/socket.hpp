// A socket's descriptor, closed when it goes. Everything is non-blocking.
#pragma once

#include <utility>

#include "ngo/net/address.hpp"

namespace ngo::net {

class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) noexcept : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    if (this != &other) {
      close();
      descriptor_ = std::exchange(other.descriptor_, -1);
    }
    return *this;
  }
  ~Socket() { close(); }

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  explicit operator bool() const noexcept { return descriptor_ >= 0; }
  // Gives the descriptor away.
  [[nodiscard]] int release() noexcept { return std::exchange(descriptor_, -1); }
  void close() noexcept;

  // A listening socket. With `share_port` several sockets may listen at the same address, and the kernel
  // spreads the connections (SO_REUSEPORT). The file of a Unix socket is replaced when nobody listens behind
  // it. Throws Error{unavailable} that says why ("port 8080 is taken by another process").
  static Socket listen(const Address& address, bool share_port, int backlog = 4096);

  // Throws like listen() when somebody else has the address, be it to share.
  static void check_free(const Address& address);

  // The address it is bound to (the port that the kernel chose for port 0).
  [[nodiscard]] Address local() const;

 private:
  int descriptor_ = -1;
};

}  // namespace ngo::net
