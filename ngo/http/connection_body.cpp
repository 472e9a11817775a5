// Step 9 of the pipeline in connection.hpp: the body of the request in progress, by length or in chunks.
#include <algorithm>

#include "ngo/http/body_decoder_impl.hpp"
#include "ngo/http/connection.hpp"
#include "ngo/http/problem.hpp"
#include "ngo/http/server.hpp"

namespace ngo::http {
namespace {

constexpr std::uint64_t kDrainBytes =
    64 * 1024;  // of an unread body that are read away to keep the connection
constexpr std::size_t kReadBytes = 16 * 1024;

}  // namespace

// The head stays where it is, since views point into it; what follows it moves to a buffer of its own.
void Connection::open_body() {
  Exchange& exchange = *exchange_;
  const RequestHead& head = exchange.head;
  body_ = std::make_unique<BodyState>();
  incoming_ = body_.get();
  BodyState& body = *body_;
  std::string_view behind = in_.view().substr(head.size());
  if (!behind.empty()) body.bytes.append(behind);
  body.ended = false;
  body.began = shard_.loop().now();
  // A client whose body has begun to come does not wait.
  body.owes_continue = head.expect_continue() && behind.empty();
  if (head.chunked()) {
    body.chunks.emplace();
  } else {
    body.remaining = *head.content_length();
  }
  if (head.headers().contains(KnownHeader::content_encoding)) open_decoder();
}

Task<std::string_view> Connection::read_coded() {
  if (!body_ || body_->ended) {
    // A body that lay in the buffer whole is given out once.
    Exchange& exchange = *exchange_;
    std::string_view whole = body_ ? std::string_view() : exchange.request.body();
    set_body({});
    co_return whole;
  }
  BodyState& body = *body_;
  if (body.failed) throw Error(Code::aborted, "the body of the request broke off");
  const std::uint64_t limit = exchange_->route->max_body;
  if (!body.chunks && body.remaining > limit - std::min(limit, body.total)) {
    fail_body(413, "the body has " + std::to_string(body.remaining) + " bytes; " + std::to_string(limit) +
                       " are allowed here");
  }
  for (;;) {
    body.bytes.consume(std::exchange(body.given, 0));
    if (!body.bytes.empty()) {
      std::string_view piece;
      if (body.chunks) {
        ChunkedDecoder::Step step = body.chunks->next(body.bytes.view());
        if (step.kind == ChunkedDecoder::Kind::error) fail_body(body.chunks->status(), body.chunks->reason());
        if (step.kind == ChunkedDecoder::Kind::data) {
          piece = step.data;
          body.given = step.consumed;
        } else {
          body.bytes.consume(step.consumed);
          if (step.kind == ChunkedDecoder::Kind::done) {
            body.ended = true;
            co_return std::string_view();
          }
        }
      } else {
        piece = body.bytes.view().substr(0, body.remaining);
        body.given = piece.size();
        body.remaining -= piece.size();
      }
      if (!piece.empty()) {
        check_body_size(piece.size());
        body.total += piece.size();
        co_return piece;
      }
    }
    if (!body.chunks && body.remaining == 0) {
      body.ended = true;
      co_return std::string_view();
    }
    co_await receive_body_bytes();
  }
}

// Waits for more of the body: at least one byte. The time grows with what has come (minBodyRate), so that a
// slow but steady upload lives and a trickle does not.
Task<std::size_t> Connection::receive_body_bytes() {
  BodyState& body = *body_;
  if (body.owes_continue) {
    body.owes_continue = false;
    out_.append("HTTP/1.1 100 Continue\r\n\r\n");
  }
  if (!out_.empty()) co_await send();
  const ServerOptions& options = shard_.options();
  phase_ = Phase::body;
  timed_out_ = false;
  if (options.body_timeout > Duration::zero()) {
    limit_ = body.began + options.body_timeout + std::chrono::seconds(body.total / options.min_body_rate);
    if (!timer_.armed() || timer_.deadline() > limit_) shard_.loop().timers().arm(timer_, limit_);
  }
  body.bytes.release_if_empty();
  for (;;) {
    net::Stream::Transfer got = stream_.try_read(body.bytes.room(kReadBytes));
    if (got.state == net::Stream::Transfer::State::moved) {
      body.bytes.commit(got.bytes);
      phase_ = Phase::handler;
      limit_ = TimePoint::max();
      co_return got.bytes;
    }
    if (got.state != net::Stream::Transfer::State::would_block) {
      body.failed = true;
      client_gone_ = true;
      throw Error(Code::cancelled, "the client closed the connection inside of the body");
    }
    body.bytes.release_if_empty();
    while (!stream_.has_news()) {
      co_await stream_.readable();
      if (timed_out_) fail_body(408, "the body did not come in time");
      if (aborted_) throw Error(Code::cancelled, "the server is stopping");
    }
  }
}

void Connection::body_broke() noexcept {
  close_ = true;
  phase_ = Phase::handler;
  limit_ = TimePoint::max();
}

// Before a response is framed, or after one was streamed: decides whether the connection can live on although
// the handler has left some of the body unread.
void Connection::settle_body() {
  if (!body_ || body_->ended) return;
  BodyState& body = *body_;
  const bool drainable = !body.failed && !body.owes_continue && !body.chunks && body.remaining <= kDrainBytes;
  if (!drainable) close_ = true;
}

// After the response: reads away what is left.
Task<void> Connection::leave_body() {
  settle_body();
  if (!body_ || body_->ended || close_) co_return;
  co_await send();
  try {
    while (!body_->ended) co_await read_coded();
  } catch (const Error&) {
    close_ = true;  // the answer is out; there is nothing more to say
  }
}

}  // namespace ngo::http
