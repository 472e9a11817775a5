#include "ngo/http/client/connection_impl.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "ngo/base/byte_size.hpp"
#include "ngo/codec/compression.hpp"
#include "ngo/http/client/client_impl.hpp"
#include "ngo/http/client/exchange_impl.hpp"
#include "ngo/runtime/combine.hpp"

namespace ngo::http {
namespace {

using State = net::Stream::Transfer::State;

constexpr std::size_t kReadAtLeast = 4 * 1024;
constexpr std::size_t kReadAtMost = 256 * 1024;
constexpr std::size_t kReserveAtMost = 1024 * 1024;
constexpr unsigned kMaxInterim = 16;

std::string because(int error) { return error == 0 ? "" : std::string(": ") + std::strerror(error); }

Task<void> wait_readable(net::Stream& stream) { co_await stream.readable(); }
Task<void> wait_writable(net::Stream& stream) { co_await stream.writable(); }

// Sending and the beginning of receiving, which may overlap: a server may answer before it has read all.
class Conversation {
 public:
  Conversation(ClientExchange& exchange, const ResponseLimits& limits)
      : x(exchange), c(exchange.connection()), parser(limits) {}

  ClientExchange& x;
  ClientConnection& c;
  ResponseParser parser;
  unsigned interim = 0;
  bool answered = false;  // the head of the final response is there
  int broken = 0;         // errno of sending; -1: the server closed its side meanwhile

  // Parses what there is. True: the head is complete.
  bool take_head() {
    while (!c.input.empty()) {
      x.received_any = true;
      const Progress progress = parser.parse(c.input.data(), c.input.size(), x.head);
      if (progress == Progress::need_more) return false;
      if (progress == Progress::error)
        throw Error(Code::internal, "the response is not valid: " + parser.reason());
      if (!x.head.interim()) return answered = true;
      if (x.head.status() == 101)
        throw Error(Code::internal, "the server switched to another protocol, which nobody asked for");
      if (++interim > kMaxInterim)
        throw Error(Code::internal, "the server sent more than 16 interim responses (1xx)");
      c.input.consume(x.head.size());
      parser.reset();
    }
    return false;
  }

  // Sends both, in one call where the kernel takes it. False: sending is over, since the answer is there or
  // the connection is not.
  Task<bool> send(std::string_view first, std::string_view second) {
    while (!first.empty() || !second.empty()) {
      const auto moved = first.empty() ? c.stream.try_write(second) : c.stream.try_write(first, second);
      if (moved.state == State::moved) {
        x.sent_any = true;
        const std::size_t of_first = std::min(moved.bytes, first.size());
        first.remove_prefix(of_first);
        second.remove_prefix(moved.bytes - of_first);
        continue;
      }
      if (moved.state != State::would_block) {
        broken = moved.error;
        co_return false;
      }
      x.limit(x.write_timeout);
      co_await when_any(wait_writable(c.stream), wait_readable(c.stream));
      if (c.stream.has_news() && !listen()) co_return false;
    }
    co_return true;
  }

 private:
  // While there is still something to be sent. False: no use to go on.
  bool listen() {
    const auto got = c.stream.try_read(c.input.room(kReadAtLeast));
    if (got.state == State::would_block) return true;
    if (got.state != State::moved) {
      broken = got.state == State::failed ? got.error : -1;
      return false;
    }
    c.input.commit(got.bytes);
    return !take_head();
  }
};

// What a function that streams a request's body writes to.
class StreamWriter final : public BodyWriter {
 public:
  StreamWriter(Conversation& conversation, std::size_t buffer) : talk_(conversation), buffer_(buffer) {}

  Task<void> write(std::string_view piece) override {
    if (piece.empty()) co_return;
    std::string& out = talk_.x.output;
    written_ += piece.size();
    if (const auto& length = talk_.x.body_stream_length) {
      if (written_ > *length)
        throw Error(Code::invalid_argument, "the streamed body is longer than the " +
                                                std::to_string(*length) + " bytes that were announced");
      out += piece;
    } else {
      append_chunk(out, piece);
    }
    if (out.size() >= buffer_) co_await flush();
  }
  Task<void> flush() override {
    const bool sent = co_await talk_.send(talk_.x.output, std::string_view());
    talk_.x.output.clear();
    if (!sent) throw Error(Code::cancelled, "the server takes no more of the request's body");
  }
  void trailer(std::string name, std::string value) override {
    trailers_.emplace_back(std::move(name), std::move(value));
  }

  Task<void> finish() {
    const auto& length = talk_.x.body_stream_length;
    if (length && written_ != *length)
      throw Error(Code::invalid_argument, "the streamed body ended after " + std::to_string(written_) +
                                              " of " + std::to_string(*length) + " bytes");
    if (!length) {
      std::vector<HeaderField> fields;
      for (const auto& [name, value] : trailers_) fields.push_back({name, value});
      append_last_chunk(talk_.x.output, fields.data(), fields.size());
    }
    co_await flush();
  }

 private:
  Conversation& talk_;
  std::size_t buffer_;
  std::uint64_t written_ = 0;
  std::vector<std::pair<std::string, std::string>> trailers_;
};

Task<void> send_stream(Conversation& talk, std::size_t buffer) {
  StreamWriter writer(talk, buffer);
  try {
    co_await talk.x.body_stream(writer);
    co_await writer.finish();
  } catch (const Error& error) {
    // That it could not go on because the server has answered, or is gone, is for the receiving side to say.
    if (error.code() != Code::cancelled || (!talk.answered && talk.broken == 0)) throw;
    co_return;
  }
  talk.x.sent_all = true;
}

std::string_view ended_in_head(const ClientExchange& x) {
  return x.received_any ? "the server closed the connection in the middle of the response's head"
                        : "the server closed the connection before it answered";
}

void begin_body(ClientExchange& x) {
  ClientConnection& c = x.connection();
  x.status = x.head.status();
  x.head_bytes.assign(c.input.data(), x.head.size());
  x.head.rebase(x.head_bytes.data());
  c.input.consume(x.head.size());
  const auto how = x.head.body(x.method);
  x.reader.begin(how, x.head.content_length().value_or(0));
  x.decoder.reset();
  if (how == ResponseHead::Body::none) return;
  if (x.decompress && x.head.headers().contains(KnownHeader::content_encoding)) {
    const auto coding = coding_from_string(x.head.headers().get(KnownHeader::content_encoding));
    if (coding && *coding != Coding::identity) x.decoder = std::make_unique<BodyDecoder>(*coding);
  }
  if (!x.streamed && how == ResponseHead::Body::length) {
    const std::uint64_t length = *x.head.content_length();
    if (x.max_body != 0 && length > x.max_body) {
      throw Error(Code::internal, "the body has " + std::to_string(length) + " bytes, more than the " +
                                      std::to_string(x.max_body) +
                                      " that are accepted (maxResponseBodySize)");
    }
    if (!x.decoder) x.answer.reserve(std::min<std::uint64_t>(length, kReserveAtMost));
  }
}

// All has been read: the connection goes back, or away.
void finish(ClientExchange& x) {
  ClientConnection& c = x.connection();
  bool keep = x.head.keep_alive() && x.sent_all && !x.reader.ends_with_connection() && c.input.empty();
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
    c.input.release_if_empty();
    x.limit(x.read_timeout);
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
  ClientConnection& c = x.connection();
  const HttpClientOptions& options = x.client->options();
  const ResponseLimits& limits = x.client->response_limits();
  Conversation talk(x, limits);
  x.phase = ClientExchange::Phase::sending;
  x.reused = c.used;
  x.sent_any = x.sent_all = x.received_any = false;
  x.answer.clear();

  if (x.body_stream) {
    co_await send_stream(talk, options.write_buffer_size.bytes());
  } else {
    // The usual case without another coroutine.
    const auto moved = c.stream.try_write(x.output, x.body);
    if (moved.state == State::moved && moved.bytes == x.output.size() + x.body.size()) {
      x.sent_any = x.sent_all = true;
    } else if (moved.state == State::failed) {
      talk.broken = moved.error;
    } else {
      x.sent_any = moved.bytes > 0;
      const std::size_t of_head = std::min(moved.bytes, x.output.size());
      x.sent_all = co_await talk.send(std::string_view(x.output).substr(of_head),
                                      std::string_view(x.body).substr(moved.bytes - of_head));
    }
  }

  x.phase = ClientExchange::Phase::waiting;
  if (x.response_timeout > Duration::zero())
    x.head_deadline = later(EventLoop::current().now(), x.response_timeout);
  while (!talk.answered) {
    // After a failed write the answer may lie there without the loop having been told.
    const auto got = c.stream.has_news() || talk.broken != 0 ? c.stream.try_read(c.input.room(kReadAtLeast))
                                                             : net::Stream::Transfer{State::would_block};
    if (got.state == State::moved) {
      c.input.commit(got.bytes);
      talk.take_head();
    } else if (got.state == State::would_block) {
      if (talk.broken != 0 && talk.broken != -1) {
        // It could not be sent, and nothing explains why.
        throw Error(Code::unavailable,
                    "the connection broke while the request was sent" + because(talk.broken));
      }
      c.input.release_if_empty();
      x.limit(x.read_timeout);
      co_await c.stream.readable();
    } else if (got.state == State::ended) {
      throw Error(Code::unavailable, std::string(ended_in_head(x)));
    } else {
      throw Error(Code::unavailable,
                  x.received_any
                      ? "the connection broke in the middle of the response's head" + because(got.error)
                      : "the connection broke before the server answered" + because(got.error));
    }
  }
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
    if (x.max_body != 0 && piece.size() > x.max_body - x.answer.size()) {
      throw Error(Code::internal, "the body has more than the " + std::to_string(x.max_body) +
                                      " bytes that are accepted (maxResponseBodySize)");
    }
    x.answer += piece;
  }
  finish(x);
}

Task<std::string_view> read_piece(ClientExchange& x) {
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
