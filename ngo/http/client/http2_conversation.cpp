// One call on a stream of HTTP/2.
#include <algorithm>
#include <charconv>
#include <vector>

#include "ngo/http/client/client_impl.hpp"
#include "ngo/http/client/http2_sessions_impl.hpp"

namespace ngo::http {

using Piece = http2::ClientRequest::Piece;

namespace {

// Names are in lower case in HTTP/2 (RFC 9113 section 8.2).
void split_lines(std::string& lines, std::vector<std::pair<std::string_view, std::string_view>>& fields) {
  char* at = lines.data();
  char* const end = at + lines.size();
  while (at != end) {
    char* const name = at;
    for (; *at != ':'; ++at) {
      if (*at >= 'A' && *at <= 'Z') *at = static_cast<char>(*at + ('a' - 'A'));
    }
    const std::string_view its_name(name, static_cast<std::size_t>(at - name));
    char* const value = at + 2;
    at = std::find(value, end, '\r');
    fields.emplace_back(its_name, trim_whitespace({value, static_cast<std::size_t>(at - value)}));
    at += 2;
  }
}

// What has to be seen before waiting, each time. The limits of the wait that follows are set.
void look_around(ClientExchange& x) {
  if (x.sender && x.sender->done()) {
    x.sender->check();
    x.sender.reset();
  }
  const bool sending = x.sender != nullptr || !x.request->all_sent();
  x.sent_any = x.sent_any || x.request->head_sent();
  if (!sending && x.phase == ClientExchange::Phase::sending) {
    x.sent_all = true;
    x.phase = ClientExchange::Phase::waiting;
    if (x.response_timeout > Duration::zero())
      x.head_deadline = later(EventLoop::current().now(), x.response_timeout);
  }
  if (x.sender) {
    x.limit(Duration::zero());
  } else {
    x.limit(x.phase == ClientExchange::Phase::sending ? x.write_timeout : x.read_timeout);
  }
}

void finish(ClientExchange& x) {
  x.trailers = x.request->trailers();
  x.sender.reset();
  x.request.reset();
  x.session.reset();
  x.in_flight.end();
}

// A piece that is there, decompressed. Piece::end: finish() is next.
Piece try_piece(ClientExchange& x, std::string_view& piece) {
  while (true) {
    if (x.decoder) {
      piece = x.decoder->next();
      if (!piece.empty()) return Piece::some;
    }
    const Piece got = x.request->try_read(piece);
    if (got == Piece::end && x.decoder && !x.decoder->ended() && x.decoder->bytes_in() != 0)
      throw Error(Code::internal, "the compressed body is cut off");
    if (got != Piece::some || !x.decoder) return got;
    x.decoder->give(piece);
  }
}

}  // namespace

void note_end_of_request(ClientExchange& x) noexcept {
  x.unprocessed = x.request->unprocessed();
  x.sent_any = x.sent_any || x.request->head_sent();
  x.received_any = x.received_any || x.request->reset_code() != 0;
}

// The fields as those of HTTP/1.1 lie in memory.
void take_http2_head(ClientExchange& x, int status) {
  const ResponseLimits& limits = x.client->response_limits();
  const http2::Fields& fields = x.request->fields();
  if (fields.size() > limits.fields)
    throw Error(Code::internal, "the response is not valid: it has more header fields than accepted");
  ResponseHead& head = x.head;
  head.headers_.clear();
  x.head_bytes.clear();
  head.content_length_ = 0;
  head.has_content_length_ = head.chunked_ = false;
  head.keep_alive_ = true;
  head.minor_version_ = 1;
  head.reason_begin_ = head.reason_length_ = 0;
  x.status = status;
  x.protocol = "HTTP/2";
  head.status_ = static_cast<std::int16_t>(status);
  for (const auto& [name, value] : fields) {
    const KnownHeader known = known_header(name);
    const auto begin = static_cast<std::uint32_t>(x.head_bytes.size());
    x.head_bytes.append(name).append(value);
    head.headers_.add(known, begin, static_cast<std::uint32_t>(name.size()),
                      begin + static_cast<std::uint32_t>(name.size()),
                      static_cast<std::uint32_t>(value.size()));
    if (known != KnownHeader::content_length) continue;
    // One, of digits: the session has seen to that.
    const auto [end, error] =
        std::from_chars(value.data(), value.data() + value.size(), head.content_length_);
    head.has_content_length_ = error == std::errc() && end == value.data() + value.size();
  }
  head.size_ = static_cast<std::uint32_t>(x.head_bytes.size());
  head.rebase(x.head_bytes.data());
}

Task<void> converse_http2(ClientExchange& x) {
  std::optional<int> status;
  while (true) {
    look_around(x);
    status = x.request->try_status();
    if (status) break;
    co_await x.request->changed();
  }
  x.received_any = true;
  if (*status >= 400) x.sender.reset();  // who refuses a request does not want the rest of it
  x.head_deadline = TimePoint::max();
  x.phase = ClientExchange::Phase::reading;
  take_http2_head(x, *status);
  x.decoder.reset();
  if (x.method != Method::head && *status != 204 && *status != 304) x.expect_body(x.head.content_length());
  std::string_view piece;
  if (x.streamed) {
    if (x.request->at_end()) finish(x);
    co_return;
  }
  for (Piece got = try_piece(x, piece); got != Piece::end; got = try_piece(x, piece)) {
    if (got == Piece::some) {
      x.expect_no_more_than(x.answer.size() + piece.size());
      x.answer += piece;
    } else {
      look_around(x);
      co_await x.request->changed();
    }
  }
  finish(x);
}

Task<std::string_view> read_http2_piece(ClientExchange& x) {
  std::string_view piece;
  for (Piece got = try_piece(x, piece); got != Piece::end; got = try_piece(x, piece)) {
    if (got == Piece::some) co_return piece;
    look_around(x);
    co_await x.request->changed();
  }
  finish(x);
  co_return std::string_view();
}

}  // namespace ngo::http

namespace ngo {

// Opens the stream: the session was found to take one, and nothing has waited since.
void HttpClient::Impl::begin_request(http::ClientExchange& x) const {
  static thread_local std::vector<std::pair<std::string_view, std::string_view>> fields;
  x.output.clear();
  write_fields(x, true);
  fields.clear();
  http::split_lines(x.output, fields);
  http::http2::RequestView view;
  view.method = to_string(x.method);
  view.scheme = x.url.secure() ? "https" : "http";
  view.authority = x.authority();
  view.path = x.url.target();
  view.fields = fields;
  if (!x.body_stream) view.body = x.body;
  x.request = x.session->session->try_open(view, !x.body_stream);
  if (!x.request) x.session->session->throw_ended();
  x.reused = std::exchange(x.session->used, true);
  x.output.clear();  // the body's pieces come here
  x.phase = http::ClientExchange::Phase::sending;
  x.sent_any = x.sent_all = x.received_any = false;
  x.answer.clear();
  if (x.body_stream) x.sender = std::make_unique<http::RequestSender>(x, 0);
}

}  // namespace ngo
