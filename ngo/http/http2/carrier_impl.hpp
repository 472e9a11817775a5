// Moves the bytes of one HTTP/2 connection, for both sides: what the library has to say is gathered and sent
// by whoever caused it, and by a coroutine of its own while the socket is full.
#pragma once

#include <nghttp2/nghttp2.h>

#include <coroutine>
#include <cstddef>
#include <string_view>

#include "ngo/net/buffer.hpp"
#include "ngo/net/stream.hpp"
#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo::http::http2 {

// Gives a coroutine its own handle.
struct OwnHandle {
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> handle) noexcept {
    own = handle;
    return false;
  }
  [[nodiscard]] std::coroutine_handle<> await_resume() const noexcept { return own; }
  std::coroutine_handle<> own = {};
};

class Carrier {
 public:
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;

  [[nodiscard]] nghttp2_session* library() noexcept { return session_; }
  // There may be something to send.
  void want_output() noexcept;
  // A coroutine that uses this has begun, has ended.
  void started() noexcept { ++coroutines_; }
  void finished() noexcept;
  // The other side may send so many bytes more.
  void consumed(std::int32_t stream, std::size_t bytes) noexcept;

 protected:
  enum class Sent : unsigned char { all, more, blocked, failed };

  Carrier(EventLoop& loop, net::Stream& stream) noexcept : loop_(loop), stream_(stream) {}
  ~Carrier() { nghttp2_session_del(session_); }

  // By the reader, at the end of a batch. False: the connection is broken.
  bool flush();
  // Hands bytes to the library. False: it cannot go on; why is in error().
  [[nodiscard]] bool receive(std::string_view bytes) noexcept;
  [[nodiscard]] int error() const noexcept { return error_; }
  // Has the writer end.
  void stop_writing() noexcept;
  // Until all coroutines have ended.
  Task<void> join();
  // Ends the writer where it waits, by which its stream becomes unfit for anything but its end.
  void destroy_writer() noexcept;

  // The socket has been filled; everything has been sent.
  virtual void on_blocked() noexcept {}
  virtual void on_sent_all() noexcept {}

  EventLoop& loop_;
  net::Stream& stream_;
  nghttp2_session* session_ = nullptr;
  net::Buffer out_;  // bytes of frames that have not been sent
  Event output_;     // there is something to send, or the writer is to end
  Event unblocked_;
  Event all_ended_;
  Context writer_;
  std::size_t coroutines_ = 0;
  TimePoint blocked_since_ = TimePoint::max();
  int error_ = 0;
  bool writing_ = false;  // the writer runs
  bool blocked_ = false;  // and waits for the socket
  bool resting_ = false;  // so much has left that others have their turn first
  bool feeding_ = false;  // what is said now is sent at the end of the batch
  bool broken_ = false;
  bool aborted_ = false;
  bool done_ = false;

 private:
  Sent pump() noexcept;
  detail::Root write_on();
  std::coroutine_handle<> writer_frame_;
};

}  // namespace ngo::http::http2
