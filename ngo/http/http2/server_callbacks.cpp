// What nghttp2 tells the session. No exception may pass through the library, and no handler is called from
// here.
#include <exception>
#include <iterator>
#include <new>

#include "ngo/http/http2/server_session_impl.hpp"
#include "ngo/http/server.hpp"

namespace ngo::http::http2 {
namespace {

constexpr std::uint32_t kPriceOfReset = 4;  // more than the frames that bring one about earn
constexpr std::size_t kHeldForEachStream = 2;

}  // namespace

struct Callbacks {
  static ServerSession& self(void* user) noexcept { return *static_cast<ServerSession*>(user); }

  template <class F>
  static int guarded(F f) noexcept {
    try {
      return f();
    } catch (const std::exception&) {  // out of memory
      return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
  }
  static std::string_view text(const std::uint8_t* bytes, std::size_t size) noexcept {
    return {reinterpret_cast<const char*>(bytes), size};
  }

  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    return guarded([&] { return self(user).on_begin_headers(*frame); });
  }
  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                    void* user) {
    return guarded(
        [&] { return self(user).on_header(*frame, text(name, name_size), text(value, value_size)); });
  }
  static int frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    return guarded([&] { return self(user).on_frame(*frame); });
  }
  static int invalid_frame(nghttp2_session*, const nghttp2_frame*, int, void* user) {
    self(user).spend(1);
    return 0;
  }
  static int data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes,
                  std::size_t size, void* user) {
    return guarded([&] { return self(user).on_data(id, text(bytes, size)); });
  }
  static int sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    return self(user).on_sent(*frame);
  }
  static int not_sent(nghttp2_session*, const nghttp2_frame* frame, int error, void* user) {
    return self(user).on_not_sent(*frame, error);
  }
  static int close(nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
    return guarded([&] { return self(user).on_close(id); });
  }
  static int send_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t* head, std::size_t size,
                       nghttp2_data_source* source, void* user) {
    return guarded([&] {
      net::Buffer& out = self(user).out_;
      constexpr std::size_t kHead = 9;
      static_cast<void>(out.room(kHead + size));
      out.append(text(head, kHead));
      static_cast<ServerStream*>(source->ptr)->give(size, out);
      return 0;
    });
  }

  static nghttp2_session_callbacks* make() {
    nghttp2_session_callbacks* all = nullptr;
    if (nghttp2_session_callbacks_new(&all) != 0) throw std::bad_alloc();
    nghttp2_session_callbacks_set_on_begin_headers_callback(all, begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(all, header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(all, frame);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(all, invalid_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(all, data);
    nghttp2_session_callbacks_set_on_frame_send_callback(all, sent);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(all, not_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(all, close);
    nghttp2_session_callbacks_set_send_data_callback(all, send_data);
    return all;
  }
};

void ServerSession::open() {
  static const nghttp2_session_callbacks* const callbacks = Callbacks::make();
  const Http2Options& options = shard_.options().http2;
  nghttp2_option* settings = nullptr;
  if (nghttp2_option_new(&settings) != 0) throw std::bad_alloc();
  nghttp2_option_set_no_auto_window_update(settings, 1);
  nghttp2_option_set_no_closed_streams(settings, 1);
  nghttp2_option_set_builtin_recv_extension_type(settings, NGHTTP2_PRIORITY_UPDATE);
  nghttp2_option_set_max_outbound_ack(settings, options.idle_frames);
  nghttp2_option_set_stream_reset_rate_limit(settings, options.idle_frames, options.idle_frames_per_second);
  const int made = nghttp2_session_server_new2(&session_, callbacks, this, settings);
  nghttp2_option_del(settings);
  if (made != 0) throw std::bad_alloc();
  const auto window = static_cast<std::uint32_t>(options.initial_window_size.bytes());
  const nghttp2_settings_entry entries[] = {
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, options.max_concurrent_streams},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
       static_cast<std::uint32_t>(options.max_header_list_size.bytes())},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  };
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, entries, std::size(entries));
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(options.connection_window_size.bytes()));
  if (draining_) begin_drain();
}

ServerStream* ServerSession::stream_of(std::int32_t id) const noexcept {
  return static_cast<ServerStream*>(nghttp2_session_get_stream_user_data(session_, id));
}

int ServerSession::on_begin_headers(const nghttp2_frame& frame) {
  if (frame.headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  // A client that resets its streams may open others, but handlers do not always end at once.
  if (held_ >= kHeldForEachStream * shard_.options().http2.max_concurrent_streams) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, frame.hd.stream_id, NGHTTP2_REFUSED_STREAM);
    return 0;
  }
  ServerStream* stream = nullptr;
  if (spare_.empty()) {
    stream = new ServerStream(*this, shard_, from_);
  } else {
    stream = spare_.back().release();
    spare_.pop_back();
  }
  stream->begin(frame.hd.stream_id);
  streams_.push_back(*stream);
  ++held_;
  nghttp2_session_set_stream_user_data(session_, frame.hd.stream_id, stream);
  if (head_began_ == TimePoint::max()) head_began_ = now();
  return 0;
}

int ServerSession::on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
  ServerStream* const stream = stream_of(frame.hd.stream_id);
  if (stream == nullptr) return 0;
  if (frame.headers.cat != NGHTTP2_HCAT_REQUEST)
    return stream->take_trailer(name, value) ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  stream->builder().add(name, value);
  // Far beyond what it has been told: the fields are only counted, but they are decoded.
  if (stream->builder().list_bytes() / 8 > shard_.options().http2.max_header_list_size.bytes()) {
    lost_patience_ = true;
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  return 0;
}

int ServerSession::on_frame(const nghttp2_frame& frame) {
  switch (frame.hd.type) {
    case NGHTTP2_SETTINGS: settled_ = true; return 0;
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA: break;
    default: return 0;
  }
  if (frame.hd.type == NGHTTP2_HEADERS) head_began_ = TimePoint::max();
  ServerStream* const stream = stream_of(frame.hd.stream_id);
  if (stream == nullptr) return 0;
  const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST) {
    stream->take_head(ends);
    ready_.push_back(*stream);
  } else if (ends) {
    stream->take_end();
  }
  return 0;
}

int ServerSession::on_data(std::int32_t stream_id, std::string_view bytes) {
  ServerStream* const stream = stream_of(stream_id);
  if (stream == nullptr || !stream->take_body(bytes))
    nghttp2_session_consume(session_, stream_id, bytes.size());
  return 0;
}

int ServerSession::on_sent(const nghttp2_frame& frame) noexcept {
  if (frame.hd.type == NGHTTP2_RST_STREAM) {
    // A client that breaks the rules of a stream has it reset as if it had done so itself (CVE-2025-8671).
    switch (frame.rst_stream.error_code) {
      case NGHTTP2_NO_ERROR:
      case NGHTTP2_INTERNAL_ERROR:
      case NGHTTP2_REFUSED_STREAM:
      case NGHTTP2_CANCEL: break;
      default: spend(kPriceOfReset); break;
    }
    return 0;
  }
  if (frame.hd.type != NGHTTP2_DATA && frame.hd.type != NGHTTP2_HEADERS) return 0;
  patience_.sent(frame.hd.type == NGHTTP2_DATA ? frame.hd.length : 0);
  if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
  // The answer is complete, and nobody will read what is left of the request (RFC 9113 section 8.1).
  ServerStream* const stream = stream_of(frame.hd.stream_id);
  if (stream != nullptr && !stream->client_has_ended())
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, frame.hd.stream_id, NGHTTP2_NO_ERROR);
  return 0;
}

// An answer whose head is too large, for example: its client is not to wait for it.
int ServerSession::on_not_sent(const nghttp2_frame& frame, int error) noexcept {
  if (frame.hd.type == NGHTTP2_HEADERS && error != NGHTTP2_ERR_STREAM_CLOSED &&
      error != NGHTTP2_ERR_STREAM_CLOSING)
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, frame.hd.stream_id, NGHTTP2_INTERNAL_ERROR);
  return 0;
}

int ServerSession::on_close(std::int32_t stream_id) {
  if (ServerStream* const stream = stream_of(stream_id)) {
    if (!stream->has_head()) head_began_ = TimePoint::max();  // it was refused before its end
    static_cast<Link<InReady>&>(*stream).unlink();
    stream->close();
  }
  return 0;
}

}  // namespace ngo::http::http2
