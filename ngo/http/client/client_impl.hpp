// What stands behind an HttpClient: one Impl in the process, one Local for each loop that calls, one Origin
// in it for each server name, and one ServerPool in the process for each address of an origin. For the
// sources of the client only.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ngo/http/client/attempt_impl.hpp"
#include "ngo/http/client/client.hpp"
#include "ngo/http/client/cookie_jar.hpp"
#include "ngo/http/client/exchange_impl.hpp"
#include "ngo/http/client/proxy.hpp"
#include "ngo/http/client/response_parser.hpp"
#include "ngo/http/client/single_flight_impl.hpp"
#include "ngo/http/client/upstreams.hpp"
#include "ngo/net/resolver.hpp"
#include "ngo/net/tls_context.hpp"
#include "ngo/resilience/retry_budget.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo::http {

inline constexpr unsigned kMaxInterim = 16;  // responses (1xx) before the one that counts

// A host as one worker sees it.
struct Origin {
  Origin(const Url& its_url, const Balancer::Rule& rule) : url(its_url), balancer(rule) {}
  void set_proxy(const Url* through);

  Url url;
  std::optional<Url> proxy;
  std::string proxy_authorization;                           // a whole field line
  net::Address::Family family = net::Address::Family::none;  // that connects quickest
  Balancer balancer;
  std::shared_ptr<RetryBudget> retries;  // shared with the other workers
  telemetry::CallsTo calls;
  metrics::UpDownCounter active;
  TimePoint good_until{};
  SingleFlight finding;
};

// The connections to one address of an origin.
struct ServerPool {
  ServerPool(HttpClient::Impl& client, const Origin& origin, net::Address address);
  Task<std::unique_ptr<ClientConnection>> open();
  Task<std::unique_ptr<ClientConnection>> open_in_time();
  ConnectionPool::Hooks hooks();

  HttpClient::Impl& client;
  Origin origin;  // its URL and proxy
  net::Address address;
  ConnectionPool pool;
};

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
};

// A connection that a race between address families has left over.
struct SpareSocket {
  net::Socket socket;
  net::Address address;
  TimePoint opened{};
};

// Of the options those that may change while calls run. Each call reads them once, where it needs them.
struct ClientLimits {
  using Time = std::atomic<std::chrono::milliseconds>;
  explicit ClientLimits(const HttpClientOptions& options) noexcept { set(options); }
  void set(const HttpClientOptions& options) noexcept;

  Time connect_timeout{};
  Time write_timeout{};
  Time response_timeout{};
  Time read_timeout{};
  Time timeout{};
  std::atomic<std::uint32_t> max_conns_per_host{0};
  std::atomic<std::uint32_t> max_attempts{0};
  std::atomic<std::uint32_t> max_redirects{0};
  std::atomic<std::uint64_t> max_body{0};
};

// What one loop has of a client.
struct Local {
  explicit Local(EventLoop& its_loop) : loop(its_loop) {}
  EventLoop& loop;
  std::unique_ptr<net::Resolver> resolver;
  SpareSocket spare;
  std::unordered_map<std::string, std::unique_ptr<Origin>, TextHash, std::equal_to<>> origins;
};

}  // namespace ngo::http

namespace ngo {

class HttpClient::Impl {
 public:
  explicit Impl(HttpClientOptions options);
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl();

  // As they were at the start; what may change is in limits().
  [[nodiscard]] const HttpClientOptions& options() const noexcept { return options_; }
  [[nodiscard]] const http::ClientLimits& limits() const noexcept { return limits_; }
  void apply(const HttpClientOptions& next);
  [[nodiscard]] const http::ResponseLimits& response_limits() const noexcept { return response_limits_; }
  // "User-Agent: ...\r\n", or nothing.
  [[nodiscard]] const std::string& user_agent() const noexcept { return user_agent_; }
  [[nodiscard]] const std::string& base_url() const noexcept { return base_url_; }
  // Null: cookies are not kept.
  [[nodiscard]] http::CookieJar* cookies() const noexcept { return cookies_.get(); }

  [[nodiscard]] net::PoolOptions pool_options(const http::ServerPool& server) const;

  [[nodiscard]] Task<HttpResponse> run(http::ClientExchangePointer exchange);
  [[nodiscard]] CircuitBreaker& breaker(std::string_view resource);
  [[nodiscard]] std::vector<std::shared_ptr<http::ServerPool>> pools() const;
  [[nodiscard]] std::vector<CircuitBreaker*> breakers() const;
  [[nodiscard]] std::vector<std::pair<std::string, RetryBudget*>> retry_budgets() const;
  [[nodiscard]] Task<void> warm_up(Url url, std::size_t connections);
  [[nodiscard]] Task<void> close(Duration limit);
  [[nodiscard]] Task<std::shared_ptr<tls::ClientContext>> tls();
  // The socket that a race has left over for this address, if it is fresh; none otherwise.
  [[nodiscard]] net::Socket take_spare(const net::Address& address);
  void set_resolver(std::function<net::Resolver&()> here) { resolver_ = std::move(here); }
  void set_upstreams(std::shared_ptr<http::UpstreamSource> source) { upstreams_ = std::move(source); }
  void set_metrics(Metrics& metrics);
  void set_traced(bool traced) noexcept { traced_ = traced; }

 private:
  std::shared_ptr<http::Local> here();
  http::Origin& origin_of(http::Local& local, const Url& url);
  Task<void> find_servers(http::Origin& origin);
  std::shared_ptr<RetryBudget> budget_of(std::string_view origin);
  std::shared_ptr<http::ServerPool> pool_of(const http::Origin& origin, const net::Address& address);
  Task<void> attempt(http::ClientExchange& x, http::Origin& origin, const http::Upstream* avoid);
  Task<void> call(http::ClientExchange& x);
  Task<void> call_through_breaker(http::ClientExchange& x);
  bool redirect(http::ClientExchange& x) const;
  void write_head(http::ClientExchange& x, const http::Origin& origin) const;
  void write_fields(http::ClientExchange& x, bool http2) const;
  void begin_request(http::ClientExchange& x) const;
  Task<http::UpstreamList> look_up(http::Origin& origin, const Url& asked);
  void propagate(http::ClientExchange& x) const;
  void take_cookies(const http::ClientExchange& x) const;
  void collect(metrics::Collector& out);

  HttpClientOptions options_;
  http::ClientLimits limits_;
  http::ResponseLimits response_limits_;
  http::Balancer::Rule rule_;
  std::string user_agent_;
  std::string base_url_;
  http::ProxyRules proxies_;
  std::unique_ptr<http::CookieJar> cookies_;  // when asked for
  std::uint64_t id_;
  std::shared_ptr<http::UpstreamSource> upstreams_;
  std::function<net::Resolver&()> resolver_;
  std::atomic<bool> closed_{false};
  mutable std::mutex mutex_;  // of what follows
  std::shared_ptr<tls::ClientContext> tls_;
  std::vector<std::shared_ptr<http::Local>> locals_;
  std::map<std::string, std::weak_ptr<http::ServerPool>, std::less<>> pools_;
  std::map<std::string, std::shared_ptr<RetryBudget>, std::less<>> budgets_;  // by origin
  std::map<std::string, std::unique_ptr<CircuitBreaker>, std::less<>> breakers_;
  telemetry::Calls calls_;
  bool traced_ = true;
  metrics::Collection open_connections_;  // last: it reads the others
};

}  // namespace ngo
