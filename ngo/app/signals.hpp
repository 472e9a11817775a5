// The signals that stop a service, as events of a loop: TERM, INT and QUIT. They must be blocked in every
// thread, which block_stop_signals() does for this one and those that it starts.
#pragma once

#include <functional>

#include "ngo/net/socket.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo::app {

// To be called before any other thread is started. Ignores SIGPIPE and SIGXFSZ as well: a peer that has
// gone and a file that may not grow are error codes.
void block_stop_signals() noexcept;

class StopSignals final : private IoHandler {
 public:
  // Calls `on_signal(number)` on the loop for each that arrives.
  StopSignals(EventLoop& loop, std::function<void(int)> on_signal);
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

 private:
  void on_ready(Readiness ready) noexcept override;

  EventLoop& loop_;
  net::Socket descriptor_;
  std::function<void(int)> on_signal_;
};

// Tells systemd how far the service is (sd_notify protocol: one datagram to $NOTIFY_SOCKET). Does nothing
// without it.
void notify_supervisor(const char* state) noexcept;

}  // namespace ngo::app
