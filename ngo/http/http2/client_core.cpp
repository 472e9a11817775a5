#include "ngo/http/http2/client_core_impl.hpp"

#include <algorithm>

#include "ngo/base/error.hpp"
#include "ngo/log/log.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::http::http2 {
namespace {

constexpr std::size_t kSmallestRead = 2048;
constexpr std::size_t kMostOut = 32 * 1024;

nghttp2_nv field(std::string_view name, std::string_view value) noexcept {
  const auto bytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

ssize_t read_body(nghttp2_session* session, std::int32_t id, std::uint8_t*, std::size_t length,
                  std::uint32_t* flags, nghttp2_data_source* source, void*) {
  ClientExchange& exchange = *static_cast<ClientExchange*>(source->ptr);
  const std::size_t bytes = std::min(length, exchange.out.size());
  const bool last = exchange.last && bytes == exchange.out.size();
  if (bytes == 0 && !last) {
    exchange.deferred = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  if (bytes != 0) *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (!last) return static_cast<ssize_t>(bytes);
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (!exchange.trailers_out.empty()) {
    std::vector<nghttp2_nv> fields;
    for (const auto& [name, value] : exchange.trailers_out) fields.push_back(field(name, value));
    if (nghttp2_submit_trailer(session, id, fields.data(), fields.size()) == 0)
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
  }
  return static_cast<ssize_t>(bytes);
}

}  // namespace

ClientCore::ClientCore(EventLoop& loop, std::unique_ptr<net::Stream> stream, ClientSettings settings)
    : Carrier(loop, *stream), owned_(std::move(stream)), settings_(settings) {
  make_library();
}

void ClientCore::start() {
  CurrentContext restore(Context::current());
  read_on(shared_from_this());
}

void ClientCore::shut() noexcept {
  if (done_) return;
  if (!broken_) {
    nghttp2_session_terminate_session(session_, NGHTTP2_NO_ERROR);
    if (!blocked_) static_cast<void>(flush());
  }
  aborted_ = true;
  end_all();
  stream_.interrupt();
}

detail::Root ClientCore::read_on(std::shared_ptr<ClientCore> self_pointer) {
  ClientCore& self = *self_pointer;
  CurrentContext::set(&self.reader_);
  try {
    while (!self.aborted_ && self.flush()) {
      if (nghttp2_session_want_read(self.session_) == 0 && nghttp2_session_want_write(self.session_) == 0)
        break;
      if (!self.stream_.has_news()) co_await self.stream_.readable();
      if (self.aborted_ || self.broken_) break;
      if (!self.stream_.has_news()) continue;
      const net::Stream::Transfer got = self.stream_.try_read(self.in_.room(kSmallestRead));
      if (got.state == net::Stream::Transfer::State::would_block) {
        self.in_.release_if_empty();
        continue;
      }
      if (got.state != net::Stream::Transfer::State::moved) break;
      if (!self.receive({self.in_.data(), got.bytes})) break;
    }
    self.broken_ = true;
    self.stop_writing();
    self.end_all();
    co_await self.join();
    self.stream_.shutdown_write();
  } catch (const std::exception& error) {
    log::error("an HTTP/2 connection ended by a failure of its own: {}", error.what());
  }
  CurrentContext::set(nullptr);
}

void ClientCore::close(ClientExchange& exchange, std::uint32_t code) noexcept {
  exchange.closed = true;
  exchange.code = code;
  exchange.news.set();
  exchange.room.set();
}

void ClientCore::end_all() noexcept {
  for (const auto& [id, exchange] : exchanges_) {
    exchange->unprocessed = last_ && id > *last_;
    if (!exchange->closed) close(*exchange, NGHTTP2_CANCEL);
  }
  exchanges_.clear();
  fewer_.set();
}

bool ClientCore::usable() const noexcept {
  return !broken_ && !aborted_ && !done_ && !last_ && nghttp2_session_check_request_allowed(session_) != 0;
}

std::size_t ClientCore::most_in_flight() const noexcept {
  return nghttp2_session_get_remote_settings(session_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

Task<std::shared_ptr<ClientExchange>> ClientCore::open(RequestTarget target, Fields fields, bool ends) {
  while (usable() && exchanges_.size() >= most_in_flight()) {
    fewer_.reset();
    co_await fewer_.wait();
  }
  if (!usable()) throw Error(Code::unavailable, "the HTTP/2 connection takes no more requests");
  std::vector<nghttp2_nv> all = {field(":method", target.method), field(":scheme", target.scheme),
                                 field(":authority", target.authority), field(":path", target.path)};
  for (const auto& [name, value] : fields) all.push_back(field(name, value));
  auto exchange = std::make_shared<ClientExchange>();
  exchange->last = ends;
  nghttp2_data_provider body{};
  body.source.ptr = exchange.get();
  body.read_callback = read_body;
  const std::int32_t id = nghttp2_submit_request(session_, nullptr, all.data(), all.size(),
                                                 ends ? nullptr : &body, exchange.get());
  if (id < 0) throw Error(Code::unavailable, std::string("no request can be sent: ") + nghttp2_strerror(id));
  exchange->id = id;
  exchanges_.emplace(id, exchange);
  want_output();
  co_return exchange;
}

void ClientCore::throw_ended(const ClientExchange& exchange) const {
  if (broken_ || aborted_) throw Error(Code::unavailable, "the HTTP/2 connection has ended");
  throw Error(Code::unavailable,
              std::string("the server has reset the stream: ") + nghttp2_http2_strerror(exchange.code));
}

Task<void> ClientCore::write(ClientExchange& exchange, std::string_view piece) {
  while (!piece.empty()) {
    // A server that has answered without reading the rest wants no more of it.
    if (exchange.closed && exchange.ended && exchange.code == NGHTTP2_NO_ERROR) co_return;
    if (exchange.closed) throw_ended(exchange);
    if (exchange.out.size() >= kMostOut) {
      exchange.room.reset();
      co_await exchange.room.wait();
      continue;
    }
    const std::string_view part = piece.substr(0, kMostOut - exchange.out.size());
    exchange.out.append(part);
    piece.remove_prefix(part.size());
    resume(exchange);
  }
}

void ClientCore::end(ClientExchange& exchange, Fields trailers) {
  exchange.trailers_out = std::move(trailers);
  exchange.last = true;
  if (!exchange.closed) resume(exchange);
}

void ClientCore::resume(ClientExchange& exchange) noexcept {
  if (std::exchange(exchange.deferred, false)) nghttp2_session_resume_data(session_, exchange.id);
  want_output();
}

Task<void> ClientCore::head(ClientExchange& exchange) {
  while (!exchange.final) {
    if (exchange.closed) throw_ended(exchange);
    exchange.news.reset();
    co_await exchange.news.wait();
  }
}

Task<std::string_view> ClientCore::read(ClientExchange& exchange) {
  if (!exchange.given.empty()) {
    if (!done_) consumed(exchange.id, exchange.given.size());
    exchange.given.release();
  }
  for (;;) {
    if (!exchange.arrived.empty()) {
      exchange.given = std::move(exchange.arrived);
      co_return exchange.given.view();
    }
    if (exchange.ended) co_return std::string_view();
    if (exchange.closed) throw_ended(exchange);
    exchange.news.reset();
    co_await exchange.news.wait();
  }
}

// Nobody waits for the rest of it.
void ClientCore::drop(ClientExchange& exchange) noexcept {
  const std::size_t unread = exchange.arrived.size() + exchange.given.size();
  if (unread != 0 && !done_) consumed(exchange.id, unread);
  if (exchange.closed || done_) return;
  nghttp2_session_set_stream_user_data(session_, exchange.id, nullptr);
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, exchange.id, NGHTTP2_CANCEL);
  want_output();
}

}  // namespace ngo::http::http2
