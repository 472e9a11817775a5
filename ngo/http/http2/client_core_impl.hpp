// What a client's session, its requests and its two coroutines share; lives until the last of them has ended.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "ngo/http/http2/carrier_impl.hpp"
#include "ngo/http/http2/client_session.hpp"

namespace ngo::http::http2 {

struct ClientExchange {
  std::int32_t id = 0;
  // ---- the request
  net::Buffer out;  // of its body, not yet sent
  bool deferred = false;
  bool last = false;  // nothing follows what is in `out`
  Fields trailers_out;
  Event room;
  // ---- the answer
  int status = 0;
  bool final = false;  // the head has come, and was none of an interim answer
  Fields fields;
  Fields trailers;
  std::size_t head_bytes = 0;
  net::Buffer arrived;
  net::Buffer given;
  bool ended = false;   // all of it has come
  bool closed = false;  // the stream is over
  bool unprocessed = false;
  std::uint32_t code = 0;
  Event news;
};

class ClientCore final : public Carrier, public std::enable_shared_from_this<ClientCore> {
 public:
  ClientCore(EventLoop& loop, std::unique_ptr<net::Stream> stream, ClientSettings settings);

  // Begins to read.
  void start();
  // No more: everything ends.
  void shut() noexcept;

  Task<std::shared_ptr<ClientExchange>> open(RequestTarget target, Fields fields, bool ends);
  Task<void> write(ClientExchange& exchange, std::string_view piece);
  void end(ClientExchange& exchange, Fields trailers);
  Task<void> head(ClientExchange& exchange);
  Task<std::string_view> read(ClientExchange& exchange);
  void drop(ClientExchange& exchange) noexcept;

  [[nodiscard]] bool usable() const noexcept;
  [[nodiscard]] std::size_t in_flight() const noexcept { return exchanges_.size(); }
  [[nodiscard]] std::size_t most_in_flight() const noexcept;

 private:
  friend struct ClientCallbacks;
  void make_library();
  void resume(ClientExchange& exchange) noexcept;
  static detail::Root read_on(std::shared_ptr<ClientCore> self);
  void end_all() noexcept;
  static void close(ClientExchange& exchange, std::uint32_t code) noexcept;
  [[noreturn]] void throw_ended(const ClientExchange& exchange) const;

  // ---- what the library tells
  int on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value);
  int on_frame(const nghttp2_frame& frame);
  int on_data(std::int32_t stream_id, std::string_view bytes);
  int on_close(std::int32_t stream_id, std::uint32_t code);
  [[nodiscard]] ClientExchange* exchange_of(std::int32_t id) const noexcept;

  std::unique_ptr<net::Stream> owned_;
  ClientSettings settings_;
  net::Buffer in_;
  Context reader_;
  std::unordered_map<std::int32_t, std::shared_ptr<ClientExchange>> exchanges_;
  Event fewer_;                       // a request has ended, or the server's settings have come
  std::optional<std::int32_t> last_;  // by GOAWAY
};

}  // namespace ngo::http::http2
