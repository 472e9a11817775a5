#include "ngo/http/client/response.hpp"

#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/http/client/exchange_impl.hpp"
#include "ngo/http/client/failure_impl.hpp"
#include "ngo/http/status.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo {
namespace {

constexpr std::size_t kShownOfBody = 200;

// The first bytes of a body, fit for a line of a log.
std::string shown(std::string_view body) {
  std::string text;
  for (const char byte : body.substr(0, kShownOfBody)) {
    const auto value = static_cast<unsigned char>(byte);
    text += value < 0x20 || value == 0x7f ? ' ' : byte;
  }
  if (body.size() > kShownOfBody) text += "...";
  return text;
}

Code code_of(int status) noexcept {
  if (status == status::kGatewayTimeout || status == status::kRequestTimeout) return Code::deadline_exceeded;
  if (status == status::kTooManyRequests || status == status::kBadGateway ||
      status == status::kServiceUnavailable)
    return Code::unavailable;
  return Code::internal;
}

}  // namespace

HttpResponse::HttpResponse() : exchange_(http::ClientExchange::make()) {}
HttpResponse::HttpResponse(int status, std::string body) : HttpResponse() {
  exchange_->status = status;
  exchange_->answer = std::move(body);
}

int HttpResponse::status() const noexcept { return exchange_->status; }
std::optional<std::string_view> HttpResponse::header(std::string_view name) const noexcept {
  const auto& headers = exchange_->head.headers();
  const std::size_t index = headers.find(name, 0);
  if (index == http::HeaderTable::kNone) return std::nullopt;
  return headers[index].value;
}
std::size_t HttpResponse::header_count() const noexcept { return exchange_->head.headers().size(); }
std::pair<std::string_view, std::string_view> HttpResponse::header_at(std::size_t index) const noexcept {
  const http::HeaderField field = exchange_->head.headers()[index];
  return {field.name, field.value};
}
std::optional<std::string_view> HttpResponse::trailer(std::string_view name) const noexcept {
  for (const auto& [its_name, value] : exchange_->trailers) {
    if (equals_ignoring_case(its_name, name)) return value;
  }
  return std::nullopt;
}
const std::vector<std::pair<std::string, std::string>>& HttpResponse::trailers() const noexcept {
  return exchange_->trailers;
}
const std::string& HttpResponse::text() const& {
  exchange_->convert_answer();
  return exchange_->answer;
}
std::string HttpResponse::text() && {
  exchange_->convert_answer();
  return std::move(exchange_->answer);
}
std::string HttpResponse::describe(std::string_view text) const { return exchange_->describe(text); }
const Url& HttpResponse::url() const noexcept { return exchange_->url; }
unsigned HttpResponse::redirects() const noexcept { return exchange_->redirects; }
std::string_view HttpResponse::protocol() const noexcept { return exchange_->protocol; }
unsigned HttpResponse::attempts() const noexcept { return exchange_->attempts; }
bool HttpResponse::degraded() const noexcept { return exchange_->degraded; }

void HttpResponse::set_json(const Type& type, const void* value) {
  exchange_->answer.clear();
  json::write(exchange_->answer, type, value);
}

void HttpResponse::read_json_text(std::string_view from, const Type& type, void* value) const {
  json::ReadOptions options;
  options.ignore_unknown = true;
  Problems problems;
  if (json::parse_into(type, value, from, options, problems)) return;
  throw exchange_->failure(Code::internal, "the response is not the JSON that was expected: " +
                                               std::string(InvalidInput(std::move(problems)).what()));
}

void HttpResponse::require_ok() const {
  if (ok()) return;
  std::string said = "answered " + std::to_string(status());
  if (const auto phrase = http::reason_phrase(status()); !phrase.empty()) said.append(1, ' ').append(phrase);
  if (!text().empty()) said.append(": ").append(shown(text()));
  throw HttpError(code_of(status()), exchange_->describe(said), status());
}

Task<std::optional<std::string_view>> HttpStream::receive() {
  http::ClientExchange& x = *exchange_;
  if (!x.open()) co_return std::nullopt;
  std::string_view piece;
  std::exception_ptr error;
  {
    http::CallLimits limits(x);
    try {
      piece = co_await http::read_piece(x);
    } catch (const Error& failure) {
      x.drop();
      error = std::make_exception_ptr(http::explain(x, failure, limits));
    }
  }
  if (error) std::rethrow_exception(error);
  if (piece.empty()) co_return std::nullopt;
  co_return piece;
}

Task<std::optional<std::string>> HttpStream::line(std::size_t most) {
  while (true) {
    const std::size_t end = pending_.find('\n', taken_);
    if (end != std::string::npos) {
      std::string found = pending_.substr(taken_, end - taken_);
      taken_ = end + 1;
      if (found.ends_with('\r')) found.pop_back();
      co_return found;
    }
    pending_.erase(0, taken_);
    taken_ = 0;
    if (pending_.size() > most)
      throw Error(Code::internal, describe("a line has more than " + std::to_string(most) + " bytes"));
    const auto piece = co_await receive();
    if (piece) {
      pending_ += *piece;
      continue;
    }
    if (pending_.empty()) co_return std::nullopt;
    co_return std::exchange(pending_, std::string());
  }
}

Task<std::optional<std::string_view>> HttpStream::next() {
  if (taken_ < pending_.size()) {  // what line() has left
    given_ = std::exchange(pending_, std::string()).substr(taken_);
    taken_ = 0;
    co_return std::string_view(given_);
  }
  co_return co_await receive();
}

Task<std::string> HttpStream::rest() {
  std::string all;
  while (auto piece = co_await next()) all += *piece;
  co_return all;
}

}  // namespace ngo
