#include "ngo/http/client/attempt_span_impl.hpp"

#include <charconv>

#include "ngo/http/client/exchange_impl.hpp"
#include "ngo/http/method.hpp"
#include "ngo/trace/redact.hpp"

namespace ngo::http {
namespace {

constexpr int kFirstError = 400;

}  // namespace

AttemptSpan::AttemptSpan(const ClientExchange& x)
    : x_(x), span_(to_string(x.method), trace::SpanKind::client) {
  if (!span_.live()) return;
  span_.attribute("http.request.method", to_string(x.method));
  span_.attribute("server.address", x.url.host());
  span_.attribute("server.port", x.url.port());
  const std::string& url = x.url.text();
  if (url.find_first_of("@?") == std::string::npos) {
    span_.attribute("url.full", url);
  } else {
    span_.attribute("url.full", trace::redact_url(x.url.masked()));
  }
  if (x.attempts > 1) span_.attribute("http.request.resend_count", x.attempts - 1);
}

void AttemptSpan::end() {
  span_.attribute("http.response.status_code", x_.status);
  if (x_.status >= kFirstError) {
    char digits[8];
    const auto end = std::to_chars(digits, digits + sizeof digits, x_.status).ptr;
    span_.attribute("error.type", std::string_view(digits, static_cast<std::size_t>(end - digits)));
    span_.status(trace::SpanStatus::error);
  }
  span_.finish();
}

void AttemptSpan::end(const Error& failure) {
  if (failure.code() != Code::cancelled) span_.exception(failure);
  span_.finish();
}

}  // namespace ngo::http
