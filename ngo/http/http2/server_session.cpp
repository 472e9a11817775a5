#include "ngo/http/http2/server_session_impl.hpp"

#include <algorithm>
#include <utility>

#include "ngo/http/server.hpp"
#include "ngo/log/log.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::http::http2 {
namespace {

constexpr std::size_t kSmallestRead = 2048;
constexpr std::size_t kSpare = 128;        // streams that are kept for the next requests
constexpr std::size_t kSpareIdle = 16;     // by a connection without requests
constexpr int kReadsInATurn = 16;          // before other connections have their turn
constexpr std::size_t kMostQueued = 2000;  // frames that wait to leave before no more are read

}  // namespace

ServerSession::ServerSession(Shard& shard, net::Stream& stream, Peer& from, bool draining)
    : Carrier(shard.loop(), stream),
      shard_(shard),
      from_(from),
      patience_(shard.options().http2.idle_frames, shard.options().http2.idle_frames_per_second,
                shard.loop().now()),
      scanner_(NGHTTP2_CLIENT_MAGIC_LEN),
      began_(shard.loop().now()),
      idle_since_(began_),
      draining_(draining) {
  // Limits of time are looked at so often.
  const ServerOptions& options = shard.options();
  Duration least = std::chrono::seconds(4);
  for (const Duration limit :
       {Duration(options.header_timeout), Duration(options.body_timeout), Duration(options.write_timeout)}) {
    if (limit > Duration::zero()) least = std::min(least, limit);
  }
  tick_ = std::max<Duration>(least / 4, std::chrono::milliseconds(10));
}

Task<bool> ServerSession::run(std::string_view received) {
  open();
  bool alive = feed(received);
  int reads = 0;
  while (alive) {
    start_ready();
    if (!flush()) break;
    if (over()) {
      done_ = true;
      break;
    }
    arm_timer();
    while (blocked_ && !broken_ && nghttp2_session_get_outbound_queue_size(session_) > kMostQueued) {
      unblocked_.reset();
      co_await unblocked_.wait();
    }
    if (!stream_.has_news()) {
      reads = 0;
      co_await stream_.readable();
    } else if (++reads == kReadsInATurn) {
      reads = 0;
      co_await yield();
    }
    if (aborted_ || broken_) break;
    if (!stream_.has_news()) continue;  // woken to look at what has become of it
    const net::Stream::Transfer got = stream_.try_read(in_.room(kSmallestRead));
    if (got.state == net::Stream::Transfer::State::would_block) {
      in_.release_if_empty();
      continue;
    }
    if (got.state != net::Stream::Transfer::State::moved) break;
    alive = feed({in_.data(), got.bytes});
  }
  const bool proper = done_ && !broken_;
  timer_.disarm();
  stop_writing();
  end_all();
  co_await join();
  co_return proper;
}

// True: go on.
bool ServerSession::feed(std::string_view bytes) {
  const FrameScanner::Verdict verdict = scanner_.scan(bytes);
  patience_.earn(scanner_.take_useful());
  spend(scanner_.take_idle());
  if (!patience_.spend_updates(scanner_.take_updates(), now())) lost_patience_ = true;
  if (verdict != FrameScanner::Verdict::right) {
    nghttp2_session_terminate_session(session_, verdict == FrameScanner::Verdict::stream_closed
                                                    ? NGHTTP2_STREAM_CLOSED
                                                    : NGHTTP2_PROTOCOL_ERROR);
  }
  const bool received = receive(bytes);
  if (error() == NGHTTP2_ERR_FLOODED) lost_patience_ = true;
  if (lost_patience_) lose_patience();
  if (received || lost_patience_) return true;
  log::debug("{}: an HTTP/2 connection ends: {}", from_.address.host(), nghttp2_strerror(error()));
  return false;
}

void ServerSession::lose_patience() noexcept {
  if (std::exchange(reported_, true)) return;
  log::warn(
      "{}: an HTTP/2 connection is ended (ENHANCE_YOUR_CALM): too many frames that move nothing; "
      "httpServer.http2.idleFrames is {}, idleFramesPerSecond {}",
      from_.address.host(), shard_.options().http2.idle_frames,
      shard_.options().http2.idle_frames_per_second);
  nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
}

// Outside of the library, so that a handler may do as it likes.
void ServerSession::start_ready() {
  feeding_ = true;
  Context* const before = CurrentContext::get();
  while (ServerStream* stream = ready_.pop_front()) {
    if (reported_) continue;
    try {
      stream->start();
    } catch (const std::exception& error) {
      log::error("a request of HTTP/2 could not be begun: {}", error.what());
      nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream->id(), NGHTTP2_INTERNAL_ERROR);
    }
  }
  CurrentContext::set(before);
  feeding_ = false;
}

bool ServerSession::over() const noexcept {
  if (reported_) return true;
  if (!out_.empty()) return false;
  if (nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0) return true;
  return last_named_ && streams_.empty() && nghttp2_session_want_write(session_) == 0;
}

void ServerSession::ended(ServerStream& stream) noexcept {
  static_cast<Link<InReady>&>(stream).unlink();
  static_cast<Link<ServerStream>&>(stream).unlink();
  --held_;
  stream.end();
  std::unique_ptr<ServerStream> owner(&stream);
  if (spare_.size() < kSpare) spare_.push_back(std::move(owner));
  if (!streams_.empty()) return;
  idle_since_ = now();
  // The reader may wait for this to be the last.
  if (last_named_ && !feeding_) stream_.interrupt();
}

void ServerSession::end_all() noexcept {
  const bool aborted = aborted_;
  streams_.for_each([aborted](ServerStream& stream) {
    if (aborted) {
      stream.abort();
    } else {
      stream.close();
    }
  });
}

// ---- the end

void ServerSession::drain(bool again) noexcept {
  stopping_ = stopping_ || again;
  streams_.for_each([](ServerStream& stream) { stream.drain(); });
  if (std::exchange(draining_, true)) return;
  begin_drain();
  want_output();
}

void ServerSession::begin_drain() noexcept {
  nghttp2_submit_shutdown_notice(session_);
  drain_at_ = later(now(), Server::kDrainIdle);
  arm_timer();
}

void ServerSession::abort() noexcept {
  aborted_ = true;
  streams_.for_each([](ServerStream& stream) { stream.abort(); });
  unblocked_.set();
  stream_.interrupt();
}

// ---- limits of time

void ServerSession::arm_timer() noexcept {
  TimePoint at = drain_at_;
  const Duration idle = shard_.options().idle_timeout;
  if (!streams_.empty() || !settled_ || blocked_ || head_began_ != TimePoint::max()) {
    at = std::min(at, later(now(), tick_));
  } else if (idle > Duration::zero()) {
    at = std::min(at, later(idle_since_, idle));
  }
  if (streams_.empty() && spare_.size() > kSpareIdle) at = std::min(at, later(now(), tick_));
  if (at != TimePoint::max() && (!timer_.armed() || timer_.deadline() > at))
    shard_.loop().timers().arm(timer_, at);
}

void ServerSession::on_timer() noexcept {
  if (done_) return;
  if (spare_.size() > kSpareIdle && streams_.empty() && now() >= later(idle_since_, tick_)) {
    spare_.resize(kSpareIdle);
    spare_.shrink_to_fit();
  }
  if (!check_limits()) {
    broken_ = true;
    unblocked_.set();
    stream_.interrupt();
    return;
  }
  arm_timer();
  want_output();
}

// False: the connection is to be cut off.
bool ServerSession::check_limits() noexcept {
  const ServerOptions& options = shard_.options();
  const TimePoint at = now();
  const auto over = [at](TimePoint since, Duration limit) {
    return limit > Duration::zero() && since != TimePoint::max() && at >= later(since, limit);
  };
  if (!settled_ && over(began_, options.header_timeout)) return false;
  if (over(blocked_since_, options.write_timeout)) return false;
  // What has arrived and has not been read is our delay, not the client's.
  if (over(head_began_, options.header_timeout) && !stream_.has_news()) {
    head_began_ = TimePoint::max();
    nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
    return true;
  }
  streams_.for_each([this, at, &over, &options](ServerStream& stream) {
    if (at >= stream.body_limit()) stream.body_is_late();
    if (!stream.closed() && over(stream.stalled_since(), options.write_timeout))
      nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id(), NGHTTP2_CANCEL);
  });
  if (at >= drain_at_) {
    drain_at_ = TimePoint::max();
    last_named_ = true;
    nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_),
                          NGHTTP2_NO_ERROR, nullptr, 0);
    if (streams_.empty()) stream_.interrupt();
  }
  if (streams_.empty() && settled_ && over(idle_since_, options.idle_timeout)) {
    nghttp2_session_terminate_session(session_, NGHTTP2_NO_ERROR);
    stream_.interrupt();
  }
  return true;
}

void ServerSession::on_sent_all() noexcept {
  if (over()) stream_.interrupt();
}

}  // namespace ngo::http::http2
