// One connection to a server, and the conversation about one request on it. For the sources of the client
// only.
#pragma once

#include <memory>
#include <utility>

#include "ngo/net/buffer.hpp"
#include "ngo/net/stream.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo::http {

struct ClientExchange;

struct ClientConnection {
  ClientConnection(EventLoop& loop, net::Socket socket) : stream(loop, std::move(socket)) {}

  net::Stream stream;
  net::Buffer input;
  TimePoint usable_until = TimePoint::max();  // by the server's word
  bool used = false;
  bool http2 = false;  // is what is spoken on it

  // Idle, and nothing has come that nobody asked for, be it the end.
  [[nodiscard]] bool usable();
};

// Sends the request of `x` on its connection, or its stream of HTTP/2, which it has, and receives the
// response's head; the whole body as well unless x.streamed. The connection has been given back when no body
// is left to be read. Throws Error with the reason alone, which is not yet a sentence about the call.
[[nodiscard]] Task<void> converse(ClientExchange& x);

// The next piece of the body, decompressed; empty at the end, and the connection has been given back then.
[[nodiscard]] Task<std::string_view> read_piece(ClientExchange& x);

}  // namespace ngo::http
