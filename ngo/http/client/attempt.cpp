#include <charconv>
#include <typeinfo>

#include "ngo/base/symbol_names.hpp"
#include "ngo/http/client/attempt_impl.hpp"
#include "ngo/http/client/exchange_impl.hpp"
#include "ngo/http/method.hpp"
#include "ngo/trace/redact.hpp"
#include "ngo/trace/tracer.hpp"

namespace ngo::http {
namespace {

constexpr int kFirstError = 400;

std::string_view label_of(Method method) noexcept {
  return method == Method::unknown ? "_OTHER" : to_string(method);
}

std::string_view version_of(const ClientExchange& x, bool answered) noexcept {
  if (!answered) return x.session != nullptr ? "2" : "1.1";
  if (x.protocol == "HTTP/2") return "2";
  return x.protocol == "HTTP/1.0" ? "1.0" : "1.1";
}

// Calls f with the URL as it may be shown; its text has no user information.
template <class F>
void with_shown_url(const Url& url, F f) {
  if (url.has_query()) {
    f(std::string_view(trace::redact_url(url.masked())));
  } else {
    f(std::string_view(url.text()));
  }
}

}  // namespace

telemetry::Calls attempts_of_client(Metrics& metrics) {
  telemetry::CallsOptions options;
  options.duration = "http.client.request.duration";
  options.in_flight = "http.client.active_requests";
  options.in_flight_unit = "{request}";
  options.counts_in_flight = false;  // an answer may be read long after its attempt
  options.description = "how long calls to other servers have taken";
  options.labels_describe = false;
  return {metrics, options};
}

telemetry::CallsTo attempts_to(const telemetry::Calls& calls, const Url& origin) {
  return calls.with({{"server.address", origin.host()}, {"server.port", origin.port()}});
}

Attempt::Attempt(const ClientExchange& x, const telemetry::CallsTo& calls, TimePoint now)
    : x_(x), call_(calls.begin_at(now, to_string(x.method), {{"http.request.method", label_of(x.method)}})) {
  if (!call_.span().live()) return;
  const trace::Tracer* const tracer = trace::Tracer::of_process();
  original_names_ = tracer != nullptr && tracer->original_names();
  if (original_names_) {
    describe_as_original();
  } else {
    describe();
  }
}

void Attempt::describe() {
  call_.attribute("http.request.method", label_of(x_.method));
  call_.attribute("server.address", x_.url.host());
  call_.attribute("server.port", x_.url.port());
  with_shown_url(x_.url, [&](std::string_view url) { call_.attribute("url.full", url); });
  if (x_.attempts > 1) call_.attribute("http.request.resend_count", x_.attempts - 1);
}

// By the names of the original, which had one span for each call; see docs/tracing.md.
void Attempt::describe_as_original() {
  call_.span().rename("httpclient");
  call_.attribute("span.kind", "client");
  call_.attribute("span.type", "HTTP_CLIENT");
  call_.attribute("span.plugin.type", "ngo");
  with_shown_url(x_.url, [&](std::string_view url) { call_.attribute("http.client.request.url", url); });
  call_.attribute("http.client.request.method", to_string(x_.method));
  call_.attribute("http.client.request.path", x_.url.path());
  call_.attribute("http.client.request.host", x_.authority());
}

// Whoever the bytes went to: the server, or its proxy.
void Attempt::tell_peer() {
  const Upstream& peer = *x_.server;
  call_.attribute("network.peer.address", peer.shown);
  if (!peer.address.bytes().empty()) call_.attribute("network.peer.port", peer.address.port());
}

void Attempt::answered(TimePoint now) {
  const std::string_view version = version_of(x_, true);
  call_.label("network.protocol.version", version).label("http.response.status_code", x_.status);
  if (call_.span().live()) {
    if (original_names_) {
      call_.attribute("http.client.response.status", x_.status);
    } else {
      tell_peer();
      call_.attribute("network.protocol.version", version);
      call_.attribute("http.response.status_code", x_.status);
    }
  }
  if (x_.status >= kFirstError) {
    char digits[8];
    const auto end = std::to_chars(digits, digits + sizeof digits, x_.status).ptr;
    call_.failed(std::string_view(digits, static_cast<std::size_t>(end - digits)));
  }
  call_.finish_at(now);
}

void Attempt::failed(const Error& failure, bool stale, TimePoint now) {
  const bool connected = x_.phase != ClientExchange::Phase::connecting;
  const std::string_view version = version_of(x_, false);
  call_.label("network.protocol.version", version);
  if (call_.span().live()) {
    if (original_names_) {
      call_.attribute("http.client.response.status", 0);
      call_.attribute("exception.name", readable_name(typeid(failure)));
      call_.attribute("exception.message", failure.what());
    } else {
      tell_peer();
      if (connected) call_.attribute("network.protocol.version", version);
    }
  }
  call_.failed(failure);
  if (stale) call_.forget();
  call_.finish_at(now);
}

}  // namespace ngo::http
