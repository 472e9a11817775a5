// Takes new connections from a listening socket and hands each to a function. Belongs to one loop. When the
// process is out of descriptors it pauses and tries again, and calls `on_trouble` once for each spell.
#pragma once

#include <functional>
#include <string>

#include "ngo/net/socket.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo::net {

class Listener final : private IoHandler {
 public:
  using OnAccept = std::function<void(Socket, const Address& peer)>;
  using OnTrouble = std::function<void(const std::string& why)>;

  // Begins to accept at once. The loop must outlive the listener.
  Listener(EventLoop& loop, Socket socket, OnAccept on_accept, OnTrouble on_trouble);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  // From now on the kernel ignores new connection requests (their clients try again elsewhere, or later),
  // while those whose handshake has begun are still taken. To be called a moment before close(), which would
  // reset them.
  void stop_new() noexcept;

  // Takes what the kernel has queued already, then stops accepting and closes the socket: nobody who was let
  // in by the kernel is dropped.
  void close() noexcept;

 private:
  void on_ready(Readiness ready) noexcept override;
  void retry() noexcept { on_ready(Readiness{Readiness::kRead}); }

  EventLoop& loop_;
  Socket socket_;
  OnAccept on_accept_;
  OnTrouble on_trouble_;
  bool troubled_ = false;
  CallbackTimer<Listener, &Listener::retry> retry_timer_{this};
};

}  // namespace ngo::net
