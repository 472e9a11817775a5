// What nghttp2 tells a client's session. No exception may pass through the library.
#include <charconv>
#include <exception>
#include <iterator>
#include <new>

#include "ngo/http/http2/client_core_impl.hpp"

namespace ngo::http::http2 {

struct ClientCallbacks {
  static ClientCore& self(void* user) noexcept { return *static_cast<ClientCore*>(user); }
  static std::string_view text(const std::uint8_t* bytes, std::size_t size) noexcept {
    return {reinterpret_cast<const char*>(bytes), size};
  }
  template <class F>
  static int guarded(F f) noexcept {
    try {
      return f();
    } catch (const std::exception&) {  // out of memory
      return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
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
  static int data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes,
                  std::size_t size, void* user) {
    return guarded([&] { return self(user).on_data(id, text(bytes, size)); });
  }
  static int close(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) {
    return guarded([&] { return self(user).on_close(id, code); });
  }
  static int send_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t* head, std::size_t size,
                       nghttp2_data_source* source, void* user) {
    return guarded([&] {
      constexpr std::size_t kHead = 9;
      ClientExchange& exchange = *static_cast<ClientExchange*>(source->ptr);
      net::Buffer& out = self(user).out_;
      out.append(text(head, kHead));
      out.append(exchange.out.view().substr(0, size));
      exchange.out.consume(size);
      exchange.out.release_if_empty();
      exchange.room.set();
      return 0;
    });
  }

  static nghttp2_session_callbacks* make() {
    nghttp2_session_callbacks* all = nullptr;
    if (nghttp2_session_callbacks_new(&all) != 0) throw std::bad_alloc();
    nghttp2_session_callbacks_set_on_header_callback(all, header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(all, frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(all, data);
    nghttp2_session_callbacks_set_on_stream_close_callback(all, close);
    nghttp2_session_callbacks_set_send_data_callback(all, send_data);
    return all;
  }
};

void ClientCore::make_library() {
  static const nghttp2_session_callbacks* const callbacks = ClientCallbacks::make();
  nghttp2_option* options = nullptr;
  if (nghttp2_option_new(&options) != 0) throw std::bad_alloc();
  nghttp2_option_set_no_auto_window_update(options, 1);
  nghttp2_option_set_no_closed_streams(options, 1);
  const int made = nghttp2_session_client_new2(&session_, callbacks, this, options);
  nghttp2_option_del(options);
  if (made != 0) throw std::bad_alloc();
  const nghttp2_settings_entry entries[] = {
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, settings_.stream_window},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, settings_.header_list_bytes},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  };
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, entries, std::size(entries));
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(settings_.connection_window));
}

ClientExchange* ClientCore::exchange_of(std::int32_t id) const noexcept {
  return static_cast<ClientExchange*>(nghttp2_session_get_stream_user_data(session_, id));
}

int ClientCore::on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
  ClientExchange* const exchange = exchange_of(frame.hd.stream_id);
  if (exchange == nullptr) return 0;
  constexpr std::size_t kFieldOverhead = 32;
  exchange->head_bytes += name.size() + value.size() + kFieldOverhead;
  if (exchange->head_bytes > settings_.header_list_bytes) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  if (name == ":status") {
    exchange->fields.clear();  // those of an interim answer
    exchange->head_bytes = 0;
    std::from_chars(value.data(), value.data() + value.size(), exchange->status);
    return 0;
  }
  (exchange->final ? exchange->trailers : exchange->fields).emplace_back(name, value);
  return 0;
}

int ClientCore::on_frame(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_SETTINGS) fewer_.set();
  if (frame.hd.type == NGHTTP2_GOAWAY) {
    last_ = frame.goaway.last_stream_id;
    fewer_.set();
  }
  if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return 0;
  ClientExchange* const exchange = exchange_of(frame.hd.stream_id);
  if (exchange == nullptr) return 0;
  if (frame.hd.type == NGHTTP2_HEADERS && exchange->status >= 200) exchange->final = true;
  if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) exchange->ended = true;
  exchange->news.set();
  return 0;
}

int ClientCore::on_data(std::int32_t stream_id, std::string_view bytes) {
  ClientExchange* const exchange = exchange_of(stream_id);
  if (exchange == nullptr) {
    nghttp2_session_consume(session_, stream_id, bytes.size());
  } else {
    exchange->arrived.append(bytes);
    exchange->news.set();
  }
  return 0;
}

int ClientCore::on_close(std::int32_t stream_id, std::uint32_t code) {
  const auto found = exchanges_.find(stream_id);
  if (found == exchanges_.end()) return 0;
  ClientExchange& exchange = *found->second;
  exchange.unprocessed = code == NGHTTP2_REFUSED_STREAM || (last_ && stream_id > *last_);
  close(exchange, code);
  exchanges_.erase(found);
  fewer_.set();
  return 0;
}

}  // namespace ngo::http::http2
