// The client's side of one HTTP/2 connection (RFC 9113): many requests at a time over one stream of bytes,
// with or without TLS. For authors of clients: it speaks the protocol and nothing else. Retries, pools,
// limits of time and what a status means are the business of whoever uses it; the Context's deadline ends
// every wait here.
//
//   http2::ClientSession session(loop, std::move(stream));
//   auto request = co_await session.open({"GET", "https", "example.com", "/"}, {}, true);
//   int status = co_await request->status();
//   for (;;) { std::string_view piece = co_await request->read(); if (piece.empty()) break; ... }
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ngo/net/stream.hpp"
#include "ngo/runtime/clock.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo::http::http2 {

class ClientCore;
struct ClientExchange;

using Fields = std::vector<std::pair<std::string, std::string>>;

struct ClientSettings {
  std::uint32_t stream_window = 256 * 1024;       // of one answer, not yet read
  std::uint32_t connection_window = 1024 * 1024;  // of all
  std::uint32_t header_list_bytes = 64 * 1024;    // of one answer; more resets its stream
  std::uint32_t idle_frames = 1000;               // that move nothing, before the connection is ended
  std::uint32_t idle_frames_per_second = 100;     // that are forgiven
  Duration ping_after{};                          // of silence while an answer is due; zero: never
};

struct RequestTarget {
  std::string method;
  std::string scheme;
  std::string authority;
  std::string path;
};

// The same as views, for who has the texts: names in lower case, and a whole body, which must stay where it
// is until the request is dropped.
struct RequestView {
  std::string_view method;
  std::string_view scheme;
  std::string_view authority;
  std::string_view path;
  std::span<const std::pair<std::string_view, std::string_view>> fields;
  std::string_view body;
};

// One request and its answer. Dropping it before the answer has ended resets the stream (CANCEL). Every
// function that waits throws Error{unavailable} when the stream or the connection ends too early.
class ClientRequest {
 public:
  ClientRequest(std::shared_ptr<ClientCore> core, std::shared_ptr<ClientExchange> exchange) noexcept;
  ClientRequest(const ClientRequest&) = delete;
  ClientRequest& operator=(const ClientRequest&) = delete;
  ~ClientRequest();

  // A piece of the body, where open() was told that one follows; waits while the server takes none.
  [[nodiscard]] Task<void> write(std::string_view piece);
  // The body is complete; `trailers` follow it.
  void end(Fields trailers = {});

  // The status of the answer, once its head has come. Interim answers (1xx) are passed over.
  [[nodiscard]] Task<int> status();
  // The fields of that head, names in lower case.
  [[nodiscard]] const Fields& fields() const noexcept;
  // The next piece of the answer's body, valid until the next call; empty: the end.
  [[nodiscard]] Task<std::string_view> read();
  // After the end.
  [[nodiscard]] const Fields& trailers() const noexcept;
  // The server has not looked at the request and says so (REFUSED_STREAM, or GOAWAY with an earlier last
  // stream): it may be sent again whatever its method is.
  [[nodiscard]] bool unprocessed() const noexcept;
  // The code of the server's RST_STREAM; 0 where there was none.
  [[nodiscard]] std::uint32_t reset_code() const noexcept;

  // ---- without waiting, for who waits for several things at once
  // The status once the head has come.
  [[nodiscard]] std::optional<int> try_status() const;
  enum class Piece : unsigned char { some, none_yet, end };
  // As read().
  [[nodiscard]] Piece try_read(std::string_view& piece);
  // Nothing of the answer is left to be read, and nothing follows.
  [[nodiscard]] bool at_end() const noexcept;
  // Until something has come or gone, or interrupt() was called.
  [[nodiscard]] Task<void> changed();
  void interrupt() noexcept;
  // How much of a RequestView's body has left; whether the head has, and whether all has.
  [[nodiscard]] std::size_t body_sent() const noexcept;
  [[nodiscard]] bool head_sent() const noexcept;
  [[nodiscard]] bool all_sent() const noexcept;

 private:
  std::shared_ptr<ClientCore> core_;
  std::shared_ptr<ClientExchange> exchange_;
};

class ClientSession {
 public:
  // Told when a request has ended, and when the session is not usable() any more. Must not destroy the
  // session then and there.
  class Listener {
   public:
    virtual void on_session_change() noexcept = 0;

   protected:
    ~Listener() = default;
  };

  // `stream` is connected; with TLS it has agreed on "h2". Belongs to the loop's thread.
  ClientSession(EventLoop& loop, std::shared_ptr<net::Stream> stream, ClientSettings settings = {});
  ClientSession(const ClientSession&) = delete;
  ClientSession& operator=(const ClientSession&) = delete;
  // Says GOAWAY and closes; requests that are left end with an error.
  ~ClientSession();

  // Sends the head of a request; `fields` without Host and without those of the connection. `ends`: no body
  // follows. Waits while the server takes no more requests at a time. Throws Error{unavailable} when usable()
  // is false.
  [[nodiscard]] Task<std::unique_ptr<ClientRequest>> open(RequestTarget target, Fields fields, bool ends);
  // The same at once; null while the server takes no more, and when usable() is false. `ends`: nothing
  // follows the body that the view has.
  [[nodiscard]] std::unique_ptr<ClientRequest> try_open(const RequestView& request, bool ends);

  // Whether another request may be opened: the connection lives, and the server has not said GOAWAY.
  [[nodiscard]] bool usable() const noexcept;
  // Requests in progress, and how many the server allows.
  [[nodiscard]] std::size_t in_flight() const noexcept;
  [[nodiscard]] std::size_t most_in_flight() const noexcept;
  void set_listener(Listener* listener) noexcept;
  // Throws the reason why it is not usable().
  [[noreturn]] void throw_ended() const;

 private:
  std::shared_ptr<ClientCore> core_;
};

}  // namespace ngo::http::http2
