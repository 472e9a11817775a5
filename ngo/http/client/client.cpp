#include "ngo/http/client/client.hpp"

#include <openssl/crypto.h>
#include <sys/socket.h>

#include <algorithm>

#include "ngo/base/error.hpp"
#include "ngo/http/client/client_impl.hpp"
#include "ngo/http/client/http2_sessions_impl.hpp"
#include "ngo/http/headers.hpp"
#include "ngo/net/connect.hpp"
#include "ngo/net/resolver.hpp"
#include "ngo/runtime/blocking.hpp"
#include "ngo/runtime/detached.hpp"
#include "ngo/runtime/workers.hpp"
#include "ngo/version.hpp"

namespace ngo {
namespace {

// Drains and destroys a pool that no worker uses any more, while the workers go on.
Task<void> retire(http::ServerPool* retired) {
  std::unique_ptr<http::ServerPool> pool(retired);
  co_await pool->pool.drain(std::chrono::minutes(5));
}

}  // namespace

BreakerRule HttpBreakerOptions::rule_of(std::string resource) const {
  BreakerRule rule;
  rule.resource = std::move(resource);
  rule.strategy = strategy;
  rule.retry_timeout_ms = retry_timeout_ms;
  rule.min_request_amount = min_request_amount;
  rule.stat_interval_ms = stat_interval_ms;
  rule.stat_sliding_window_bucket_count = stat_sliding_window_bucket_count;
  rule.max_allowed_rt_ms = max_allowed_rt_ms;
  rule.threshold = threshold;
  rule.probe_num = probe_num;
  return rule;
}

HttpClient::Impl::Impl(HttpClientOptions options)
    : options_(std::move(options)),
      limits_(options_),
      proxies_(options_.proxy, options_.no_proxy, options_.proxy_from_environment) {
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
  if (options_.cookies) cookies_ = std::make_unique<http::CookieJar>();
  if (!options_.deadline_header.empty() && !http::is_token(options_.deadline_header))
    throw Error(Code::invalid_argument, "httpClient.deadlineHeader is no header name");
  const tls::ClientContextOptions& files = options_.tls;
  if (!files.ca.empty() || !files.cert.empty() || !files.crl.empty() || !files.key.empty())
    tls_ = std::make_shared<tls::ClientContext>(files);  // what is wrong with its files is said at once
  if (!options_.base_url.empty()) {
    const Url base(options_.base_url);
    if (base.has_query()) throw Error(Code::invalid_argument, "httpClient.baseUrl has a query");
    base_url_ = base.text();
    while (base_url_.ends_with('/')) base_url_.pop_back();
  }
}

void http::ClientLimits::set(const HttpClientOptions& options) noexcept {
  connect_timeout = options.connect_timeout;
  write_timeout = options.write_timeout;
  response_timeout = options.response_timeout;
  read_timeout = options.read_timeout;
  timeout = options.timeout;
  max_conns_per_host = options.max_conns_per_host;
  max_attempts = options.max_idemponent_call_attempts;
  max_redirects = options.max_redirects;
  max_body = options.max_response_body_size.bytes();
}

void HttpClient::Impl::apply(const HttpClientOptions& next) {
  const std::lock_guard lock(mutex_);
  limits_.set(next);
  for (auto& [key, known] : pools_) {
    if (const std::shared_ptr<http::ServerPool> pool = known.lock())
      pool->pool.set_max_size(next.max_conns_per_host);
  }
}

HttpClient::Impl::~Impl() { closed_ = true; }

net::PoolOptions HttpClient::Impl::pool_options(const http::ServerPool& server) const {
  const auto or_never = [](Duration limit) { return limit <= Duration::zero() ? Duration::max() : limit; };
  net::PoolOptions pool;
  pool.name = pool.group = "http:" + std::string(server.origin.url.authority());
  if (server.address.host() != server.origin.url.host()) pool.name += " at " + server.address.to_string();
  pool.max_size = limits_.max_conns_per_host;
  pool.max_waiting = options_.max_conn_wait_timeout > Duration::zero() ? 100'000 : 0;
  pool.max_wait = options_.max_conn_wait_timeout;
  pool.idle_age = or_never(options_.max_idle_conn_duration);
  pool.max_age = or_never(options_.max_conn_duration);
  return pool;
}

void HttpClient::Impl::set_metrics(Metrics& metrics) {
  calls_ = http::attempts_of_client(metrics);
  open_connections_ = metrics.on_collect([this](metrics::Collector& out) { collect(out); });
}

std::vector<std::shared_ptr<http::ServerPool>> HttpClient::Impl::pools() const {
  std::vector<std::shared_ptr<http::ServerPool>> found;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, pool] : pools_) {
    if (auto alive = pool.lock()) found.push_back(std::move(alive));
  }
  return found;
}

void HttpClient::Impl::collect(metrics::Collector& out) {
  struct Open {
    std::size_t active = 0;
    std::size_t idle = 0;
  };
  std::map<std::pair<std::string, std::uint16_t>, Open> by_server;
  for (const auto& pool : pools()) {
    const net::PoolStats stats = pool->pool.stats();
    Open& open = by_server[{std::string(pool->origin.url.host()), pool->origin.url.port()}];
    open.active += stats.in_use;
    open.idle += stats.idle;
  }
  for (const auto& [server, open] : by_server) {
    const metrics::LabelView address{"server.address", std::string_view(server.first)};
    const metrics::LabelView port{"server.port", server.second};
    out.add(http::kOpenConnections, open.active, {address, port, {"http.connection.state", "active"}});
    out.add(http::kOpenConnections, open.idle, {address, port, {"http.connection.state", "idle"}});
  }
}

std::shared_ptr<http::Local> HttpClient::Impl::here() {
  struct Last {
    std::uint64_t client;
    std::weak_ptr<http::Local> local;
    EventLoop* loop;
  };
  static thread_local Last last{0, {}, nullptr};
  EventLoop* loop = &EventLoop::current();
  if (last.client == id_ && last.loop == loop && !closed_) {
    if (auto local = last.local.lock()) return local;
  }
  if (closed_) throw Error(Code::unavailable, "this HTTP client is closed");
  const std::lock_guard lock(mutex_);
  std::shared_ptr<http::Local> found;
  for (auto& local : locals_) {
    if (&local->loop == loop) found = local;
  }
  if (!found) {
    found = std::make_shared<http::Local>(*loop);
    locals_.push_back(found);
  }
  last = {id_, found, loop};
  return found;
}

http::Origin& HttpClient::Impl::origin_of(http::Local& local, const Url& url) {
  auto found = local.origins.find(url.origin());
  if (found == local.origins.end()) {
    Url bare = url.join("/");
    auto made = std::make_unique<http::Origin>(bare, rule_);
    made->retries = budget_of(url.origin());
    made->calls = http::attempts_to(calls_, bare);
    made->active = made->calls.in_flight();
    made->set_proxy(proxies_.proxy_of(bare));
    found = local.origins.emplace(std::string(url.origin()), std::move(made)).first;
  }
  return *found->second;
}

CircuitBreaker& HttpClient::Impl::breaker(std::string_view resource) {
  const std::lock_guard lock(mutex_);
  const auto known = breakers_.find(resource);
  if (known != breakers_.end()) return *known->second;
  auto made = std::make_unique<CircuitBreaker>(options_.breaker.rule_of(std::string(resource)));
  return *breakers_.emplace(resource, std::move(made)).first->second;
}

std::vector<CircuitBreaker*> HttpClient::Impl::breakers() const {
  std::vector<CircuitBreaker*> found;
  const std::lock_guard lock(mutex_);
  found.reserve(breakers_.size());
  for (const auto& [resource, breaker] : breakers_) found.push_back(breaker.get());
  return found;
}

std::vector<std::pair<std::string, RetryBudget*>> HttpClient::Impl::retry_budgets() const {
  std::vector<std::pair<std::string, RetryBudget*>> found;
  const std::lock_guard lock(mutex_);
  found.reserve(budgets_.size());
  for (const auto& [origin, budget] : budgets_) found.emplace_back(origin, budget.get());
  return found;
}

std::shared_ptr<RetryBudget> HttpClient::Impl::budget_of(std::string_view origin) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<RetryBudget>& budget = budgets_[std::string(origin)];
  if (!budget) {
    RetryBudgetOptions options;
    options.ratio = options_.retry_budget;
    budget = std::make_shared<RetryBudget>(options);
  }
  return budget;
}

std::shared_ptr<http::ServerPool> HttpClient::Impl::pool_of(const http::Origin& origin,
                                                            const net::Address& address) {
  std::string key(origin.url.origin());
  key.append(1, ' ').append(address.to_string());
  const std::lock_guard lock(mutex_);
  std::weak_ptr<http::ServerPool>& known = pools_[key];
  if (auto pool = known.lock()) return pool;
  std::shared_ptr<http::ServerPool> made(new http::ServerPool(*this, origin, address),
                                         [this](http::ServerPool* pool) {
                                           if (closed_ || EventLoop::current_or_null() == nullptr) {
                                             delete pool;
                                           } else {
                                             spawn_detached(retire(pool));
                                           }
                                         });
  known = made;
  return made;
}

Task<std::shared_ptr<tls::ClientContext>> HttpClient::Impl::tls() {
  {
    const std::lock_guard lock(mutex_);
    if (tls_) co_return tls_;
  }
  // The system's roots are a large file.
  const auto make = [this] {
    auto context = std::make_shared<tls::ClientContext>(options_.tls);
    OPENSSL_thread_stop();  // what OpenSSL keeps for this thread would outlive OpenSSL at the process's end
    return context;
  };
  std::shared_ptr<tls::ClientContext> made = co_await blocking(make);
  const std::lock_guard lock(mutex_);
  if (!tls_) tls_ = std::move(made);
  co_return tls_;
}

net::Socket HttpClient::Impl::take_spare(const net::Address& address) {
  const std::shared_ptr<http::Local> local = here();
  http::SpareSocket spare = std::exchange(local->spare, {});
  const bool fresh = EventLoop::current().now() - spare.opened < std::chrono::milliseconds(500);
  return spare.address == address && fresh ? std::move(spare.socket) : net::Socket();
}

// By DNS. Where a name has addresses of both families, a race decides which one works from here (RFC 8305),
// and calls are spread over the addresses of that one.
Task<http::UpstreamList> HttpClient::Impl::look_up(http::Origin& origin, const Url& asked) {
  const std::shared_ptr<http::Local> local = here();
  if (!resolver_ && !local->resolver) local->resolver = std::make_unique<net::Resolver>(local->loop);
  net::Resolver& resolver = resolver_ ? resolver_() : *local->resolver;
  net::Resolved found = co_await resolver.resolve(asked.host());
  http::UpstreamList list;
  list.good_for = std::max<Duration>(found.ttl, std::chrono::seconds(1));
  const auto count = [&found](net::Address::Family family) {
    return std::count_if(found.addresses.begin(), found.addresses.end(),
                         [family](const net::Address& address) { return address.family() == family; });
  };
  const bool mixed = count(net::Address::Family::ipv4) > 0 && count(net::Address::Family::ipv6) > 0;
  if (mixed && (origin.family == net::Address::Family::none || origin.balancer.all_failing())) {
    net::Socket winner = co_await net::connect(resolver, asked.host(), asked.port());
    sockaddr_storage native{};
    socklen_t length = sizeof native;
    getpeername(winner.descriptor(), reinterpret_cast<sockaddr*>(&native), &length);
    const net::Address peer = net::Address::from_native(reinterpret_cast<sockaddr*>(&native), length);
    origin.family = peer.family();
    local->spare = {std::move(winner), peer, EventLoop::current().now()};
  }
  for (const net::Address& address : found.addresses) {
    if (mixed && address.family() != origin.family) continue;
    list.addresses.push_back(net::Address::from_bytes(address.bytes(), asked.port()));
  }
  co_return list;
}

Task<void> HttpClient::Impl::find_servers(http::Origin& origin) {
  const TimePoint now = EventLoop::current().now();
  http::UpstreamList list;
  std::exception_ptr error;
  try {
    const Url& asked = origin.proxy ? *origin.proxy : origin.url;
    if (!origin.url.socket_path().empty()) {
      list.addresses.push_back(net::Address::parse("unix:" + origin.url.socket_path(), 0));
      list.good_for = Duration::max();
    } else if (upstreams_ && !origin.proxy) {
      list = co_await upstreams_->find(asked.host(), asked.port());
    } else {
      list = co_await look_up(origin, asked);
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
    if (server->connections) continue;
    server->connections = pool_of(origin, server->address);
    const bool http2 =
        options_.http2 == Http2Use::only || (options_.http2 == Http2Use::automatic && origin.url.secure());
    if (http2) server->sessions = std::make_shared<http::SessionGroup>(server->connections);
  }
  origin.good_until = later(now, list.good_for);
}

Task<void> HttpClient::Impl::close(Duration limit) {
  closed_ = true;
  const std::vector<std::shared_ptr<http::ServerPool>> open = pools();
  std::vector<std::shared_ptr<http::Local>> locals;
  {
    const std::lock_guard lock(mutex_);
    locals.swap(locals_);
  }
  // What belongs to a loop ends there.
  const auto on_each = [&locals](void (*f)(std::shared_ptr<http::Local>&)) -> Task<void> {
    for (auto& local : locals) {
      EventLoop& loop = local->loop;
      const auto there = [&local, f]() -> Task<void> {
        f(local);
        co_return;
      };
      if (&loop == &EventLoop::current()) {
        f(local);
      } else {
        co_await run_on(loop, there);
      }
    }
  };
  co_await on_each([](std::shared_ptr<http::Local>& local) {
    for (auto& [name, origin] : local->origins) {
      for (const auto& server : origin->balancer.servers()) {
        if (server->sessions) server->sessions->retire();
      }
    }
  });
  for (const auto& pool : open) co_await pool->pool.drain(limit);
  co_await on_each([](std::shared_ptr<http::Local>& local) { local.reset(); });
}

// ---- HttpClient

HttpClient::HttpClient(HttpClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
HttpClient::~HttpClient() = default;
const HttpClientOptions& HttpClient::options() const noexcept { return impl_->options(); }
void HttpClient::apply(const HttpClientOptions& next) { impl_->apply(next); }
void HttpClient::set_resolver(std::function<net::Resolver&()> here) { impl_->set_resolver(std::move(here)); }
void HttpClient::set_metrics(Metrics& metrics) { impl_->set_metrics(metrics); }
void HttpClient::set_traced(bool traced) { impl_->set_traced(traced); }
void HttpClient::set_upstreams(std::shared_ptr<http::UpstreamSource> source) {
  impl_->set_upstreams(std::move(source));
}
CircuitBreaker& HttpClient::breaker(std::string_view resource) { return impl_->breaker(resource); }
std::vector<CircuitBreaker*> HttpClient::breakers() const { return impl_->breakers(); }
std::vector<std::pair<std::string, RetryBudget*>> HttpClient::retry_budgets() const {
  return impl_->retry_budgets();
}
std::vector<net::PoolView> HttpClient::pools() const {
  std::vector<net::PoolView> views;
  for (const auto& pool : impl_->pools()) views.push_back(pool->pool.view());
  return views;
}
Task<void> HttpClient::close(Duration limit) { return impl_->close(limit); }

}  // namespace ngo
