// Steps 14 and 15 of the pipeline in connection.hpp: a response becomes bytes, and the bytes leave.
#include <charconv>
#include <cstring>
#include <utility>

#include "ngo/http/connection.hpp"
#include "ngo/http/problem.hpp"
#include "ngo/http/server.hpp"
#include "ngo/http/status.hpp"

namespace ngo::http {
namespace {

constexpr std::size_t kLargePiece = 16 * 1024;  // sent from where it lies

// Appends pieces of text to a span that is known to be large enough.
class Pen {
 public:
  explicit Pen(char* at) : begin_(at), at_(at) {}
  void put(std::string_view text) noexcept {
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  void put(std::uint64_t number) noexcept { at_ = std::to_chars(at_, at_ + 20, number).ptr; }
  [[nodiscard]] char* at() const noexcept { return at_; }
  void move_to(char* at) noexcept { at_ = at; }
  [[nodiscard]] std::size_t written() const noexcept { return static_cast<std::size_t>(at_ - begin_); }

 private:
  char* begin_;
  char* at_;
};

}  // namespace

void Connection::write_head(const Response& response, std::optional<std::uint64_t> length, bool chunked) {
  // A client that still waits for 100 learns from the final head that its body is not wanted.
  if (body_ && !body_->ended && std::exchange(body_->owes_continue, false)) close_ = true;
  if (draining_) close_ = true;
  std::string_view media = response.has_media() ? response.content_type() : std::string_view();
  sent_status_ = static_cast<std::int16_t>(response.status());
  std::size_t most = 256 + media.size();
  if (!steps_.empty()) most += step_heads_size();
  for (const auto& [name, value] : response.fields()) most += name.size() + value.size() + 4;
  Pen pen(out_.room(most).data());
  std::string_view line = status_line(response.status());
  if (!line.empty()) {
    pen.put(line);
  } else {
    pen.put("HTTP/1.1 ");
    pen.put(static_cast<std::uint64_t>(response.status()));
    pen.put(" \r\n");
  }
  if (!media.empty()) {
    pen.put("Content-Type: ");
    pen.put(media);
    pen.put("\r\n");
  }
  pen.put(shard_.date_line());
  for (const auto& [name, value] : response.fields()) {
    pen.put(name);
    pen.put(": ");
    pen.put(value);
    pen.put("\r\n");
  }
  if (!steps_.empty()) pen.move_to(write_step_heads(response, pen.at()));
  if (length) {
    pen.put("Content-Length: ");
    pen.put(*length);
    pen.put("\r\n");
  } else if (chunked) {
    pen.put("Transfer-Encoding: chunked\r\n");
  }
  if (close_) {
    pen.put("Connection: close\r\n");
  } else if (exchange_ && exchange_->head.minor_version() == 0) {
    pen.put("Connection: keep-alive\r\n");
  }
  pen.put("\r\n");
  out_.commit(pen.written());
}

void Connection::write_response(const Response& response, bool head_only) {
  const std::string& body = response.body();
  if (!status_has_body(response.status())) return write_head(response, std::nullopt, false);
  write_head(response, body.size(), false);
  if (head_only) return;
  out_.append(body);
  sent_body_ = body.size();
}

void Connection::begin_stream(const Response& response, bool has_body) {
  chunked_ = has_body && exchange_->head.minor_version() >= 1;
  // To HTTP/1.0 the end of the connection is the end of the body.
  if (exchange_->head.minor_version() == 0) close_ = true;
  torn_ = false;
  write_head(response, std::nullopt, chunked_);
}

void Connection::end_stream() {
  if (!chunked_) return;
  std::vector<HeaderField> fields;
  fields.reserve(trailers_.size());
  for (const auto& [name, value] : trailers_) fields.push_back(HeaderField{name, value});
  std::string end;
  append_last_chunk(end, fields.data(), fields.size());
  out_.append(end);
}

// The connection ends without the last chunk. What came before it still goes out: earlier answers, and the
// head that says what is missing.
void Connection::break_stream() noexcept {
  if (!client_gone_ && !aborted_ && !torn_) (void)flush_now();
  client_gone_ = true;
}

Task<void> Connection::write(std::string_view piece) {
  if (piece.empty()) co_return;
  begin_due_stream();
  sent_body_ += piece.size();
  if (chunked_) {
    char line[kChunkHeadBytes];
    out_.append(chunk_head(piece.size(), line));
  }
  if (piece.size() < kLargePiece) {
    out_.append(piece);
  } else {
    co_await send();
    co_await send_all(piece);
  }
  if (chunked_) out_.append(kChunkEnd);
  if (out_.size() >= kLargePiece) co_await send();
}

Task<void> Connection::flush() {
  begin_due_stream();
  return send();
}

void Connection::trailer(std::string name, std::string value) {
  trailers_.emplace_back(std::move(name), std::move(value));
}

// Sends what the kernel takes now. True: all of it.
bool Connection::flush_now() noexcept {
  net::Stream::Transfer sent = stream_.try_write(out_.view());
  if (sent.state == net::Stream::Transfer::State::moved) out_.consume(sent.bytes);
  if (!out_.empty()) return false;
  out_.release();
  return true;
}

Task<void> Connection::send() {
  if (out_.empty()) co_return;
  net::Buffer bytes = std::move(out_);
  co_await send_all(bytes.view());
}

Task<void> Connection::send_all(std::string_view bytes) {
  Phase before = phase_;
  torn_ = true;
  while (!bytes.empty()) {
    net::Stream::Transfer sent = stream_.try_write(bytes);
    if (sent.state == net::Stream::Transfer::State::moved) {
      bytes.remove_prefix(sent.bytes);
      if (!bytes.empty()) continue;
      break;
    }
    if (sent.state == net::Stream::Transfer::State::failed) {
      client_gone_ = true;
      throw Error(Code::unavailable, "the client has closed the connection");
    }
    co_await wait_writable();
  }
  torn_ = false;
  phase_ = before;
  limit_ = TimePoint::max();
}

Task<void> Connection::wait_writable() {
  enter(Phase::write);
  co_await stream_.writable();
  if (timed_out_ || aborted_) {
    client_gone_ = true;
    throw Error(Code::unavailable, "the client did not take the answer in time");
  }
}

}  // namespace ngo::http
