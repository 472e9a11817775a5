#include "ngo/http/http2/carrier_impl.hpp"
#include "ngo/log/log.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::http::http2 {
namespace {

constexpr std::size_t kSendAt = 64 * 1024;  // so many bytes are gathered for one send
constexpr std::size_t kTurn = 1024 * 1024;  // to a fast peer before others have their turn

}  // namespace

bool Carrier::receive(std::string_view bytes) noexcept {
  feeding_ = true;
  const ssize_t taken =
      nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  feeding_ = false;
  error_ = taken < 0 ? static_cast<int>(taken) : 0;
  return taken >= 0;
}

void Carrier::consumed(std::int32_t stream, std::size_t bytes) noexcept {
  nghttp2_session_consume(session_, stream, bytes);
  want_output();
}

void Carrier::finished() noexcept {
  if (--coroutines_ == 0) all_ended_.set();
}

void Carrier::stop_writing() noexcept {
  done_ = true;
  output_.set();
  unblocked_.set();
}

Task<void> Carrier::join() {
  while (coroutines_ > 0) {
    // Whoever still writes finds the end.
    if (blocked_) stream_.interrupt();
    all_ended_.reset();
    co_await all_ended_.wait();
  }
}

void Carrier::destroy_writer() noexcept {
  if (!writer_frame_) return;
  std::exchange(writer_frame_, {}).destroy();
  blocked_ = writing_ = resting_ = false;
  finished();
}

Carrier::Sent Carrier::pump() noexcept {
  std::size_t in_this_turn = 0;
  for (;;) {
    while (out_.size() < kSendAt) {
      const std::uint8_t* bytes = nullptr;
      const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
      if (size < 0) return Sent::failed;
      if (size == 0) break;
      out_.append({reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)});
    }
    if (out_.empty()) {
      out_.release();
      return Sent::all;
    }
    const net::Stream::Transfer sent = stream_.try_write(out_.view());
    if (sent.state == net::Stream::Transfer::State::would_block) return Sent::blocked;
    if (sent.state != net::Stream::Transfer::State::moved) return Sent::failed;
    out_.consume(sent.bytes);
    blocked_since_ = TimePoint::max();
    in_this_turn += sent.bytes;
    if (in_this_turn >= kTurn) return Sent::more;
  }
}

// By the reader, at the end of a batch. False: the connection is broken.
bool Carrier::flush() {
  if (blocked_ || broken_ || aborted_ || resting_) return !broken_;
  feeding_ = true;
  const Sent sent = pump();
  feeding_ = false;
  resting_ = sent == Sent::more;
  if (sent == Sent::blocked || sent == Sent::more) {
    output_.set();
    if (!writing_) {
      CurrentContext restore(Context::current());
      write_on();
    }
  }
  return sent != Sent::failed;
}

void Carrier::want_output() noexcept {
  if (feeding_ || blocked_ || done_ || aborted_) return;
  output_.set();
  if (writing_) return;
  CurrentContext restore(Context::current());
  write_on();
}

// The second coroutine: sends what others than the reader have caused, and all while the socket is full.
detail::Root Carrier::write_on() {
  writing_ = true;
  writer_frame_ = co_await OwnHandle();
  started();
  CurrentContext::set(&writer_);
  try {
    co_await yield();  // so that what becomes ready in one turn leaves together
    while (!done_ && !aborted_) {
      output_.reset();
      resting_ = false;
      feeding_ = true;
      const Sent sent = pump();
      feeding_ = false;
      if (sent == Sent::failed) {
        broken_ = true;
        stream_.interrupt();
        break;
      }
      if (sent == Sent::blocked) {
        blocked_ = true;
        if (blocked_since_ == TimePoint::max()) blocked_since_ = loop_.now();
        on_blocked();
        co_await stream_.writable();
        blocked_ = false;
        if (broken_ || aborted_) break;
        continue;
      }
      unblocked_.set();
      if (sent == Sent::more) {
        resting_ = true;
        co_await yield();
        continue;
      }
      on_sent_all();
      co_await output_.wait();
      if (done_) break;
      co_await yield();
    }
  } catch (const std::exception& error) {
    log::error("an HTTP/2 connection ended by a failure of its own: {}", error.what());
    broken_ = true;
    stream_.interrupt();
  }
  blocked_ = writing_ = false;
  unblocked_.set();
  writer_frame_ = {};
  CurrentContext::set(nullptr);
  finished();
}

}  // namespace ngo::http::http2
