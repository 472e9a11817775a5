#include "ngo/http/server.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <exception>

#include "ngo/base/civil_time.hpp"
#include "ngo/base/thrown.hpp"
#include "ngo/http/connection.hpp"
#include "ngo/log/log.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::http {
namespace {

// What the process may hold open, less some for its files and its own calls to others.
std::int64_t descriptor_budget() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 1'000'000;
  auto total = static_cast<std::int64_t>(limit.rlim_cur);
  return std::max<std::int64_t>(total - std::max<std::int64_t>(64, total / 10), 16);
}

}  // namespace

Server::Server(ServerOptions options, const RouteTable& routes, std::vector<EventLoop*> loops)
    : Server(std::move(options), routes, std::move(loops), Parts()) {}

Server::Server(ServerOptions options, const RouteTable& routes, std::vector<EventLoop*> loops, Parts parts)
    : access_sink_(std::move(parts.access_log)),
      registry_(parts.metrics),
      metrics_compat_(parts.metrics_compat),
      tracing_(std::move(parts.tracing)),
      maintenance_(parts.maintenance ? std::move(parts.maintenance) : std::make_shared<Maintenance>()) {
  // The table is somebody else's.
  settings_ = prepare(std::move(options),
                      std::shared_ptr<const RouteTable>(std::shared_ptr<const RouteTable>(), &routes));
  maintenance_->configure(settings_->options.middlewares.maintenance);
  most_connections_ = std::min<std::int64_t>(settings_->options.max_connections, descriptor_budget());
  if (tracing_ != nullptr) group_traces(routes);
  make_tls();
  for (EventLoop* loop : loops) shards_.push_back(std::make_unique<Shard>(*this, *loop));
}

Server::~Server() = default;

void Server::group_traces(const RouteTable& routes) {
  trace::Tracer& tracer = tracing_->tracer();
  for (std::size_t i = 0; i < routes.size(); ++i) traces_.push_back(&tracer.group(routes.route(i).name));
  traces_.push_back(&tracer.group(routes.fallback().name));
}

// Calls f(shard) on the thread of each shard and waits for all, but not for ever: a worker that is held by a
// handler must not hold the stop as well. An exception of one is thrown.
template <class F>
Task<void> Server::on_each(F f) {
  struct Calls {
    std::atomic<std::size_t> left;
    std::atomic<bool> failed{false};
    std::exception_ptr error;  // of the first that failed; read when none is left
  };
  auto calls = std::make_shared<Calls>();
  calls->left = shards_.size();
  for (auto& shard : shards_) {
    auto call = [calls, f, here = shard.get()] {
      try {
        f(*here);
      } catch (...) {
        if (!calls->failed.exchange(true)) calls->error = std::current_exception();
      }
      calls->left.fetch_sub(1);
    };
    if (&shard->loop() == &EventLoop::current()) {
      call();
    } else {
      shard->loop().post(std::move(call));
    }
  }
  const TimePoint patience = EventLoop::current().now() + std::chrono::seconds(1);
  while (calls->left > 0 && EventLoop::current().now() < patience)
    co_await sleep(std::chrono::milliseconds(1));
  if (calls->left == 0 && calls->error) std::rethrow_exception(calls->error);
}

std::shared_ptr<const ServerSettings> Server::prepare(ServerOptions options,
                                                      std::shared_ptr<const RouteTable> routes) {
  auto made =
      std::make_shared<ServerSettings>(std::move(options), std::move(routes), access_sink_, settings_.get());
  if (registry_ != nullptr && made->steps.on().has(Step::metrics)) {
    if (!metrics_) metrics_ = std::make_unique<ServerMetrics>(*registry_, *made->routes);
    if (!url_statistics_ && metrics_compat_ != MetricsCompat::none)
      url_statistics_ = std::make_unique<UrlStatistics>(*registry_, metrics_compat_);
    made->metrics = metrics_.get();
    made->url_statistics = url_statistics_.get();
  }
  if (made->steps.on().has(Step::tracing)) made->tracing = tracing_;
  return made;
}

Task<void> Server::apply(std::shared_ptr<const ServerSettings> settings) {
  const bool was_under_maintenance = settings_->options.middlewares.maintenance.enabled;
  settings_ = std::move(settings);
  const ServerOptions& options = settings_->options;
  most_connections_ = std::min<std::int64_t>(options.max_connections, descriptor_budget());
  // What was switched by hand stays unless the configuration says something new.
  if (options.middlewares.maintenance.enabled != was_under_maintenance) {
    if (was_under_maintenance) {
      maintenance_->end();
    } else {
      maintenance_->begin();
    }
  }
  auto take = [taken = settings_](Shard& shard) { shard.take_settings(taken); };
  co_await on_each(take);
}

Task<void> Server::start() {
  // sendfile() has no flag against it, and no client that hangs up may end the process.
  std::signal(SIGPIPE, SIG_IGN);
  net::Address wanted = net::Address::parse(settings_->options.host, settings_->options.port);
  const bool share = shards_.size() > 1 && wanted.family() != net::Address::Family::unix_path;
  // Sockets that share a port would share it with another process as well, which could only be a mistake.
  if (share && wanted.port() != 0) net::Socket::check_free(wanted);
  // All are bound before one accepts, so that nothing is served by a server whose start fails.
  std::vector<net::Socket> sockets;
  sockets.push_back(net::Socket::listen(wanted, share));
  address_ = sockets.front().local();
  if (share) {
    net::Address same = net::Address::parse(settings_->options.host, address_.port());
    while (sockets.size() < shards_.size()) sockets.push_back(net::Socket::listen(same, true));
  }
  // A Unix socket is one for all: the first worker accepts and hands over.
  for (std::size_t i = 0; i < sockets.size(); ++i) shards_[i]->take_socket(std::move(sockets[i]));
  auto listen = [](Shard& shard) { shard.listen(); };
  co_await on_each(listen);
  watch_certificates();
}

Task<void> Server::announce_stop() {
  auto drain = [](Shard& shard) { shard.drain(); };
  co_await on_each(drain);
}

Task<std::size_t> Server::stop(Duration limit) {
  if (std::exchange(stopped_, true)) co_return 0;
  co_await leave_certificates();
  const TimePoint end = EventLoop::current().now() + limit;
  auto stop_accepting = [](Shard& shard) { shard.stop_accepting(); };
  co_await on_each(stop_accepting);
  // Handshakes that had begun come to their end.
  if (limit > Duration::zero() && !hurried_)
    co_await sleep(std::min<Duration>(limit, std::chrono::milliseconds(100)));
  auto close = [](Shard& shard) {
    shard.close_listener();
    shard.drain();
  };
  co_await on_each(close);
  while (connections() > 0 && !hurried_ && EventLoop::current().now() < end) {
    co_await sleep(std::chrono::milliseconds(5));
  }
  auto broken = static_cast<std::size_t>(std::max<std::int64_t>(in_flight(), 0));
  auto abort = [](Shard& shard) { shard.abort(); };
  co_await on_each(abort);
  // The coroutines of the broken connections end within a few turns; a handler that computes on is left
  // behind.
  const TimePoint patience = EventLoop::current().now() + std::chrono::milliseconds(500);
  while (connections() > 0 && EventLoop::current().now() < patience)
    co_await sleep(std::chrono::milliseconds(1));
  co_return broken;
}

std::int64_t Server::in_flight() const noexcept {
  std::int64_t sum = 0;
  for (const auto& shard : shards_) sum += shard->in_flight.value();
  return sum;
}

std::int64_t Server::connections() const noexcept {
  std::int64_t sum = 0;
  for (const auto& shard : shards_) sum += shard->connections.load(std::memory_order_relaxed);
  return sum;
}

std::int64_t Server::requests() const noexcept {
  std::int64_t sum = 0;
  for (const auto& shard : shards_) sum += shard->requests.value();
  return sum;
}

Shard* Server::place(Shard& here) noexcept {
  if (connections() >= most_connections_) {
    if (!at_limit_.exchange(true)) {
      log::warn("{} connections are open, which is the limit; more are closed at once",
                most_connections_.load());
    }
    return nullptr;
  }
  at_limit_.store(false, std::memory_order_relaxed);
  Shard* fewest = &here;
  for (auto& shard : shards_) {
    if (shard->connections.load(std::memory_order_relaxed) <
        fewest->connections.load(std::memory_order_relaxed)) {
      fewest = shard.get();
    }
  }
  fewest->connections.fetch_add(1, std::memory_order_relaxed);
  return fewest;
}

std::vector<RecentExchanges*> Server::recent_exchanges() {
  std::vector<RecentExchanges*> all;
  all.reserve(shards_.size());
  for (auto& shard : shards_) all.push_back(&shard->recent);
  return all;
}

Shard::Shard(Server& server, EventLoop& loop) : server_(server), loop_(loop), exchanges_(limits_) {
  take_settings(server.settings());
}
Shard::~Shard() = default;

void Shard::take_settings(std::shared_ptr<const ServerSettings> shared) {
  auto settings = std::make_shared<WorkerSettings>();
  if (shared->steps.on().has(Step::access_log))
    settings->access_log = std::make_unique<AccessLogWriter>(shared->steps.access_log(), loop_);
  limits_ = shared->head_limits;
  settings->shared = std::move(shared);
  settings_ = std::move(settings);
}

void Shard::listen() {
  remember_throws();
  if (!socket_) return;
  listener_ = std::make_unique<net::Listener>(
      loop_, std::move(socket_),
      [this](net::Socket accepted, const net::Address& peer) { on_accept(std::move(accepted), peer); },
      [](const std::string& why) { log::error("{}; trying again", why); });
}

// SO_REUSEPORT spreads by a hash, which is uneven for a few long-lived connections: each goes to the worker
// that has the fewest.
void Shard::on_accept(net::Socket socket, const net::Address& peer) {
  Shard* shard = server_.place(*this);
  if (shard == nullptr) return;
  if (shard == this) return adopt(std::move(socket), peer);
  shard->loop_.post([shard, socket = std::move(socket), peer = peer]() mutable {
    shard->adopt(std::move(socket), std::move(peer));
  });
}

void Shard::adopt(net::Socket socket, net::Address peer) {
  try {
    Connection::start(*this, std::move(socket), std::move(peer));
  } catch (const std::exception& error) {
    connections.fetch_sub(1, std::memory_order_relaxed);
    log::error("cannot serve a connection: {}", error.what());
  }
}

void Shard::stop_accepting() noexcept {
  if (listener_) listener_->stop_new();
}

void Shard::close_listener() noexcept {
  if (listener_) listener_->close();
  listener_.reset();
}

void Shard::drain() noexcept {
  draining_ = true;
  list_.for_each([](Connection& connection) { connection.drain(); });
}

void Shard::abort() noexcept {
  draining_ = true;
  list_.for_each([](Connection& connection) { connection.abort(); });
}

void Shard::refresh_date() noexcept {
  WallTime wall = loop_.wall();
  auto second = std::chrono::floor<std::chrono::seconds>(wall);
  std::string_view prefix = "Date: ";
  char* at = std::copy(prefix.begin(), prefix.end(), date_.data());
  at = write_http_date(std::chrono::time_point_cast<SystemTime::duration>(second), at);
  *at++ = '\r';
  *at++ = '\n';
  date_until_ = loop_.now() + (second + std::chrono::seconds(1) - wall);
}

}  // namespace ngo::http
