#include "ngo/http/request.hpp"

#include "ngo/http/content_type.hpp"
#include "ngo/http/cookie.hpp"
#include "ngo/http/exchange.hpp"
#include "ngo/http/problem.hpp"
#include "ngo/http/status.hpp"
#include "ngo/http/transaction.hpp"

namespace ngo {
namespace {

std::string either_of(std::initializer_list<std::string_view> names) {
  std::string text;
  for (std::string_view name : names) {
    if (!text.empty()) text += " or ";
    text += name;
  }
  return text;
}

// Coroutines that do not refer to the Body: a handler may return `body.text()`, and its parameter be gone.
Task<std::optional<std::string_view>> next_of(http::BodySource& source) {
  std::string_view piece = co_await source.read();
  if (piece.empty()) co_return std::nullopt;
  co_return piece;
}

Generator<std::string_view> pieces_of(http::BodySource& source) {
  for (;;) {
    std::string_view piece = co_await source.read();
    if (piece.empty()) co_return;
    co_yield piece;
  }
}

Task<std::string> text_of(http::BodySource& source) {
  std::string all;
  for (;;) {
    std::string_view piece = co_await source.read();
    if (piece.empty()) co_return all;
    all += piece;
  }
}

}  // namespace

void Request::begin(http::Transaction& transaction, http::Exchange& exchange, const char* route) noexcept {
  transaction_ = &transaction;
  exchange_ = &exchange;
  route_ = route;
  body_ = {};
}

http::Method Request::method() const noexcept { return exchange_->head.method(); }
std::string_view Request::method_name() const noexcept { return exchange_->head.method_name(); }
std::string_view Request::target() const noexcept { return exchange_->head.target(); }
std::string_view Request::path() const noexcept { return exchange_->head.path(); }
std::string_view Request::query() const noexcept { return exchange_->head.query(); }
int Request::major_version() const noexcept { return exchange_->head.major_version(); }
int Request::minor_version() const noexcept { return exchange_->head.minor_version(); }
std::string_view Request::host() const noexcept { return exchange_->head.authority(); }

std::optional<std::string_view> Request::header(std::string_view name) const noexcept {
  const http::HeaderTable& headers = exchange_->head.headers();
  std::size_t index = headers.find(name, 0);
  if (index == http::HeaderTable::kNone) return std::nullopt;
  return headers[index].value;
}

std::optional<std::string_view> Request::cookie(std::string_view name) const noexcept {
  const http::HeaderTable& headers = exchange_->head.headers();
  constexpr auto kCookie = http::KnownHeader::cookie;
  for (std::size_t at = headers.find(kCookie, 0); at != http::HeaderTable::kNone;
       at = headers.find(kCookie, at + 1)) {
    for (http::CookieReader reader(headers[at].value); reader.next();) {
      if (reader.name() == name) return reader.value();
    }
  }
  return std::nullopt;
}

std::string_view Request::negotiate(std::initializer_list<std::string_view> offered) const {
  const http::HeaderTable& headers = exchange_->head.headers();
  constexpr auto kAccept = http::KnownHeader::accept;
  std::vector<std::string_view> fields;
  for (std::size_t at = headers.find(kAccept, 0); at != http::HeaderTable::kNone;
       at = headers.find(kAccept, at + 1)) {
    fields.push_back(headers[at].value);
  }
  const std::optional<std::size_t> best =
      http::choose_media_type(fields, std::span(offered.begin(), offered.size()));
  if (best) return offered.begin()[*best];
  throw http::StatusError(status::kNotAcceptable, Code::invalid_argument,
                          "this address answers " + either_of(offered) + "; Accept takes none of that");
}

void Request::expect_content_type(std::initializer_list<std::string_view> expected) const {
  const std::optional<std::string_view> field = header("Content-Type");
  const std::optional<http::MediaType> type = field ? http::MediaType::parse(*field) : std::nullopt;
  if (type) {
    for (std::string_view each : expected) {
      if (type->is(each)) return;
    }
  }
  throw http::StatusError(
      status::kUnsupportedMediaType, Code::invalid_argument,
      (field ? "the body is " + in_quotes(*field) : std::string("the body has no Content-Type")) +
          "; this address takes " + either_of(expected));
}

std::size_t Request::header_count() const noexcept { return exchange_->head.headers().size(); }

std::pair<std::string_view, std::string_view> Request::header_at(std::size_t index) const noexcept {
  http::HeaderField field = exchange_->head.headers()[index];
  return {field.name, field.value};
}

std::string_view Request::path_parameter(std::size_t index) const noexcept {
  return exchange_->match.value(index, exchange_->decoded[index]);
}

std::optional<std::string_view> Request::path_parameter(std::string_view name) const noexcept {
  std::size_t index = exchange_->match.index_of(name);
  if (index == exchange_->match.size()) return std::nullopt;
  return path_parameter(index);
}

std::string_view Request::path_parameter_name(std::size_t index) const noexcept {
  return exchange_->match.name(index);
}

std::optional<std::string_view> Request::trailer(std::string_view name) const noexcept {
  const http::HeaderTable* fields = transaction_->request_trailers();
  std::size_t index = fields == nullptr ? http::HeaderTable::kNone : fields->find(name, 0);
  if (index == http::HeaderTable::kNone) return std::nullopt;
  return (*fields)[index].value;
}

std::string_view Request::id() const noexcept { return exchange_->id.text; }

void Request::add_timing(std::string_view name, Duration took, std::string_view description) {
  if (exchange_->route->steps.has(Step::server_timing))
    http::append_timing(exchange_->timings, name, took, description);
}

http::ErrorBody Request::error_body() const noexcept { return transaction_->error_body(); }
const http::MultipartLimits& Request::multipart_limits() const noexcept {
  return transaction_->multipart_limits();
}
Body Request::body_stream() noexcept { return Body(*transaction_); }
net::Address Request::client() const { return transaction_->client().address; }
std::string_view Request::scheme() const { return transaction_->client().secure ? "https" : "http"; }
const net::Address& Request::peer() const noexcept { return transaction_->peer(); }
const tls::Session* Request::tls() const noexcept { return transaction_->tls(); }
std::optional<tls::Certificate> Request::client_certificate() const {
  const tls::Session* const session = transaction_->tls();
  return session == nullptr ? std::nullopt : session->peer_certificate();
}
Context& Request::context() const noexcept { return exchange_->context; }

Task<std::optional<std::string_view>> Body::next() { return next_of(*source_); }
Generator<std::string_view> Body::pieces() { return pieces_of(*source_); }
Task<std::string> Body::text() { return text_of(*source_); }

}  // namespace ngo
