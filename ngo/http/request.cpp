#include "ngo/http/request.hpp"

#include "ngo/http/connection.hpp"
#include "ngo/http/exchange.hpp"

namespace ngo {

void Request::begin(http::Connection& connection, http::Exchange& exchange, const char* route) noexcept {
  connection_ = &connection;
  exchange_ = &exchange;
  route_ = route;
  body_ = {};
}

http::Method Request::method() const noexcept { return exchange_->head.method(); }
std::string_view Request::method_name() const noexcept { return exchange_->head.method_name(); }
std::string_view Request::target() const noexcept { return exchange_->head.target(); }
std::string_view Request::path() const noexcept { return exchange_->head.path(); }
std::string_view Request::query() const noexcept { return exchange_->head.query(); }
int Request::minor_version() const noexcept { return exchange_->head.minor_version(); }
std::string_view Request::host() const noexcept { return exchange_->head.authority(); }

std::optional<std::string_view> Request::header(std::string_view name) const noexcept {
  const http::HeaderTable& headers = exchange_->head.headers();
  std::size_t index = headers.find(name, 0);
  if (index == http::HeaderTable::kNone) return std::nullopt;
  return headers[index].value;
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
  const http::HeaderTable* fields = connection_->request_trailers();
  std::size_t index = fields == nullptr ? http::HeaderTable::kNone : fields->find(name, 0);
  if (index == http::HeaderTable::kNone) return std::nullopt;
  return (*fields)[index].value;
}

std::string_view Request::id() const noexcept { return exchange_->id.text; }

void Request::add_timing(std::string_view name, Duration took, std::string_view description) {
  if (exchange_->route->steps.has(Step::server_timing))
    http::append_timing(exchange_->timings, name, took, description);
}

Body Request::body_stream() noexcept { return Body(*connection_); }
net::Address Request::client() const { return connection_->client().address; }
std::string_view Request::scheme() const { return connection_->client().secure ? "https" : "http"; }
const net::Address& Request::peer() const noexcept { return connection_->peer(); }
Context& Request::context() const noexcept { return exchange_->context; }

Task<std::optional<std::string_view>> Body::next() {
  std::string_view piece = co_await source_->read();
  if (piece.empty()) co_return std::nullopt;
  co_return piece;
}

Task<std::string> Body::text() {
  std::string all;
  for (;;) {
    std::string_view piece = co_await source_->read();
    if (piece.empty()) co_return all;
    all += piece;
  }
}

}  // namespace ngo
