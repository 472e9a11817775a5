#include "ngo/http/connection.hpp"

#include <cerrno>

#include "ngo/http/body_decoder_impl.hpp"
#include "ngo/http/http2/server_session_impl.hpp"
#include "ngo/http/problem.hpp"
#include "ngo/http/server.hpp"
#include "ngo/log/limited.hpp"
#include "ngo/log/log.hpp"
#include "ngo/net/proxy_header.hpp"

namespace ngo::http {
namespace {

constexpr std::size_t kSmallestRead = 2048;  // less room than this: the buffer grows
constexpr std::size_t kSendAt = 64 * 1024;  // so many bytes of answers are sent before more requests are read
constexpr std::size_t kLingerBytes = 64 * 1024 * 1024;

}  // namespace

Connection::Connection(Shard& shard, net::Socket socket, net::Address peer)
    : Transaction(shard, who_), stream_(shard.loop(), std::move(socket)) {
  who_.address = std::move(peer);
  stream_.set_hang_up_listener(this);
  shard_.list_.push_back(*this);
  draining_ = shard_.draining_;
  const ServerOptions& options = shard_.options();
  expects_proxy_header_ = options.proxy_protocol && net::contains(options.trusted_proxies, from_.address);
}

Connection::~Connection() { shard_.connections.fetch_sub(1, std::memory_order_relaxed); }

void Connection::start(Shard& shard, net::Socket socket, net::Address peer) {
  CurrentContext restore(Context::current());
  run(new Connection(shard, std::move(socket), std::move(peer)));
}

detail::Root Connection::run(Connection* self_raw) {
  std::unique_ptr<Connection> owner(self_raw);
  Connection& self = *self_raw;
  CurrentContext::set(&self.context_);
  try {
    if (self.shard_.server().tls() != nullptr) co_await self.begin_tls();
    if (self.tls() != nullptr && self.tls()->alpn() == "h2") {
      co_await self.serve_http2();
      if (!self.client_gone_) co_await self.linger();
      co_return CurrentContext::set(nullptr);
    }
    for (;;) {
      // 1. Wait for bytes. Nothing is held meanwhile unless a head has begun.
      while (!self.stream_.has_news()) {
        self.enter(self.exchange_ ? Phase::head : Phase::idle);
        co_await self.stream_.readable();
        if (self.aborted_ || self.timed_out_) break;
      }
      // The time may be over in the very turn that brings another byte of a head.
      if (self.aborted_ || (self.timed_out_ && self.exchange_) || !self.stream_.has_news()) {
        if (self.timed_out_ && self.exchange_ && !self.expects_proxy_header_)
          self.refuse(408, "the head of the request did not come in time");
        break;
      }
      net::Stream::Transfer got = self.stream_.try_read(self.in_.room(kSmallestRead));
      if (got.state == net::Stream::Transfer::State::would_block) {
        self.in_.release_if_empty();
        continue;
      }
      if (got.state != net::Stream::Transfer::State::moved) break;
      self.in_.commit(got.bytes);
      if (!self.exchange_) self.exchange_ = self.shard_.exchanges().take();
      if (self.expects_proxy_header_) {
        Head header = self.take_proxy_header();
        if (header == Head::need_more) continue;
        if (header == Head::refused) break;
      }

      // 2. Answer every complete request that is buffered, in order.
      while (!self.in_.empty() && !self.close_) {
        Head head = self.parse();
        if (head == Head::http2) co_await self.serve_http2();
        if (head != Head::complete) break;
        self.begin_request();
        if (!self.exchange_->head.keep_alive()) self.close_ = true;
        const Direct direct = self.can_answer_directly() ? self.answer_directly() : Direct::later;
        if (direct == Direct::later) {
          co_await self.answer();
        } else if (direct == Direct::by_pieces) {
          co_await self.stream_answer();
        }
        if (self.client_gone_ || self.aborted_) {
          self.end_steps();
          co_return CurrentContext::set(nullptr);
        }
        self.end_request();
        if (self.out_.size() >= kSendAt && !self.flush_now()) co_await self.send();
      }

      // 3. One send for all of them.
      if (!self.out_.empty() && !self.flush_now()) co_await self.send();
      if (self.close_) break;
      if (self.in_.empty()) {
        self.in_.release();
        self.shard_.exchanges().give(std::move(self.exchange_));
      }
    }
    if (!self.out_.empty()) co_await self.send();
    if (self.close_) {
      if (!self.client_gone_) co_await self.linger();
    } else if (self.tls() != nullptr && !self.aborted_) {
      self.stream_.shutdown_write();  // TLS tells an end from a cut
    }
  } catch (const Error&) {
    // The connection broke, or was cut off while something was waited for: there is nobody left to tell.
    self.client_gone_ = true;
  } catch (const std::exception& error) {
    log::error("a connection ended by a failure of its own: {}", error.what());
    self.client_gone_ = true;
  }
  self.end_steps();
  CurrentContext::set(nullptr);
}

// Whoever should send the header and does not is no balancer of ours, or one that is set up wrongly: nothing
// that follows could be believed. The specification forbids to guess.
Connection::Head Connection::take_proxy_header() {
  const net::ProxyHeader header = net::parse_proxy_header(in_.view());
  if (header.state == net::ProxyHeader::State::need_more) return Head::need_more;
  if (header.state == net::ProxyHeader::State::broken) {
    // Every connection may bring one.
    log::every(std::chrono::seconds(10))
        .warn(
            "the PROXY header of {} cannot be read: {}; httpServer.proxyProtocol expects one of every "
            "trusted "
            "proxy",
            from_.address.host(), header.problem);
    return Head::refused;
  }
  in_.consume(header.size);
  expects_proxy_header_ = false;
  from_.secure = from_.secure || header.secure;
  if (header.source.family() != net::Address::Family::none) from_.address = header.source;
  return Head::complete;
}

Connection::Head Connection::parse() {
  Exchange& exchange = *exchange_;
  exchange.began = true;
  switch (exchange.parser.parse(in_.data(), in_.size(), exchange.head)) {
    case Progress::need_more: return Head::need_more;
    case Progress::done: return Head::complete;
    case Progress::error: break;
  }
  if (begins_http2()) return Head::http2;
  refuse(exchange.parser.status(), exchange.parser.reason());
  return Head::refused;
}

// What the client gets for a request that cannot be understood. Nothing after it is read.
void Connection::refuse(int status, std::string_view why) {
  Response response;
  render_problem(status, why, {}, response);
  shape_errors(response);
  close_ = true;
  steps_ = settings_->steps.for_refusals();
  client_is_secure_ = from_.secure;
  write_response(response, false);
  end_steps(true);
}

// Sets the limit of time for what is waited for next. The timer is not moved when it fires early enough
// anyway: one that fires too early looks at the limit and arms itself again. So a request costs a store here.
void Connection::enter(Phase phase) noexcept {
  const ServerOptions& options = shard_.options();
  TimePoint now = shard_.loop().now();
  Duration allowed{};
  switch (phase) {
    case Phase::idle:
      allowed = draining_ ? Server::kDrainIdle : options.idle_timeout;
      if (expects_proxy_header_) allowed = options.header_timeout;
      break;
    case Phase::head:
      if (phase_ == Phase::head) return;  // counts from the first byte
      allowed = options.header_timeout;
      break;
    case Phase::body:
    case Phase::handler: break;  // set where they begin
    case Phase::write: allowed = options.write_timeout; break;
    case Phase::linger: allowed = std::chrono::seconds(2); break;
  }
  phase_ = phase;
  timed_out_ = false;
  limit_ = allowed > Duration::zero() ? now + allowed : TimePoint::max();
  if (limit_ != TimePoint::max() && (!timer_.armed() || timer_.deadline() > limit_)) {
    shard_.loop().timers().arm(timer_, limit_);
  }
}

void Connection::on_timer() noexcept {
  if (limit_ == TimePoint::max()) return;
  if (shard_.loop().now() < limit_) return shard_.loop().timers().arm(timer_, limit_);
  timed_out_ = true;
  stream_.interrupt();
}

// The client's preface looks like the head of a request of HTTP/2.0 (RFC 9113 section 3.4), which no request
// to HTTP/1.1 has.
bool Connection::begins_http2() noexcept {
  return fresh_ && shard_.options().http2.enabled && in_.view().starts_with("PRI * HTTP/2.0\r\n");
}

Task<void> Connection::serve_http2() {
  if (exchange_) {
    exchange_->parser.reset();
    exchange_->began = false;
    shard_.exchanges().give(std::move(exchange_));
  }
  limit_ = TimePoint::max();
  timer_.disarm();
  phase_ = Phase::idle;
  close_ = true;
  http2_ = std::make_unique<http2::ServerSession>(shard_, stream_, who_, draining_);
  const net::Buffer received = std::move(in_);
  const bool proper = co_await http2_->run(received.view());
  http2_.reset();
  if (!proper) client_gone_ = true;
}

void Connection::drain() noexcept {
  if (http2_) {
    http2_->drain(draining_);
    draining_ = true;
    return;
  }
  stopping_ = draining_;
  draining_ = true;
  if (endless_) {
    ended_by_drain_ = true;
    exchange_->context.cancel();
  }
  // An idle connection may have a request under way on the wire: it gets a moment more.
  if (phase_ == Phase::idle && !exchange_) enter(Phase::idle);
}

void Connection::abort() noexcept {
  aborted_ = true;
  if (http2_) return http2_->abort();
  context_.cancel();
  if (exchange_) exchange_->context.cancel();
  stream_.interrupt();
}

// After a last answer the peer may still be sending. Closing now would reset the connection, and the reset
// could overtake the answer (RFC 9112, 9.6): so the end is announced and what comes is read away, within
// limits.
Task<void> Connection::linger() {
  stream_.shutdown_write();
  enter(Phase::linger);
  in_.release();
  std::size_t read = 0;
  while (read < kLingerBytes && !timed_out_ && !aborted_) {
    net::Buffer scratch;
    net::Stream::Transfer got = stream_.try_read(scratch.room(net::Buffer::kChunk));
    if (got.state == net::Stream::Transfer::State::would_block) {
      co_await stream_.readable();
      continue;
    }
    if (got.state != net::Stream::Transfer::State::moved) co_return;
    read += got.bytes;
  }
}

}  // namespace ngo::http
