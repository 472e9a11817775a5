#include "ngo/http/client/connection_impl.hpp"

#include <algorithm>
#include <cstring>

#include "ngo/http/client/client_impl.hpp"
#include "ngo/http/client/exchange_impl.hpp"
#include "ngo/http/client/http2_sessions_impl.hpp"

namespace ngo::http {
namespace {

using State = net::Stream::Transfer::State;

constexpr std::size_t kReadAtLeast = 4 * 1024;
constexpr std::size_t kReadAtMost = 256 * 1024;

std::string because(int error) { return error == 0 ? "" : std::string(": ") + std::strerror(error); }

// The beginning of a response: everything up to its body.
class HeadReader {
 public:
  HeadReader(ClientExchange& exchange, const ResponseLimits& limits)
      : x_(exchange), input_(exchange.connection().input), parser_(limits) {}

  // Parses what there is. True: the head of the final response is complete.
  bool take() {
    while (!input_.empty()) {
      x_.received_any = true;
      const Progress progress = parser_.parse(input_.data(), input_.size(), x_.head);
      if (progress == Progress::need_more) return false;
      if (progress == Progress::error)
        throw Error(Code::internal, "the response is not valid: " + parser_.reason());
      if (!x_.head.interim()) return true;
      if (x_.head.status() == 101)
        throw Error(Code::internal, "the server switched to another protocol, which nobody asked for");
      if (++interim_ > kMaxInterim)
        throw Error(Code::internal, "the server sent more than 16 interim responses (1xx)");
      input_.consume(x_.head.size());
      parser_.reset();
    }
    return false;
  }

 private:
  ClientExchange& x_;
  net::Buffer& input_;
  ResponseParser parser_;
  unsigned interim_ = 0;
};

std::string_view ended_in_head(const ClientExchange& x) {
  return x.received_any ? "the server closed the connection in the middle of the response's head"
                        : "the server closed the connection before it answered";
}

void begin_body(ClientExchange& x) {
  ClientConnection& c = x.connection();
  x.status = x.head.status();
  x.protocol = x.head.minor_version() == 0 ? "HTTP/1.0" : "HTTP/1.1";
  x.head_bytes.assign(c.input.data(), x.head.size());
  x.head.rebase(x.head_bytes.data());
  c.input.consume(x.head.size());
  const auto how = x.head.body(x.method);
  x.reader.begin(how, x.head.content_length().value_or(0));
  x.decoder.reset();
  if (how == ResponseHead::Body::none) return;
  x.expect_body(x.head.content_length());
}

// All has been read: the connection goes back, or away.
void finish(ClientExchange& x) {
  ClientConnection& c = x.connection();
  x.sender.reset();
  for (const HeaderField field : x.reader.trailers()) x.trailers.emplace_back(field.name, field.value);
  bool keep = x.head.keep_alive() && x.sent_all && !x.reader.ends_with_connection() && c.input.empty();
  c.usable_until = TimePoint::max();
  if (keep && x.head.headers().contains(KnownHeader::keep_alive)) {
    if (const auto seconds = x.head.keep_alive_seconds()) {
      // A little less, for what is on its way when the server closes.
      const auto margin = std::chrono::milliseconds(*seconds > 1 ? 1000 : 500);
      c.usable_until = EventLoop::current().now() + std::chrono::seconds(*seconds) - margin;
      keep = *seconds > 0;
    }
  }
  c.used = true;
  c.input.release();
  if (keep && c.usable()) {
    x.lease.release();
  } else {
    x.lease.discard();
  }
  x.in_flight.end();
}

enum class Got : std::uint8_t { piece, need_more, done };

Got try_piece(ClientExchange& x, std::string_view& piece) {
  ClientConnection& c = x.connection();
  while (true) {
    if (x.decoder) {
      piece = x.decoder->next();
      if (!piece.empty()) return Got::piece;
    }
    if (x.reader.done()) {
      if (x.decoder && !x.decoder->ended() && x.reader.taken() != 0)
        throw Error(Code::internal, "the compressed body is cut off");
      return Got::done;
    }
    const BodyReader::Step step = x.reader.next(c.input.view());
    c.input.consume(step.consumed);
    if (step.kind == BodyReader::Kind::error)
      throw Error(Code::internal, "the response is not valid: " + x.reader.reason());
    if (step.kind == BodyReader::Kind::need_more) return Got::need_more;
    if (step.kind != BodyReader::Kind::data) continue;
    if (!x.decoder) {
      piece = step.data;
      return Got::piece;
    }
    x.decoder->give(step.data);
  }
}

// Receives more of the body.
Task<void> receive_more(ClientExchange& x) {
  ClientConnection& c = x.connection();
  c.input.release_if_empty();
  while (true) {
    const std::size_t wanted = std::min<std::uint64_t>(x.reader.remaining() + 16, kReadAtMost);
    const auto got = c.stream.try_read(c.input.room(std::max(kReadAtLeast, wanted)));
    if (got.state == State::moved) {
      c.input.commit(got.bytes);
      co_return;
    }
    if (got.state == State::ended) {
      if (!x.reader.ends_with_connection())
        throw Error(Code::unavailable, "the server closed the connection " + x.reader.where());
      x.reader.end_of_connection();
      co_return;
    }
    if (got.state == State::failed)
      throw Error(Code::unavailable, "the connection broke " + x.reader.where() + because(got.error));
    if (x.sender && x.sender->done()) {
      x.sender->check();
      x.sender.reset();
    }
    c.input.release_if_empty();
    x.limit(x.sender ? Duration::zero() : x.read_timeout);
    co_await c.stream.readable();
  }
}

}  // namespace

bool ClientConnection::usable() {
  if (stream.hung_up() || !input.empty() || EventLoop::current().now() >= usable_until) return false;
  if (!stream.has_news()) return true;
  char byte;
  return stream.try_read({&byte, 1}).state == State::would_block;
}

Task<void> converse(ClientExchange& x) {
  if (x.request) co_return co_await converse_http2(x);
  ClientConnection& c = x.connection();
  HeadReader reader(x, x.client->response_limits());
  x.phase = ClientExchange::Phase::sending;
  x.reused = c.used;
  x.sent_any = x.sent_all = x.received_any = false;
  x.answer.clear();

  int broken = 0;  // errno of sending
  if (x.body_stream) {
    x.sender = std::make_unique<RequestSender>(x, 0);
  } else {
    // The usual case: all of it in one call, without anything beside.
    const auto moved = c.stream.try_write(x.output, x.body);
    x.sent_any = moved.bytes > 0;
    x.sent_all = moved.state == State::moved && moved.bytes == x.output.size() + x.body.size();
    if (moved.state == State::failed) {
      broken = moved.error;
    } else if (!x.sent_all) {
      x.sender = std::make_unique<RequestSender>(x, moved.bytes);
    }
  }

  while (true) {
    if (x.sender && x.sender->done()) {
      x.sender->check();
      broken = x.sender->broken();
      x.sender.reset();
    }
    if (!x.sender && x.phase == ClientExchange::Phase::sending) {
      x.phase = ClientExchange::Phase::waiting;
      if (x.response_timeout > Duration::zero())
        x.head_deadline = later(EventLoop::current().now(), x.response_timeout);
    }
    // After a failed write the answer may lie there without the loop having been told.
    const auto got = c.stream.has_news() || broken != 0 ? c.stream.try_read(c.input.room(kReadAtLeast))
                                                        : net::Stream::Transfer{State::would_block};
    if (got.state == State::moved) {
      c.input.commit(got.bytes);
      if (reader.take()) break;
    } else if (got.state == State::would_block) {
      if (broken != 0) {
        throw Error(Code::unavailable, "the connection broke while the request was sent" + because(broken));
      }
      c.input.release_if_empty();
      // While something is sent, its own limit holds.
      x.limit(x.sender ? Duration::zero() : x.read_timeout);
      co_await c.stream.readable();
    } else if (got.state == State::ended) {
      throw Error(Code::unavailable, std::string(ended_in_head(x)));
    } else {
      throw Error(Code::unavailable,
                  std::string(x.received_any ? "the connection broke in the middle of the response's head"
                                             : "the connection broke before the server answered") +
                      because(got.error));
    }
  }
  // Who refuses a request does not want the rest of it.
  if (x.head.status() >= 400) x.sender.reset();
  x.head_deadline = TimePoint::max();
  x.phase = ClientExchange::Phase::reading;
  begin_body(x);
  if (x.streamed) {
    if (x.reader.done()) finish(x);
    co_return;
  }
  while (true) {
    std::string_view piece;
    const Got got = try_piece(x, piece);
    if (got == Got::done) break;
    if (got == Got::need_more) {
      co_await receive_more(x);
      continue;
    }
    x.expect_no_more_than(x.answer.size() + piece.size());
    x.answer += piece;
  }
  finish(x);
}

Task<std::string_view> read_piece(ClientExchange& x) {
  if (x.request) co_return co_await read_http2_piece(x);
  while (x.lease) {
    std::string_view piece;
    const Got got = try_piece(x, piece);
    if (got == Got::piece) co_return piece;
    if (got == Got::done) {
      finish(x);
      break;
    }
    co_await receive_more(x);
  }
  co_return std::string_view();
}

}  // namespace ngo::http
