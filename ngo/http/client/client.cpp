#include "ngo/http/client/client.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "ngo/base/civil_time.hpp"
#include "ngo/base/duration.hpp"
#include "ngo/base/error.hpp"
#include "ngo/http/client/client_impl.hpp"
#include "ngo/http/client/failure_impl.hpp"
#include "ngo/http/status.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/detached.hpp"
#include "ngo/runtime/workers.hpp"
#include "ngo/version.hpp"

namespace ngo {
namespace {

using http::ClientExchange;
using http::KnownHeader;
using Phase = ClientExchange::Phase;

constexpr unsigned kMaxStale = 3;  // connections in a row that the server had closed

std::uint64_t random_number() noexcept {
  static thread_local std::uint64_t state = SpanId::generate().value;
  state ^= state << 13U;  // xorshift64
  state ^= state >> 7U;
  state ^= state << 17U;
  return state;
}

// For how long the server asks to be left alone; nothing when it does not.
std::optional<Duration> retry_after(const ClientExchange& x) {
  const std::string_view text = x.head.headers().get("Retry-After");
  if (text.empty()) return std::nullopt;
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && end == text.data() + text.size()) return std::chrono::seconds(seconds);
  return std::nullopt;
}

bool is_unwell(int status) noexcept {
  return status == status::kBadGateway || status == status::kServiceUnavailable ||
         status == status::kGatewayTimeout;
}

std::string_view name_of(Phase phase) noexcept {
  switch (phase) {
    case Phase::connecting: return "connecting";
    case Phase::sending: return "sending the request";
    case Phase::waiting: return "waiting for the response";
    case Phase::reading: break;
  }
  return "receiving the response";
}

}  // namespace

namespace http {

Error explain(const ClientExchange& x, const Error& failure, const CallLimits& limits) {
  if (failure.code() != Code::deadline_exceeded || !limits.timed_out())
    return x.failure(failure.code(), failure.message());
  const std::string during(name_of(x.phase));
  const auto after = [&](std::string_view what, Duration limit, std::string_view option) {
    std::string text(what);
    text.append(" within ").append(format_duration(limit)).append(" (").append(option).append(")");
    return x.failure(Code::deadline_exceeded, text);
  };
  if (limits.caller_ended())
    return x.failure(Code::deadline_exceeded, "the caller's deadline passed while " + during);
  const TimePoint now = EventLoop::current().now();
  if (x.head_deadline <= now) return after("no response", x.response_timeout, "responseTimeout");
  if (x.deadline <= now) return after("not done with " + during, x.timeout, "timeout");
  switch (x.phase) {
    case Phase::connecting: break;
    case Phase::sending: return after("no progress in sending the request", x.write_timeout, "writeTimeout");
    case Phase::waiting: return after("no response", x.read_timeout, "readTimeout");
    case Phase::reading: return after("no progress in receiving the response", x.read_timeout, "readTimeout");
  }
  return x.failure(failure.code(), failure.message());
}

// ---- one address of an origin

ServerPool::ServerPool(HttpClient::Impl& its_client, const Url& url, net::Address its_address)
    : client(its_client),
      origin(url),
      address(std::move(its_address)),
      pool(client.pool_options(*this), hooks()) {}

ConnectionPool::Hooks ServerPool::hooks() {
  ConnectionPool::Hooks hooks;
  hooks.open = [this] { return open_in_time(); };
  hooks.usable = [](std::unique_ptr<ClientConnection>& connection) { return connection->usable(); };
  return hooks;
}

Task<std::unique_ptr<ClientConnection>> ServerPool::open() {
  net::Socket socket = co_await net::connect(address);
  co_return std::make_unique<ClientConnection>(EventLoop::current(), std::move(socket));
}

Task<std::unique_ptr<ClientConnection>> ServerPool::open_in_time() {
  const Duration limit = client.options().connect_timeout;
  Task<std::unique_ptr<ClientConnection>> opening = open();
  if (limit <= Duration::zero()) co_return co_await std::move(opening);
  Context context(Context::current(), later(EventLoop::current().now(), limit));
  std::unique_ptr<ClientConnection> opened;
  try {
    opened = co_await with_context(context, std::move(opening));
  } catch (const Error& error) {
    if (error.code() != Code::deadline_exceeded || context.cause() != Code::deadline_exceeded) throw;
    throw Error(Code::unavailable, "cannot connect to " + address.to_string() + " within " +
                                       format_duration(limit) + " (connectTimeout)");
  }
  co_return opened;
}

namespace {

// Addresses and sockets as they are written.
class LiteralAddresses final : public EndpointSource {
 public:
  Task<EndpointList> find(std::string_view host, std::uint16_t port) override {
    EndpointList list;
    list.addresses.push_back(net::Address::parse(host, port));
    list.good_for = Duration::max();
    co_return list;
  }
};

// Drains and destroys a pool that no worker uses any more, while the workers go on.
Task<void> retire(ServerPool* retired) {
  std::unique_ptr<ServerPool> pool(retired);
  co_await pool->pool.drain(std::chrono::minutes(5));
}

}  // namespace
}  // namespace http

// ---- the client

HttpClient::Impl::Impl(HttpClientOptions options)
    : options_(std::move(options)), endpoints_(std::make_shared<http::LiteralAddresses>()) {
  static std::atomic<std::uint64_t> last_id{0};
  id_ = ++last_id;
  response_limits_.head_bytes = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(options_.read_buffer_size.bytes(), 16U * 1024 * 1024 - 1));
  rule_.balance = options_.balance;
  rule_.eject_after = options_.eject_after;
  rule_.eject_for = options_.eject_for;
  if (!options_.no_default_user_agent_header) {
    const std::string agent =
        options_.name.empty() || options_.name == "default" ? "ngo/" + std::string(kVersion) : options_.name;
    if (!http::is_field_value(agent))
      throw Error(Code::invalid_argument, "httpClient.name has a character that no header may have");
    user_agent_ = "User-Agent: " + agent + "\r\n";
  }
  if (!options_.deadline_header.empty() && !http::is_token(options_.deadline_header))
    throw Error(Code::invalid_argument, "httpClient.deadlineHeader is no header name");
  if (!options_.base_url.empty()) {
    const Url base(options_.base_url);
    if (base.has_query()) throw Error(Code::invalid_argument, "httpClient.baseUrl has a query");
    base_url_ = base.text();
    while (base_url_.ends_with('/')) base_url_.pop_back();
  }
}

HttpClient::Impl::~Impl() { closed_ = true; }

net::PoolOptions HttpClient::Impl::pool_options(const http::ServerPool& server) const {
  const auto or_never = [](Duration limit) { return limit <= Duration::zero() ? Duration::max() : limit; };
  net::PoolOptions pool;
  pool.name = "http:" + std::string(server.origin.authority());
  if (server.address.host() != server.origin.host()) pool.name += " at " + server.address.to_string();
  pool.max_size = options_.max_conns_per_host;
  pool.max_waiting = options_.max_conn_wait_timeout > Duration::zero() ? 100'000 : 0;
  pool.max_wait = options_.max_conn_wait_timeout;
  pool.idle_age = or_never(options_.max_idle_conn_duration);
  pool.max_age = or_never(options_.max_conn_duration);
  return pool;
}

http::Local& HttpClient::Impl::here() {
  struct Last {
    std::uint64_t client;
    http::Local* local;
    EventLoop* loop;
  };
  static constinit thread_local Last last{0, nullptr, nullptr};
  EventLoop* loop = &EventLoop::current();
  if (last.client == id_ && last.loop == loop) return *last.local;
  const std::lock_guard lock(mutex_);
  http::Local* found = nullptr;
  for (auto& local : locals_) {
    if (&local->loop == loop) found = local.get();
  }
  if (found == nullptr) {
    locals_.push_back(std::make_unique<http::Local>(*loop));
    found = locals_.back().get();
  }
  last = {id_, found, loop};
  return *found;
}

http::Origin& HttpClient::Impl::origin_of(const Url& url) {
  http::Local& local = here();
  auto found = local.origins.find(url.origin());
  if (found == local.origins.end()) {
    Url bare = url.join("/");
    auto made = std::make_unique<http::Origin>(bare, rule_, options_.retry_budget);
    found = local.origins.emplace(std::string(url.origin()), std::move(made)).first;
  }
  return *found->second;
}

std::shared_ptr<http::ServerPool> HttpClient::Impl::pool_of(const http::Origin& origin,
                                                            const net::Address& address) {
  std::string key(origin.url.origin());
  key.append(1, ' ').append(address.to_string());
  const std::lock_guard lock(mutex_);
  std::weak_ptr<http::ServerPool>& known = pools_[key];
  if (auto pool = known.lock()) return pool;
  std::shared_ptr<http::ServerPool> made(new http::ServerPool(*this, origin.url, address),
                                         [this](http::ServerPool* pool) {
                                           if (closed_ || EventLoop::current_or_null() == nullptr) {
                                             delete pool;
                                           } else {
                                             spawn_detached(http::retire(pool));
                                           }
                                         });
  known = made;
  return made;
}

Task<void> HttpClient::Impl::find_servers(http::Origin& origin) {
  const TimePoint now = EventLoop::current().now();
  http::EndpointList list;
  std::exception_ptr error;
  try {
    if (!origin.url.socket_path().empty()) {
      list.addresses.push_back(net::Address::parse("unix:" + origin.url.socket_path(), 0));
      list.good_for = Duration::max();
    } else {
      list = co_await endpoints_->find(origin.url.host(), origin.url.port());
    }
  } catch (const Error&) {
    // What was found before serves on.
    if (origin.balancer.servers().empty()) throw;
    origin.good_until = later(now, std::chrono::seconds(1));
    co_return;
  }
  if (list.addresses.empty()) {
    throw Error(Code::unavailable, "there is no server for \"" + std::string(origin.url.host()) + "\"");
  }
  origin.balancer.assign(list.addresses);
  for (const auto& server : origin.balancer.servers()) {
    if (!server->connections) server->connections = pool_of(origin, server->address);
  }
  origin.good_until = later(now, list.good_for);
}

void HttpClient::Impl::write_head(ClientExchange& x) const {
  std::string& out = x.output;
  out.clear();
  out.append(to_string(x.method)).append(1, ' ').append(x.url.target()).append(" HTTP/1.1\r\n");
  if (!x.own_host) {
    out.append("Host: ");
    out.append(x.url.socket_path().empty() ? x.url.authority() : "localhost").append("\r\n");
  }
  if (!x.own_user_agent) out += user_agent_;
  if (x.decompress) out += "Accept-Encoding: gzip, br, zstd\r\n";
  out.append(x.fields).append(x.private_fields);
  if (x.has_body) {
    out += x.body_fields;
    if (x.body_stream && !x.body_stream_length) {
      out += "Transfer-Encoding: chunked\r\n";
    } else {
      char digits[20];
      const std::uint64_t length = x.body_stream ? *x.body_stream_length : x.body.size();
      const auto end = std::to_chars(digits, digits + sizeof digits, length).ptr;
      out.append("Content-Length: ").append(digits, end).append("\r\n");
    }
  } else if (x.method == http::Method::post || x.method == http::Method::put ||
             x.method == http::Method::patch) {
    out += "Content-Length: 0\r\n";
  }
  if (options_.propagate) propagate(x);
  out += "\r\n";
}

// What the Context of the caller says to those who work for it.
void HttpClient::Impl::propagate(ClientExchange& x) const {
  std::string& out = x.output;
  const Context& context = Context::current();
  if (const TraceIdentity trace = context.trace(); trace.valid()) {
    const SpanId span = trace.span.valid() ? trace.span : SpanId::generate();
    out.append("traceparent: 00-").append(trace.trace.to_string()).append(1, '-');
    out.append(span.to_string()).append("-01\r\n");
  }
  context.each_log_field([&out](std::string_view name, std::string_view value) {
    if (name == "request_id" && http::is_field_value(value))
      out.append("X-Request-Id: ").append(value).append("\r\n");
  });
  if (options_.deadline_header.empty()) return;
  TimePoint until = x.deadline;
  if (const auto deadline = context.deadline()) until = std::min(until, *deadline);
  if (until == TimePoint::max()) return;
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(until - EventLoop::current().now()).count();
  out.append(options_.deadline_header).append(": ");
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, std::max<std::int64_t>(left, 1)).ptr);
  out.append("ms\r\n");
}

// Whether the response sends the call elsewhere, and where (RFC 9110 section 15.4).
bool HttpClient::Impl::redirect(ClientExchange& x) const {
  const int status = x.status;
  if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308) return false;
  if (x.max_redirects == 0) return false;
  const std::string_view location = x.head.headers().get("Location");
  if (location.empty()) return false;
  if (x.redirects >= x.max_redirects)
    throw Error(Code::internal, "more than " + std::to_string(x.max_redirects) + " redirects");
  Url next = x.url.join(location);
  if (x.url.secure() && !next.secure())
    throw Error(Code::internal,
                "a redirect leads from https to " + next.masked() + ", which is not followed");
  if (next.socket_path() != x.url.socket_path())
    throw Error(Code::internal, "a redirect leads to a Unix socket, which is not followed");
  if (next.origin() != x.url.origin()) {
    x.private_fields.clear();
    x.own_host = false;
  }
  const bool to_get =
      status == 303 ? x.method != http::Method::head : status <= 302 && x.method == http::Method::post;
  if (to_get) {
    x.method = http::Method::get;
    x.has_body = false;
    x.body.clear();
    x.body_fields.clear();
    x.body_stream = nullptr;
  }
  x.url = std::move(next);
  ++x.redirects;
  return true;
}

Task<HttpResponse> HttpClient::Impl::run(http::ClientExchangePointer owned) {
  ClientExchange& x = *owned;
  std::optional<Error> failed;
  try {
    co_await call(x);
  } catch (const Error& error) {
    x.lease.discard();
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
  co_return HttpResponse(std::move(owned));
}

Task<void> HttpClient::Impl::call(ClientExchange& x) {
  if (x.timeout > Duration::zero()) x.deadline = later(EventLoop::current().now(), x.timeout);
  http::Origin* origin = &origin_of(x.url);
  origin->retries.earn();
  const http::Endpoint* avoid = nullptr;
  unsigned stale = 0;
  for (unsigned tries = 1;; ++tries) {
    std::optional<Error> failed;
    Duration pause{};
    {
      http::CallLimits limits(x);
      try {
        co_await attempt(x, *origin, avoid);
        if (redirect(x)) {
          origin = &origin_of(x.url);
          avoid = nullptr;
          tries = 0;
          continue;
        }
        const bool again = (is_unwell(x.status) || x.status == status::kTooManyRequests) && x.may_repeat();
        if (!again || tries >= x.max_attempts) co_return;
        const auto asked = retry_after(x);
        if (asked && *asked > options_.max_retry_after) co_return;
        if (!origin->retries.spend()) co_return;
        pause = asked.value_or(Duration::zero());
      } catch (const Error& error) {
        x.lease.discard();
        failed = http::explain(x, error, limits);
        if (limits.caller_ended() || error.code() == Code::cancelled || closed_) throw *failed;
        // A connection that the server closed while nothing was asked of it says nothing about the server.
        const bool nothing_happened = !x.sent_any || x.may_repeat();
        if (x.reused && !x.received_any && nothing_happened && error.code() == Code::unavailable &&
            x.phase != Phase::connecting && stale < kMaxStale) {
          ++stale;
          --tries;
          continue;
        }
        const bool in_time = error.code() != Code::deadline_exceeded ||
                             (x.phase == Phase::waiting && x.deadline > EventLoop::current().now());
        const bool may = error.code() == Code::unavailable || error.code() == Code::deadline_exceeded;
        if (!may || !in_time || !nothing_happened || tries >= x.max_attempts || !origin->retries.spend())
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

Task<void> HttpClient::Impl::attempt(ClientExchange& x, http::Origin& origin, const http::Endpoint* avoid) {
  const TimePoint begun = EventLoop::current().now();
  x.phase = Phase::connecting;
  x.sent_any = x.received_any = x.reused = false;
  x.limit(Duration::zero());
  if (closed_) throw Error(Code::unavailable, "this HTTP client is closed");
  if (origin.good_until <= begun) co_await find_servers(origin);
  x.server = origin.balancer.choose(begun, random_number(), avoid);
  http::Endpoint& server = *x.server;
  struct InFlight {
    explicit InFlight(http::Endpoint& of) noexcept : endpoint(of) { ++endpoint.in_flight; }
    ~InFlight() { --endpoint.in_flight; }
    http::Endpoint& endpoint;
  } in_flight(server);
  http::ConnectionPool& pool = server.connections->pool;
  ++x.attempts;
  write_head(x);
  try {
    x.lease = pool.try_checkout();
    if (!x.lease) x.lease = co_await pool.checkout();
    co_await converse(x);
  } catch (const Error& error) {
    const bool stale = x.reused && !x.received_any && x.phase != Phase::connecting;
    if (!stale && error.code() != Code::cancelled) origin.balancer.failed(server, EventLoop::current().now());
    throw;
  }
  const TimePoint ended = EventLoop::current().now();
  if (is_unwell(x.status)) {
    origin.balancer.failed(server, ended);
  } else {
    origin.balancer.succeeded(server, ended - begun);
  }
}

Task<void> HttpClient::Impl::close(Duration limit) {
  closed_ = true;
  std::vector<std::shared_ptr<http::ServerPool>> pools;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [key, pool] : pools_) {
      if (auto alive = pool.lock()) pools.push_back(std::move(alive));
    }
  }
  for (auto& pool : pools) co_await pool->pool.drain(limit);
}

// ---- HttpClient

HttpClient::HttpClient(HttpClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
HttpClient::~HttpClient() = default;
const HttpClientOptions& HttpClient::options() const noexcept { return impl_->options(); }
void HttpClient::set_endpoints(std::shared_ptr<http::EndpointSource> source) {
  impl_->set_endpoints(std::move(source));
}
Task<void> HttpClient::close(Duration limit) { return impl_->close(limit); }

}  // namespace ngo
