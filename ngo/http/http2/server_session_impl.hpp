// The server's side of one HTTP/2 connection (RFC 9113), over nghttp2: frames, HPACK, flow control and the
// order of RFC 9218 are the library's; reading, writing, limits of time, floods and the end are here. Each
// request is a ServerStream.
//
// One coroutine reads and feeds the library. Handlers are never called from inside of the library: complete
// heads queue up and are answered when it has returned.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "ngo/base/intrusive_list.hpp"
#include "ngo/http/http2/carrier_impl.hpp"
#include "ngo/http/http2/frame_scanner_impl.hpp"
#include "ngo/http/http2/patience_impl.hpp"
#include "ngo/http/http2/server_stream_impl.hpp"
#include "ngo/net/buffer.hpp"
#include "ngo/net/stream.hpp"
#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/task.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::http::http2 {

class ServerSession final : public Carrier {
 public:
  ServerSession(Shard& shard, net::Stream& stream, Peer& from, bool draining);

  // Serves the connection to its end; `received` are its first bytes. Everything that it has started has
  // ended then. True: the peer is to be told by a proper end of the connection.
  Task<bool> run(std::string_view received);

  // RFC 9113 section 6.8: first says that the end is near, then, a moment later, which requests are still
  // served. `again`: the service will not wait much longer.
  void drain(bool again) noexcept;
  void abort() noexcept;

  // ---- for streams
  [[nodiscard]] bool stopping() const noexcept { return stopping_; }
  [[nodiscard]] TimePoint now() const noexcept { return shard_.loop().now(); }
  void ended(ServerStream& stream) noexcept;
  // The scratch that fields of answers are put together in.
  std::vector<nghttp2_nv>& fields() noexcept { return fields_; }
  std::string& scratch() noexcept { return scratch_; }
  net::Buffer& output() noexcept { return out_; }

 private:
  friend struct Callbacks;
  void open();
  bool feed(std::string_view bytes);
  void start_ready();
  void end_all() noexcept;
  void on_blocked() noexcept override { arm_timer(); }
  void on_sent_all() noexcept override;
  void on_timer() noexcept;
  void arm_timer() noexcept;
  bool check_limits() noexcept;
  void lose_patience() noexcept;
  void begin_drain() noexcept;
  void spend(std::uint32_t frames) noexcept {
    if (frames != 0 && !patience_.spend(frames, now())) lost_patience_ = true;
  }
  [[nodiscard]] bool over() const noexcept;

  // ---- what the library tells
  int on_begin_headers(const nghttp2_frame& frame);
  int on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value);
  int on_frame(const nghttp2_frame& frame);
  int on_data(std::int32_t stream_id, std::string_view bytes);
  int on_sent(const nghttp2_frame& frame) noexcept;
  int on_not_sent(const nghttp2_frame& frame, int error) noexcept;
  int on_close(std::int32_t stream_id);
  [[nodiscard]] ServerStream* stream_of(std::int32_t id) const noexcept;

  Shard& shard_;
  Peer& from_;
  net::Buffer in_;
  List<ServerStream, ServerStream> streams_;
  std::size_t held_ = 0;  // in streams_: those that are closed and whose handlers run are among them
  List<ServerStream, InReady> ready_;  // heads are complete, handlers have not been called
  std::vector<std::unique_ptr<ServerStream>> spare_;
  std::vector<nghttp2_nv> fields_;
  std::string scratch_;
  Patience patience_;
  FrameScanner scanner_;
  CallbackTimer<ServerSession, &ServerSession::on_timer> timer_{this};
  TimePoint began_;
  TimePoint idle_since_;
  TimePoint head_began_ = TimePoint::max();  // of a head that is not complete
  TimePoint drain_at_ = TimePoint::max();
  Duration tick_{};
  bool settled_ = false;  // the peer's SETTINGS have come
  bool draining_ = false;
  bool stopping_ = false;
  bool last_named_ = false;  // the second GOAWAY is out
  bool lost_patience_ = false;
  bool reported_ = false;
};

}  // namespace ngo::http::http2
