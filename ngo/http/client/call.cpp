// Building a call.
#include "ngo/base/error.hpp"
#include "ngo/base/text.hpp"
#include "ngo/codec/base64.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/codec/url.hpp"
#include "ngo/config/secret.hpp"
#include "ngo/http/client/client.hpp"
#include "ngo/http/client/client_impl.hpp"
#include "ngo/http/client/exchange_impl.hpp"
#include "ngo/http/client/multipart_body.hpp"
#include "ngo/http/headers.hpp"

namespace ngo {
namespace {

using http::KnownHeader;

void add_line(std::string& to, std::string_view name, std::string_view value) {
  to.append(name).append(": ").append(value).append("\r\n");
}

bool is_framing(std::string_view name, KnownHeader known) noexcept {
  switch (known) {
    case KnownHeader::connection:
    case KnownHeader::content_length:
    case KnownHeader::expect:
    case KnownHeader::keep_alive:
    case KnownHeader::te:
    case KnownHeader::transfer_encoding:
    case KnownHeader::upgrade: return true;
    default: return equals_ignoring_case(name, "Proxy-Connection");
  }
}

}  // namespace

HttpCall HttpClient::begin(http::Method method, std::string_view url,
                           std::span<const UrlArgument* const> arguments) {
  http::ClientExchangePointer made = http::ClientExchange::make();
  http::ClientExchange& x = *made;
  std::string expanded;
  if (!arguments.empty() || url.find('{') != std::string_view::npos) {
    expanded = http::expand_url(url, arguments);
    url = expanded;
  }
  if (url.starts_with('/')) {
    if (impl_->base_url().empty()) {
      throw Error(Code::invalid_argument, "the URL \"" + std::string(url) +
                                              "\" has no host; write it out, or set httpClient.baseUrl");
    }
    x.url.assign(impl_->base_url() + std::string(url));
  } else {
    x.url.assign(url);
  }
  x.client = impl_.get();
  x.method = method;
  const http::ClientLimits& limits = impl_->limits();
  x.timeout = limits.timeout.load(std::memory_order_relaxed);
  x.write_timeout = limits.write_timeout.load(std::memory_order_relaxed);
  x.response_timeout = limits.response_timeout.load(std::memory_order_relaxed);
  x.read_timeout = limits.read_timeout.load(std::memory_order_relaxed);
  x.max_body = limits.max_body.load(std::memory_order_relaxed);
  x.max_attempts = limits.max_attempts.load(std::memory_order_relaxed);
  x.max_redirects = limits.max_redirects.load(std::memory_order_relaxed);
  x.decompress = impl_->options().decompress;
  if (!x.url.user_info().empty()) {
    std::string decoded;
    if (!url::decode_path(x.url.user_info(), decoded)) decoded = x.url.user_info();
    add_line(x.private_fields, "Authorization", "Basic " + base64::encode(decoded));
    x.own_authorization = true;
  }
  return HttpCall(std::move(made));
}

HttpCall&& HttpCall::query(std::string_view name, const UrlArgument& value) {
  exchange_->url.add_query(name, value.text());
  return std::move(*this);
}

HttpCall&& HttpCall::header(std::string_view name, std::string_view value) {
  http::ClientExchange& x = *exchange_;
  if (!http::is_token(name)) {
    throw Error(Code::invalid_argument, "\"" + std::string(name) +
                                            "\" is no header name; it is made of letters, digits and "
                                            "!#$%&'*+-.^_`|~ alone");
  }
  if (!http::is_field_value(value)) {
    throw Error(Code::invalid_argument,
                "the value of the header \"" + std::string(name) + "\" has a control character");
  }
  const KnownHeader known = http::known_header(name);
  // TE: trailers says nothing of the connection, and gRPC asks for it (RFC 9110 section 10.1.4).
  if (is_framing(name, known) && !(known == KnownHeader::te && value == "trailers")) {
    throw Error(Code::invalid_argument, "the header \"" + std::string(name) +
                                            "\" is set by the client itself, as it follows from the body and "
                                            "the connection");
  }
  // X-Api-Key, X-Consul-Token: a redirect to another origin must not carry them there.
  if (known == KnownHeader::other && config::is_secret_name(name)) {
    add_line(x.private_fields, name, value);
    return std::move(*this);
  }
  switch (known) {
    case KnownHeader::authorization:
      x.own_authorization = true;
      add_line(x.private_fields, name, value);
      return std::move(*this);
    case KnownHeader::proxy_authorization: add_line(x.private_fields, name, value); return std::move(*this);
    case KnownHeader::cookie:
      x.own_cookie = true;
      add_line(x.private_fields, name, value);
      return std::move(*this);
    case KnownHeader::content_type:
      x.body_fields.clear();
      add_line(x.body_fields, name, value);
      return std::move(*this);
    case KnownHeader::content_encoding:
    case KnownHeader::content_range: add_line(x.body_fields, name, value); return std::move(*this);
    case KnownHeader::host: x.host = value; return std::move(*this);
    case KnownHeader::user_agent: x.own_user_agent = true; break;
    case KnownHeader::accept_encoding:
      x.own_accept_encoding = true;
      x.decompress = false;
      break;
    default: break;
  }
  add_line(x.fields, name, value);
  return std::move(*this);
}

HttpCall&& HttpCall::basic_auth(std::string_view user, std::string_view password) {
  std::string text(user);
  text.append(1, ':').append(password);
  return header("Authorization", "Basic " + base64::encode(text));
}

HttpCall&& HttpCall::bearer(std::string_view token) {
  return header("Authorization", "Bearer " + std::string(token));
}

HttpCall&& HttpCall::body(std::string bytes, std::string_view content_type) {
  exchange_->body = std::move(bytes);
  exchange_->body_stream = nullptr;
  exchange_->has_body = true;
  exchange_->is_form = false;
  return content_type.empty() ? std::move(*this) : header("Content-Type", content_type);
}

HttpCall&& HttpCall::set_json(const Type& type, const void* value) {
  http::ClientExchange& x = *exchange_;
  x.body.clear();
  json::write(x.body, type, value);
  x.body_stream = nullptr;
  x.has_body = true;
  x.is_form = false;
  x.body_fields = "Content-Type: application/json\r\n";
  return std::move(*this);
}

HttpCall&& HttpCall::form(std::string_view name, const UrlArgument& value) {
  http::ClientExchange& x = *exchange_;
  if (!x.is_form) {
    x.body.clear();
    x.body_stream = nullptr;
    x.has_body = x.is_form = true;
    x.body_fields = "Content-Type: application/x-www-form-urlencoded\r\n";
  }
  if (!x.body.empty()) x.body += '&';
  x.body.append(url::encode_query(name)).append(1, '=').append(url::encode_query(value.text()));
  return std::move(*this);
}

HttpCall&& HttpCall::body(Stream stream, std::string_view content_type, std::optional<std::uint64_t> length) {
  exchange_->body.clear();
  exchange_->body_stream = std::move(stream);
  exchange_->body_stream_length = length;
  exchange_->has_body = true;
  exchange_->is_form = false;
  return header("Content-Type", content_type);
}

HttpCall&& HttpCall::multipart(HttpMultipart form) {
  const std::string type = form.content_type();
  const std::uint64_t size = form.size();
  auto shared = std::make_shared<const HttpMultipart>(std::move(form));
  return body([shared](BodyWriter& writer) { return shared->write(writer); }, type, size);
}

unsigned HttpCall::most_attempts() const noexcept { return exchange_->max_attempts; }

HttpCall&& HttpCall::timeout(Duration limit) {
  exchange_->timeout = limit;
  return std::move(*this);
}
HttpCall&& HttpCall::response_timeout(Duration limit) {
  exchange_->response_timeout = limit;
  return std::move(*this);
}
HttpCall&& HttpCall::read_timeout(Duration limit) {
  exchange_->read_timeout = limit;
  exchange_->own_read_timeout = true;
  return std::move(*this);
}
HttpCall&& HttpCall::idempotent() {
  exchange_->repeatable = true;
  return std::move(*this);
}
HttpCall&& HttpCall::attempts(unsigned most) {
  exchange_->max_attempts = most == 0 ? 1 : most;
  return std::move(*this);
}
HttpCall&& HttpCall::redirects(unsigned most) {
  exchange_->max_redirects = most;
  return std::move(*this);
}
HttpCall&& HttpCall::max_body(std::uint64_t bytes) {
  exchange_->max_body = bytes;
  return std::move(*this);
}
HttpCall&& HttpCall::no_decompression() {
  exchange_->decompress = false;
  return std::move(*this);
}
HttpCall&& HttpCall::set_fallback(Fallback fallback) {
  exchange_->fallback = std::move(fallback);
  return std::move(*this);
}

HttpCall&& HttpCall::set_breaker(std::string resource, Fallback fallback) {
  if (resource.empty()) throw Error(Code::invalid_argument, "the resource of a circuit breaker has no name");
  exchange_->resource = std::move(resource);
  exchange_->when_it_is_open = std::move(fallback);
  return std::move(*this);
}
HttpCall&& HttpCall::circuit_breaker(std::string resource) {
  return set_breaker(std::move(resource), nullptr);
}

HttpCall HttpCall::again() const {
  http::ClientExchangePointer made = http::ClientExchange::make();
  made->copy_call(*exchange_);
  return HttpCall(std::move(made));
}

Task<HttpResponse> HttpCall::send() {
  if (!exchange_) throw Error(Code::internal, "an HTTP call can run once");
  HttpClient::Impl& client = *exchange_->client;
  return client.run(std::move(exchange_));
}

Task<HttpStream> HttpCall::stream() {
  if (!exchange_) throw Error(Code::internal, "an HTTP call can run once");
  exchange_->streamed = true;
  return stream_task(send());
}

Task<HttpStream> HttpCall::stream_task(Task<HttpResponse> task) {
  HttpResponse response = co_await std::move(task);
  co_return HttpStream(std::move(response.exchange_));
}

}  // namespace ngo
