// A call from its first attempt to its last.
#include <algorithm>
#include <optional>

#include "ngo/base/error.hpp"
#include "ngo/base/id.hpp"
#include "ngo/base/text.hpp"
#include "ngo/codec/charset.hpp"
#include "ngo/http/client/attempt_impl.hpp"
#include "ngo/http/client/client_impl.hpp"
#include "ngo/http/client/failure_impl.hpp"
#include "ngo/http/client/http2_sessions_impl.hpp"
#include "ngo/http/content_type.hpp"
#include "ngo/http/retry_after.hpp"
#include "ngo/http/status.hpp"
#include "ngo/resilience/circuit_breaker.hpp"
#include "ngo/resilience/retry_after.hpp"
#include "ngo/runtime/wait.hpp"
#include "ngo/trace/span.hpp"

namespace ngo {
namespace {

using http::ClientExchange;
using Phase = ClientExchange::Phase;

constexpr unsigned kMaxStale = 3;  // connections in a row that the server had closed

std::uint64_t random_number() noexcept {
  static thread_local std::uint64_t state = SpanId::generate().value;
  state ^= state << 13U;  // xorshift64
  state ^= state >> 7U;
  state ^= state << 17U;
  return state;
}

bool is_unwell(int status) noexcept {
  return status == status::kBadGateway || status == status::kServiceUnavailable ||
         status == status::kGatewayTimeout;
}

bool is_text(const http::MediaType& type) {
  if (equals_ignoring_case(type.type(), "text")) return true;
  const std::string_view suffix = type.subtype().substr(type.subtype().rfind('+') + 1);
  return equals_ignoring_case(suffix, "json") || equals_ignoring_case(suffix, "xml");
}

// Text in another encoding becomes UTF-8; what cannot is given back as it came.
void make_utf8(ClientExchange& x) {
  const std::string_view field = x.head.headers().get("Content-Type");
  if (field.find(';') == std::string_view::npos || x.answer.empty()) return;
  const auto type = http::MediaType::parse(field);
  if (!type || !is_text(*type)) return;
  const auto charset = type->parameter("charset");
  if (!charset) return;
  if (equals_ignoring_case(*charset, "utf-8")) {
    if (x.answer.starts_with("\xef\xbb\xbf")) x.answer.erase(0, 3);
    return;
  }
  const std::size_t most = x.max_body != 0 ? x.max_body : std::string::npos;
  if (auto text = to_utf8(x.answer, *charset, most)) x.answer = std::move(*text);
}

}  // namespace

Task<HttpResponse> HttpClient::Impl::run(http::ClientExchangePointer owned) {
  ClientExchange& x = *owned;
  std::optional<Error> failed;
  const bool guarded = !x.resource.empty() || options_.breaker.enabled;
  try {
    if (guarded) {
      co_await call_through_breaker(x);
    } else {
      co_await call(x);
    }
  } catch (const Error& error) {
    x.drop();
    if (!x.fallback || error.code() == Code::cancelled) throw;
    failed = error;
  }
  if (x.fallback) {
    if (!failed) {
      const std::string_view downgraded = x.head.headers().get("X-Downgrade-Status");
      if (!downgraded.empty()) {
        failed = x.failure(Code::unavailable,
                           "the server is degraded (X-Downgrade-Status: " + std::string(downgraded) + ")");
      } else if (x.status >= 500 || x.status == status::kTooManyRequests) {
        failed = x.failure(Code::unavailable, "answered " + std::to_string(x.status));
      }
    }
    if (failed) {
      HttpResponse instead = co_await x.fallback(*failed);
      instead.exchange_->degraded = true;
      instead.exchange_->method = x.method;
      instead.exchange_->url = x.url;
      co_return instead;
    }
  }
  if (x.open()) {
    x.deadline = TimePoint::max();  // the limit of the whole ends with a stream's head
  } else {
    x.server.reset();  // a response may be kept for longer than the client
    if (x.decompress) make_utf8(x);
  }
  co_return HttpResponse(std::move(owned));
}

Task<void> HttpClient::Impl::call_through_breaker(ClientExchange& x) {
  CircuitBreaker& its = breaker(x.resource.empty() ? x.url.origin() : std::string_view(x.resource));
  CircuitBreaker::Pass pass = its.try_enter();
  if (!pass) {
    if (x.when_it_is_open) x.fallback = std::move(x.when_it_is_open);
    const BreakerState state = its.state();
    Error refused = x.failure(Code::unavailable, "the circuit breaker \"" + state.rule.resource +
                                                     "\" is open: recent calls failed, or were slow");
    set_retry_after(refused, state.until_probe);
    throw set_not_called(refused, "circuit breaker");
  }
  try {
    co_await call(x);
  } catch (const Error& error) {
    pass.ended_with(error.code());
    throw;
  }
  if (x.status >= 500) {
    pass.failed();
  } else {
    pass.succeeded();
  }
}

Task<void> HttpClient::Impl::call(ClientExchange& x) {
  if (x.timeout > Duration::zero()) x.deadline = later(EventLoop::current().now(), x.timeout);
  const std::shared_ptr<http::Local> local = here();
  http::Origin* origin = &origin_of(*local, x.url);
  origin->retries->called();
  const http::Upstream* avoid = nullptr;
  unsigned stale = 0;
  for (unsigned tries = 1;; ++tries) {
    std::optional<Error> failed;
    Duration pause{};
    {
      http::CallLimits limits(x);
      try {
        co_await attempt(x, *origin, avoid);
        take_cookies(x);
        if (redirect(x)) {
          origin = &origin_of(*local, x.url);
          avoid = nullptr;
          tries = 0;
          continue;
        }
        const bool again = http::is_passing(x.status) && x.may_repeat();
        if (!again || tries >= x.max_attempts) co_return;
        const auto asked =
            http::parse_retry_after(x.head.headers().get("Retry-After"), EventLoop::current().wall());
        if (asked && *asked > options_.max_retry_after) co_return;
        if (!origin->retries->take()) co_return;
        pause = asked.value_or(Duration::zero());
      } catch (const Error& error) {
        x.drop();
        failed = http::explain(x, error, limits);
        if (limits.caller_ended() || error.code() == Code::cancelled || closed_) throw *failed;
        // A connection that the server closed while nothing was asked of it says nothing about the server.
        const bool nothing_happened = !x.sent_any || x.may_repeat() || x.unprocessed;
        const bool says_nothing = (x.reused && !x.received_any && nothing_happened) || x.unprocessed;
        if (says_nothing && error.code() == Code::unavailable && x.phase != Phase::connecting &&
            stale < kMaxStale) {
          ++stale;
          --tries;
          continue;
        }
        const bool in_time = error.code() != Code::deadline_exceeded ||
                             (x.phase == Phase::waiting && x.deadline > EventLoop::current().now());
        const bool may = error.code() == Code::unavailable || error.code() == Code::deadline_exceeded;
        if (!may || !in_time || !nothing_happened || tries >= x.max_attempts || !origin->retries->take())
          throw *failed;
      }
    }
    avoid = x.server.get();
    // Exponential backoff with full jitter.
    const Duration most = options_.retry_backoff * (1U << std::min(tries - 1, 10U));
    if (most > Duration::zero())
      pause = std::max(pause, Duration(static_cast<Duration::rep>(random_number() %
                                                                  static_cast<std::uint64_t>(most.count()))));
    const TimePoint until = later(EventLoop::current().now(), pause);
    const auto callers = Context::current().deadline();
    if (until >= x.deadline || (callers && until >= *callers)) {
      if (failed) throw *failed;
      co_return;
    }
    co_await sleep_until(until);
  }
}

Task<void> HttpClient::Impl::attempt(ClientExchange& x, http::Origin& origin, const http::Upstream* avoid) {
  const TimePoint begun = EventLoop::current().now();
  x.drop();  // a stream that is not to be read: of a redirect, of an answer that is asked for again
  x.phase = Phase::connecting;
  x.sent_any = x.received_any = x.reused = x.unprocessed = false;
  x.head_deadline = TimePoint::max();
  x.limit(limits_.connect_timeout.load());  // for looking up the name; a connection has the limit for itself
  if (closed_) throw Error(Code::unavailable, "this HTTP client is closed");
  while (origin.good_until <= begun) {
    co_await origin.finding.run(find_servers(origin));
    if (!origin.balancer.servers().empty()) break;
  }
  x.limit(Duration::zero());
  x.server = origin.balancer.choose(begun, random_number(), avoid);
  http::Upstream& server = *x.server;
  x.in_flight.begin(x.server, origin.active);
  http::ConnectionPool& pool = server.connections->pool;
  ++x.attempts;
  std::optional<trace::Untraced> untraced;
  if (!traced_) untraced.emplace();
  http::Attempt told(x, origin.calls, begun);
  try {
    if (server.sessions) {
      http::SessionGroup::Way way = co_await server.sessions->take();
      x.lease = std::move(way.lease);
      x.session = std::move(way.session);
      if (x.session) begin_request(x);
    } else {
      x.lease = pool.try_checkout();
      if (!x.lease) x.lease = co_await pool.checkout();
    }
    if (x.lease) write_head(x, origin);
    co_await converse(x);
  } catch (const Error& error) {
    if (x.request) note_end_of_request(x);
    const bool stale = x.unprocessed || (x.reused && !x.received_any && x.phase != Phase::connecting &&
                                         error.code() == Code::unavailable);
    const TimePoint failed = EventLoop::current().now();
    told.failed(error, stale, failed);
    // Perhaps the host has moved, or its other address family is the one that works from here.
    if (x.phase == Phase::connecting && origin.balancer.all_failing()) origin.good_until = begun;
    if (!stale && error.code() != Code::cancelled) origin.balancer.failed(server, failed);
    throw;
  }
  const TimePoint ended = EventLoop::current().now();
  told.answered(ended);
  if (is_unwell(x.status)) {
    origin.balancer.failed(server, ended);
  } else {
    origin.balancer.succeeded(server, ended - begun);
  }
}

}  // namespace ngo
