// What a client's session, its requests and its two coroutines share; lives until the last of them has ended.
#pragma once

#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "ngo/base/error.hpp"
#include "ngo/http/http2/carrier_impl.hpp"
#include "ngo/http/http2/client_session.hpp"
#include "ngo/http/http2/patience_impl.hpp"
#include "ngo/runtime/timer.hpp"

namespace ngo::http::http2 {

struct ClientExchange {
  std::int32_t id = 0;
  // ---- the request
  net::Buffer out;            // of its body, not yet sent
  std::string_view lent;      // the same, where the caller has it
  std::size_t lent_sent = 0;  // of that
  bool deferred = false;
  bool last = false;      // nothing follows what is in `out`
  bool sent = false;      // the head has left
  bool all_sent = false;  // and all of the body
  bool dropped = false;   // nobody waits for it any more
  Fields trailers_out;
  Event room;
  // ---- the answer
  int status = 0;
  unsigned interim = 0;  // answers before the one that counts
  bool final = false;    // the head has come, and was none of an interim answer
  Fields fields;
  Fields trailers;
  std::size_t head_bytes = 0;
  net::Buffer arrived;
  net::Buffer given;
  bool ended = false;   // all of it has come
  bool closed = false;  // the stream is over
  bool unprocessed = false;
  bool reset_by_server = false;
  std::uint32_t code = 0;
  std::string wrong;  // with it, as we see it
  Event news;
};

class ClientCore final : public Carrier, public std::enable_shared_from_this<ClientCore> {
 public:
  ClientCore(EventLoop& loop, std::shared_ptr<net::Stream> stream, ClientSettings settings);

  // Begins to read.
  void start();
  // No more: everything ends, and the connection is closed.
  void shut() noexcept;
  void set_listener(ClientSession::Listener* listener) noexcept { listener_ = listener; }

  Task<std::shared_ptr<ClientExchange>> open(RequestTarget target, Fields fields, bool ends);
  std::shared_ptr<ClientExchange> try_open(const RequestView& request, bool ends);
  Task<void> write(ClientExchange& exchange, std::string_view piece);
  void end(ClientExchange& exchange, Fields trailers);
  Task<void> head(ClientExchange& exchange);
  Task<std::string_view> read(ClientExchange& exchange);
  ClientRequest::Piece try_read(ClientExchange& exchange, std::string_view& piece);
  void drop(ClientExchange& exchange) noexcept;
  [[noreturn]] void throw_ended(const ClientExchange& exchange) const;
  [[noreturn]] void throw_ended() const;

  [[nodiscard]] bool usable() const noexcept;
  [[nodiscard]] std::size_t in_flight() const noexcept { return exchanges_.size(); }
  [[nodiscard]] std::size_t most_in_flight() const noexcept;

 private:
  friend struct ClientCallbacks;
  void make_library();
  void resume(ClientExchange& exchange) noexcept;
  static detail::Root read_on(std::shared_ptr<ClientCore> self);
  Task<void> read_until_the_end();
  void end_all() noexcept;
  void close(ClientExchange& exchange, std::uint32_t code) noexcept;
  void tell() noexcept {
    fewer_.set();
    if (listener_ != nullptr) listener_->on_session_change();
  }
  // Why the connection is over; the first reason counts.
  void ends_because(Code code, std::string reason);
  int refuse(std::string reason);

  // ---- the server's silence
  void on_quiet() noexcept;
  void watch() noexcept;
  void ping() noexcept;

  // ---- what the library tells
  int on_begin_frame(const nghttp2_frame_hd& head);
  int on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value);
  int on_invalid(std::int32_t stream_id, std::string_view what);
  int on_frame(const nghttp2_frame& frame);
  int on_sent(const nghttp2_frame& frame);
  int on_data(std::int32_t stream_id, std::string_view bytes);
  int on_close(std::int32_t stream_id, std::uint32_t code);
  [[nodiscard]] ClientExchange* exchange_of(std::int32_t id) const noexcept;

  std::shared_ptr<net::Stream> owned_;
  ClientSettings settings_;
  ClientSession::Listener* listener_ = nullptr;
  net::Buffer in_;
  Context reader_;
  std::coroutine_handle<> reading_;
  std::unordered_map<std::int32_t, std::shared_ptr<ClientExchange>> exchanges_;
  Event fewer_;                       // a request has ended, or the server's settings have come
  std::optional<std::int32_t> last_;  // by GOAWAY
  Patience patience_;
  unsigned continuations_ = 0;  // of the head that is being read
  std::string said_;            // by the library, about what is wrong
  Code end_code_ = Code::unavailable;
  std::string end_reason_;
  TimePoint heard_;  // from the server, the last time
  bool pinged_ = false;
  CallbackTimer<ClientCore, &ClientCore::on_quiet> quiet_{this};
};

}  // namespace ngo::http::http2
