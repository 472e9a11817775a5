// What nghttp2 tells a client's session. No exception may pass through the library.
#include <algorithm>
#include <charconv>
#include <exception>
#include <iterator>
#include <new>

#include "ngo/http/headers.hpp"
#include "ngo/http/http2/client_core_impl.hpp"

namespace ngo::http::http2 {
namespace {

constexpr unsigned kMostInterim = 16;        // interim answers to one request
constexpr unsigned kMostContinuations = 16;  // frames that go on with one head
constexpr std::int64_t kForgivenForAnswer = 8;

}  // namespace

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
  static int begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* user) {
    return guarded([&] { return self(user).on_begin_frame(*head); });
  }
  static int sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    return guarded([&] { return self(user).on_sent(*frame); });
  }
  static int invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int code, void* user) {
    return guarded([&] {
      const std::string& said = self(user).said_;
      return self(user).on_invalid(frame->hd.stream_id, said.empty() ? nghttp2_strerror(code) : said);
    });
  }
  static int invalid_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                            std::size_t name_size, const std::uint8_t*, std::size_t, std::uint8_t,
                            void* user) {
    return guarded([&] {
      std::string what("the header \"");
      what.append(is_token(text(name, name_size)) ? text(name, name_size) : "?").append("\" is not allowed");
      static_cast<void>(self(user).on_invalid(frame->hd.stream_id, what));
      return static_cast<int>(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE);
    });
  }
  static int said(nghttp2_session*, int, const char* bytes, std::size_t size, void* user) {
    return guarded([&] {
      // It quotes the server, who may say anything.
      std::string& said = self(user).said_;
      said.assign(bytes, std::min<std::size_t>(size, 200));
      for (char& byte : said) {
        if (byte < ' ' || byte > '~') byte = '?';
      }
      return 0;
    });
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
      const std::string_view buffered = exchange.out.view().substr(0, size);
      if (!buffered.empty()) out.append(buffered);
      if (size > buffered.size()) out.append(exchange.lent.substr(0, size - buffered.size()));
      exchange.lent.remove_prefix(size - buffered.size());
      exchange.lent_sent += size - buffered.size();
      exchange.out.consume(buffered.size());
      exchange.out.release_if_empty();
      exchange.room.set();
      self(user).patience_.sent(size);
      if (size > buffered.size() || exchange.all_sent) exchange.news.set();
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
    nghttp2_session_callbacks_set_on_begin_frame_callback(all, begin_frame);
    nghttp2_session_callbacks_set_on_frame_send_callback(all, sent);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(all, invalid_frame);
    nghttp2_session_callbacks_set_on_invalid_header_callback(all, invalid_header);
    nghttp2_session_callbacks_set_error_callback2(all, said);
    return all;
  }
};

void ClientCore::make_library() {
  static const nghttp2_session_callbacks* const callbacks = ClientCallbacks::make();
  nghttp2_option* options = nullptr;
  if (nghttp2_option_new(&options) != 0) throw std::bad_alloc();
  nghttp2_option_set_no_auto_window_update(options, 1);
  nghttp2_option_set_no_closed_streams(options, 1);
  // Blanks around a value are cut off, as in HTTP/1.1: Go's server sends what its handlers set.
  nghttp2_option_set_no_rfc9113_leading_and_trailing_ws_validation(options, 1);
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

// The connection cannot go on.
int ClientCore::refuse(std::string reason) {
  ends_because(Code::internal, "the server does not keep to HTTP/2: " + reason);
  return NGHTTP2_ERR_CALLBACK_FAILURE;
}

// What moves nothing is counted, before the library looks at it.
int ClientCore::on_begin_frame(const nghttp2_frame_hd& head) {
  switch (head.type) {
    case NGHTTP2_HEADERS: continuations_ = 0; break;
    case NGHTTP2_PUSH_PROMISE: return refuse("it pushes, which nobody asked for");
    case NGHTTP2_CONTINUATION:
      if (++continuations_ > kMostContinuations) return refuse("a head that has no end");
      break;
    case NGHTTP2_DATA:
      if (head.length > 0) {
        patience_.earn(1);
        return 0;
      }
      break;
    default: break;
  }
  const bool update = head.type == NGHTTP2_WINDOW_UPDATE;
  if (update ? !patience_.spend_updates(1, loop_.now()) : !patience_.spend(1, loop_.now()))
    return refuse("more frames that move nothing (PING, SETTINGS, empty ones, ...) than are accepted");
  return 0;
}

int ClientCore::on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
  ClientExchange* const exchange = exchange_of(frame.hd.stream_id);
  if (exchange == nullptr || exchange->dropped) return 0;
  constexpr std::size_t kFieldOverhead = 32;
  exchange->head_bytes += name.size() + value.size() + kFieldOverhead;
  if (exchange->head_bytes > settings_.header_list_bytes) {
    exchange->wrong = "its head is longer than accepted";
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  if (name == ":status") {
    exchange->fields.clear();  // those of an interim answer
    std::from_chars(value.data(), value.data() + value.size(), exchange->status);
    if (value.size() == 3 && exchange->status >= 100) return 0;
    exchange->status = 0;
    exchange->wrong = "its status is no number from 100 to 999";
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  (exchange->final ? exchange->trailers : exchange->fields).emplace_back(name, trim_whitespace(value));
  return 0;
}

// A stream that the library ends, or that we do.
int ClientCore::on_invalid(std::int32_t stream_id, std::string_view what) {
  ClientExchange* const exchange = stream_id == 0 ? nullptr : exchange_of(stream_id);
  if (exchange != nullptr && exchange->wrong.empty()) exchange->wrong = what;
  return 0;
}

int ClientCore::on_sent(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_HEADERS) {
    if (ClientExchange* const exchange = exchange_of(frame.hd.stream_id)) {
      exchange->sent = true;
      if (exchange->all_sent) exchange->news.set();
    }
  } else if (frame.hd.type == NGHTTP2_GOAWAY && frame.goaway.error_code != NGHTTP2_NO_ERROR) {
    ends_because(Code::internal,
                 "the server does not keep to HTTP/2: " +
                     (said_.empty() ? nghttp2_http2_strerror(frame.goaway.error_code) : said_));
  }
  return 0;
}

int ClientCore::on_frame(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_SETTINGS) fewer_.set();
  if (frame.hd.type == NGHTTP2_GOAWAY) {
    last_ = frame.goaway.last_stream_id;
    std::string why = "the server ends the HTTP/2 connection (GOAWAY";
    if (frame.goaway.error_code != NGHTTP2_NO_ERROR)
      why.append(": ").append(nghttp2_http2_strerror(frame.goaway.error_code));
    end_reason_.clear();
    ends_because(Code::unavailable, why + ")");
    tell();
  }
  ClientExchange* const exchange = frame.hd.stream_id == 0 ? nullptr : exchange_of(frame.hd.stream_id);
  if (exchange == nullptr) return 0;
  if (frame.hd.type == NGHTTP2_RST_STREAM) exchange->reset_by_server = true;
  if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return 0;
  if (frame.hd.type == NGHTTP2_HEADERS) {
    exchange->head_bytes = 0;
    if (exchange->status >= 200) {
      exchange->final = true;
      patience_.earn(kForgivenForAnswer);
    } else if (++exchange->interim > kMostInterim) {
      exchange->wrong = "more than 16 interim responses (1xx)";
      nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, frame.hd.stream_id, NGHTTP2_ENHANCE_YOUR_CALM);
    }
  }
  if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) exchange->ended = true;
  exchange->news.set();
  return 0;
}

int ClientCore::on_data(std::int32_t stream_id, std::string_view bytes) {
  ClientExchange* const exchange = exchange_of(stream_id);
  if (exchange == nullptr || exchange->dropped) {
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
  exchange.unprocessed = !exchange.sent || code == NGHTTP2_REFUSED_STREAM || (last_ && stream_id > *last_);
  close(exchange, code);
  exchanges_.erase(found);
  tell();
  return 0;
}

}  // namespace ngo::http::http2
