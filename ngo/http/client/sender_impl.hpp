// Sends what is left of a request beside the receiving of its response: a server may answer before it has
// read all, and one that sends back what it gets never reads on unless it is read from. For the sources of
// the client only.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <string_view>
#include <utility>

#include "ngo/http/client/connection_impl.hpp"
#include "ngo/runtime/context.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo::http {

struct ClientExchange;

// Begins with its construction; its destructor ends it where it stands. Wakes whoever waits to read from the
// connection when it is done.
class RequestSender {
 public:
  // Sends the head and the body of `x` but the first `sent` bytes, or what its stream writes.
  RequestSender(ClientExchange& x, std::size_t sent);
  RequestSender(const RequestSender&) = delete;
  RequestSender& operator=(const RequestSender&) = delete;

  [[nodiscard]] bool done() const noexcept { return done_; }
  // Once done: throws what went wrong, but that the connection broke: then there may be an answer that says
  // why.
  void check() const;
  // errno of the connection; 0: all is sent.
  [[nodiscard]] int broken() const noexcept { return broken_; }

 private:
  friend class StreamWriter;
  // A coroutine that begins at once and is destroyed with its owner, wherever it stands.
  class Routine {
   public:
    struct promise_type : ngo::detail::PooledFrame {
      Routine get_return_object() noexcept {
        return Routine(std::coroutine_handle<promise_type>::from_promise(*this));
      }
      [[nodiscard]] std::suspend_never initial_suspend() const noexcept { return {}; }
      [[nodiscard]] std::suspend_always final_suspend() const noexcept { return {}; }
      void return_void() const noexcept {}
      void unhandled_exception() const noexcept { std::terminate(); }
    };
    Routine() = default;
    explicit Routine(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
    Routine(Routine&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    Routine& operator=(Routine&& other) noexcept {
      std::swap(handle_, other.handle_);
      return *this;
    }
    ~Routine() {
      if (handle_) handle_.destroy();
    }

   private:
    std::coroutine_handle<promise_type> handle_;
  };

  Routine run(std::size_t sent);
  Task<void> send(std::string_view first, std::string_view second);
  Task<void> send_http2(std::string_view piece);
  Task<void> send_stream();

  ClientExchange& x_;
  void wake() noexcept;
  Context context_;
  std::exception_ptr error_;
  int broken_ = 0;
  bool done_ = false;
  Routine routine_;
};

}  // namespace ngo::http
