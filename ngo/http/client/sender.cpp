#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "ngo/base/duration.hpp"
#include "ngo/base/error.hpp"
#include "ngo/http/chunked.hpp"
#include "ngo/http/client/client_impl.hpp"
#include "ngo/http/client/exchange_impl.hpp"
#include "ngo/http/client/sender_impl.hpp"

namespace ngo::http {

// What a function that streams a request's body writes to.
class StreamWriter final : public BodyWriter {
 public:
  explicit StreamWriter(RequestSender& sender)
      : sender_(sender),
        out_(sender.x_.output),
        length_(sender.x_.body_stream_length),
        http2_(sender.x_.request != nullptr) {}

  Task<void> write(std::string_view piece) override {
    if (piece.empty()) co_return;
    written_ += piece.size();
    if (length_ && written_ > *length_) {
      throw Error(Code::invalid_argument, "the streamed body is longer than the " + std::to_string(*length_) +
                                              " bytes that were announced");
    }
    if (length_ || http2_) {
      out_ += piece;
    } else {
      append_chunk(out_, piece);
    }
    if (out_.size() >= sender_.x_.client->options().write_buffer_size.bytes()) co_await flush();
  }
  Task<void> flush() override {
    co_await sender_.send(out_, std::string_view());
    out_.clear();
  }
  void trailer(std::string name, std::string value) override {
    trailers_.emplace_back(std::move(name), std::move(value));
  }

  Task<void> finish() {
    if (length_ && written_ != *length_) {
      throw Error(Code::invalid_argument, "the streamed body ended after " + std::to_string(written_) +
                                              " of " + std::to_string(*length_) + " bytes");
    }
    if (http2_) {
      co_await flush();
      sender_.x_.request->end(std::move(trailers_));
      co_return;
    }
    if (!length_) {
      std::vector<HeaderField> fields;
      fields.reserve(trailers_.size());
      for (const auto& [name, value] : trailers_) fields.push_back({name, value});
      append_last_chunk(out_, fields.data(), fields.size());
    }
    co_await flush();
  }

 private:
  RequestSender& sender_;
  std::string& out_;
  std::optional<std::uint64_t> length_;
  bool http2_;  // whose frames need no chunks
  std::uint64_t written_ = 0;
  std::vector<std::pair<std::string, std::string>> trailers_;
};

RequestSender::RequestSender(ClientExchange& x, std::size_t sent) : x_(x) {
  const CurrentContext own(context_);
  routine_ = run(sent);
}

RequestSender::Routine RequestSender::run(std::size_t sent) {
  try {
    if (x_.body_stream) {
      co_await send_stream();
    } else {
      const std::size_t of_head = std::min(sent, x_.output.size());
      co_await send(std::string_view(x_.output).substr(of_head),
                    std::string_view(x_.body).substr(sent - of_head));
    }
    x_.sent_all = true;
  } catch (...) {
    error_ = std::current_exception();
  }
  done_ = true;
  wake();
}

// Who waits to receive.
void RequestSender::wake() noexcept {
  if (x_.request) {
    x_.request->interrupt();
  } else {
    x_.connection().stream.interrupt();
  }
}

Task<void> RequestSender::send_stream() {
  StreamWriter writer(*this);
  co_await x_.body_stream(writer);
  co_await writer.finish();
}

Task<void> RequestSender::send(std::string_view first, std::string_view second) {
  using State = net::Stream::Transfer::State;
  if (x_.request) co_return co_await send_http2(first);
  net::Stream& stream = x_.connection().stream;
  while (!first.empty() || !second.empty()) {
    const auto moved = first.empty() ? stream.try_write(second) : stream.try_write(first, second);
    if (moved.state == State::moved) {
      x_.sent_any = true;
      const std::size_t of_first = std::min(moved.bytes, first.size());
      first.remove_prefix(of_first);
      second.remove_prefix(moved.bytes - of_first);
      continue;
    }
    if (moved.state != State::would_block) {
      broken_ = moved.error != 0 ? moved.error : EPIPE;
      throw Error(Code::unavailable, "the connection broke while the request was sent");
    }
    if (x_.write_timeout > Duration::zero())
      context_.set_deadline(later(EventLoop::current().now(), x_.write_timeout));
    co_await stream.writable();
    context_.set_deadline(TimePoint::max());
  }
}

Task<void> RequestSender::send_http2(std::string_view piece) {
  x_.sent_any = true;
  if (x_.write_timeout > Duration::zero())
    context_.set_deadline(later(EventLoop::current().now(), x_.write_timeout));
  try {
    co_await x_.request->write(piece);
  } catch (const Error& error) {
    if (error.code() == Code::unavailable || error.code() == Code::internal) broken_ = EPIPE;
    throw;
  }
  context_.set_deadline(TimePoint::max());
}

void RequestSender::check() const {
  if (!error_ || broken_ != 0) return;
  if (context_.cause() == Code::deadline_exceeded) {
    throw Error(Code::deadline_exceeded, "no progress in sending the request within " +
                                             format_duration(x_.write_timeout) + " (writeTimeout)");
  }
  std::rethrow_exception(error_);
}

}  // namespace ngo::http
