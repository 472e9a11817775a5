#include "ngo/http/http2/client_core_impl.hpp"

#include <algorithm>
#include <cstring>

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
  const std::size_t here = exchange.out.size() + exchange.lent.size();
  const std::size_t bytes = std::min(length, here);
  const bool last = exchange.last && bytes == here;
  if (bytes == 0 && !last) {
    exchange.deferred = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  if (bytes != 0) *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (!last) return static_cast<ssize_t>(bytes);
  exchange.all_sent = true;
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (!exchange.trailers_out.empty()) {
    std::vector<nghttp2_nv> fields;
    for (const auto& [name, value] : exchange.trailers_out) fields.push_back(field(name, value));
    if (nghttp2_submit_trailer(session, id, fields.data(), fields.size()) == 0)
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
  }
  return static_cast<ssize_t>(bytes);
}

std::string named(std::uint32_t code) { return nghttp2_http2_strerror(code); }

}  // namespace

ClientCore::ClientCore(EventLoop& loop, std::shared_ptr<net::Stream> stream, ClientSettings settings)
    : Carrier(loop, *stream),
      owned_(std::move(stream)),
      settings_(settings),
      patience_(settings.idle_frames, settings.idle_frames_per_second, loop.now()),
      heard_(loop.now()) {
  make_library();
}

void ClientCore::start() {
  CurrentContext restore(Context::current());
  read_on(shared_from_this());
}

void ClientCore::shut() noexcept {
  if (!owned_) return;
  listener_ = nullptr;
  quiet_.disarm();
  if (!broken_ && !done_ && !blocked_) {
    nghttp2_session_terminate_session(session_, NGHTTP2_NO_ERROR);
    if (flush()) stream_.shutdown_write();
  }
  aborted_ = done_ = true;
  const std::shared_ptr<ClientCore> self = shared_from_this();
  end_all();
  destroy_writer();
  if (reading_) std::exchange(reading_, {}).destroy();
  owned_.reset();
}

detail::Root ClientCore::read_on(std::shared_ptr<ClientCore> self_pointer) {
  ClientCore& self = *self_pointer;
  self.reading_ = co_await OwnHandle();
  CurrentContext::set(&self.reader_);
  try {
    co_await self.read_until_the_end();
  } catch (const std::exception& error) {
    log::error("an HTTP/2 connection ended by a failure of its own: {}", error.what());
  }
  self.reading_ = {};
  CurrentContext::set(nullptr);
}

Task<void> ClientCore::read_until_the_end() {
  using State = net::Stream::Transfer::State;
  while (flush()) {
    if (nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0) break;
    if (!stream_.has_news()) co_await stream_.readable();
    if (broken_) break;
    if (!stream_.has_news()) continue;
    const net::Stream::Transfer got = stream_.try_read(in_.room(kSmallestRead));
    if (got.state == State::would_block) {
      in_.release_if_empty();
      continue;
    }
    if (got.state == State::ended) ends_because(Code::unavailable, "the server closed the HTTP/2 connection");
    if (got.state == State::failed)
      ends_because(Code::unavailable,
                   std::string("the HTTP/2 connection broke: ") + std::strerror(got.error));
    if (got.state != State::moved) break;
    heard_ = loop_.now();
    pinged_ = false;
    if (receive({in_.data(), got.bytes})) continue;
    ends_because(Code::internal, std::string("the server does not keep to HTTP/2: ") +
                                     (said_.empty() ? nghttp2_strerror(error()) : said_));
    nghttp2_session_terminate_session(
        session_, end_code_ == Code::internal ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_NO_ERROR);
    static_cast<void>(flush());
    break;
  }
  ends_because(Code::unavailable, "the HTTP/2 connection has ended");
  broken_ = true;
  quiet_.disarm();
  stop_writing();
  end_all();
  co_await join();
  stream_.shutdown_write();
  tell();
}

void ClientCore::ends_because(Code code, std::string reason) {
  if (!end_reason_.empty()) return;
  end_code_ = code;
  end_reason_ = std::move(reason);
}

void ClientCore::close(ClientExchange& exchange, std::uint32_t code) noexcept {
  exchange.closed = true;
  exchange.code = code;
  exchange.lent = {};
  exchange.news.set();
  exchange.room.set();
}

void ClientCore::end_all() noexcept {
  for (const auto& [id, exchange] : exchanges_) {
    exchange->unprocessed = !exchange->sent || (last_ && id > *last_);
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
  const std::vector<std::pair<std::string_view, std::string_view>> views(fields.begin(), fields.end());
  const RequestView request{target.method, target.scheme, target.authority, target.path, views, {}};
  std::shared_ptr<ClientExchange> exchange = try_open(request, ends);
  if (!exchange) throw_ended();
  co_return exchange;
}

std::shared_ptr<ClientExchange> ClientCore::try_open(const RequestView& request, bool ends) {
  if (!usable() || exchanges_.size() >= most_in_flight()) return nullptr;
  static thread_local std::vector<nghttp2_nv> all;
  all.clear();
  all.push_back(field(":method", request.method));
  all.push_back(field(":scheme", request.scheme));
  all.push_back(field(":authority", request.authority));
  all.push_back(field(":path", request.path));
  for (const auto& [name, value] : request.fields) all.push_back(field(name, value));
  auto exchange = std::make_shared<ClientExchange>();
  exchange->last = ends;
  exchange->lent = request.body;
  exchange->all_sent = ends && request.body.empty();
  nghttp2_data_provider body{};
  body.source.ptr = exchange.get();
  body.read_callback = read_body;
  const std::int32_t id = nghttp2_submit_request(session_, nullptr, all.data(), all.size(),
                                                 exchange->all_sent ? nullptr : &body, exchange.get());
  if (id < 0) return nullptr;
  exchange->id = id;
  exchanges_.emplace(id, exchange);
  watch();
  want_output();
  return exchange;
}

// ---- the server's silence

// A request begins. After a long silence it is asked at once whether it is still there.
void ClientCore::watch() noexcept {
  if (settings_.ping_after <= Duration::zero()) return;
  const TimePoint now = loop_.now();
  if (now - heard_ >= settings_.ping_after && !pinged_) return ping();
  if (!quiet_.armed()) loop_.timers().arm(quiet_, later(now, settings_.ping_after));
}

void ClientCore::ping() noexcept {
  pinged_ = true;
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
  want_output();
  loop_.timers().arm(quiet_, later(loop_.now(), settings_.ping_after));
}

void ClientCore::on_quiet() noexcept {
  if (exchanges_.empty() || !usable()) return;
  const TimePoint due = later(heard_, settings_.ping_after);
  if (pinged_) {
    end_code_ = Code::unavailable;
    end_reason_ = "the server is silent and does not answer a PING either (http2PingAfter)";
    broken_ = true;
    stream_.interrupt();
  } else if (due > loop_.now()) {
    loop_.timers().arm(quiet_, due);
  } else {
    ping();
  }
}

void ClientCore::throw_ended() const {
  throw Error(end_code_, end_reason_.empty() ? "the HTTP/2 connection has ended" : end_reason_);
}

void ClientCore::throw_ended(const ClientExchange& exchange) const {
  if (!exchange.wrong.empty()) throw Error(Code::internal, "the response is not valid: " + exchange.wrong);
  if (exchange.reset_by_server)
    throw Error(Code::unavailable, "the server has reset the stream: " + named(exchange.code));
  if (broken_ || aborted_ || last_) throw_ended();
  throw Error(Code::internal, "the response is not valid: " + (said_.empty() ? named(exchange.code) : said_));
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

ClientRequest::Piece ClientCore::try_read(ClientExchange& exchange, std::string_view& piece) {
  if (!exchange.given.empty()) {
    if (!done_) consumed(exchange.id, exchange.given.size());
    exchange.given.release();
  }
  if (!exchange.arrived.empty()) {
    exchange.given = std::move(exchange.arrived);
    piece = exchange.given.view();
    return ClientRequest::Piece::some;
  }
  piece = {};
  if (exchange.ended) return ClientRequest::Piece::end;
  if (exchange.closed) throw_ended(exchange);
  return ClientRequest::Piece::none_yet;
}

Task<std::string_view> ClientCore::read(ClientExchange& exchange) {
  std::string_view piece;
  while (try_read(exchange, piece) == ClientRequest::Piece::none_yet) {
    exchange.news.reset();
    co_await exchange.news.wait();
  }
  co_return piece;
}

// Nobody waits for the rest of it.
void ClientCore::drop(ClientExchange& exchange) noexcept {
  const std::size_t unread = exchange.arrived.size() + exchange.given.size();
  exchange.arrived.release();
  exchange.given.release();
  exchange.dropped = true;
  exchange.lent = {};
  exchange.last = false;
  if (done_ || broken_) return;
  if (unread != 0) consumed(exchange.id, unread);
  if (exchange.closed) return;
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, exchange.id, NGHTTP2_CANCEL);
  want_output();
}

}  // namespace ngo::http::http2
