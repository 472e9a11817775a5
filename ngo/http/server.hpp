// An HTTP/1.1 server over one or more loops: a listening socket and a share of the connections for each.
// Made, started and stopped by one supervising thread (or coroutine on a loop of its own, as the App does).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/http/route_table.hpp"
#include "ngo/http/server_metrics.hpp"
#include "ngo/http/server_options.hpp"
#include "ngo/http/server_settings.hpp"
#include "ngo/http/server_tracing.hpp"
#include "ngo/http/shard.hpp"
#include "ngo/http/url_statistics.hpp"
#include "ngo/net/address.hpp"
#include "ngo/net/tls_context.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo::http {

class Server {
 public:
  // An idle connection lives this long once the server drains: long enough for a request that is on the wire.
  static constexpr std::chrono::milliseconds kDrainIdle{500};

  // What the server shares with its surroundings; it makes its own of what is null.
  struct Parts {
    std::shared_ptr<log::Sink> access_log;
    std::shared_ptr<Maintenance> maintenance;
    Metrics* metrics = nullptr;  // null: nothing is counted there; must outlive the server
    MetricsCompat metrics_compat = MetricsCompat::none;
    std::shared_ptr<const ServerTracing> tracing;  // null: requests have no spans
  };

  // `routes` and the loops must outlive the server. Throws where a built-in step cannot be made, or a
  // certificate cannot be used.
  Server(ServerOptions options, const RouteTable& routes, std::vector<EventLoop*> loops);
  Server(ServerOptions options, const RouteTable& routes, std::vector<EventLoop*> loops, Parts parts);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // Binds and begins to accept on every loop. Throws Error{unavailable} when the address cannot be had.
  [[nodiscard]] Task<void> start();
  // Where it listens; the port is the real one.
  [[nodiscard]] const net::Address& address() const noexcept { return address_; }

  // Answers carry "Connection: close" from now on; everything is still served.
  [[nodiscard]] Task<void> announce_stop();
  // Lets in no new connections, lets those in flight end, at most for `limit`; then breaks what is left.
  // Gives back how many requests were broken.
  [[nodiscard]] Task<std::size_t> stop(Duration limit);
  // Has a stop() that waits go on at once.
  void hurry() noexcept { hurried_ = true; }

  // New options while it serves, for those members that are marked live; the others must be as they are.
  // `routes` is a table of the same routes under these options. prepare() throws what the constructor throws
  // and changes nothing. Requests that have begun go on under the settings that they began with.
  [[nodiscard]] std::shared_ptr<const ServerSettings> prepare(ServerOptions options,
                                                              std::shared_ptr<const RouteTable> routes);
  [[nodiscard]] Task<void> apply(std::shared_ptr<const ServerSettings> settings);

  // Over all workers. From any thread.
  [[nodiscard]] std::int64_t in_flight() const noexcept;
  [[nodiscard]] std::int64_t connections() const noexcept;
  [[nodiscard]] std::int64_t requests() const noexcept;

  // What each worker keeps of the requests that it has served lately. From any thread.
  [[nodiscard]] std::vector<RecentExchanges*> recent_exchanges();

  // Of the supervisor; workers look at those of their shard.
  [[nodiscard]] const std::shared_ptr<const ServerSettings>& settings() const noexcept { return settings_; }
  [[nodiscard]] Maintenance& maintenance() const noexcept { return *maintenance_; }
  // The requests of a route among which the slowest traces are kept, where requests are traced.
  [[nodiscard]] trace::Slowest::Group& traces_of(const CompiledRoute& route) const noexcept {
    return *traces_[route.index];
  }
  // Null where connections are plain.
  [[nodiscard]] ngo::tls::ServerContext* tls() const noexcept { return tls_.get(); }

 private:
  friend class Shard;
  // The shard that a connection accepted by `here` goes to; it is counted there already. Null: the limit is
  // reached.
  Shard* place(Shard& here) noexcept;
  template <class F>
  Task<void> on_each(F f);
  void group_traces(const RouteTable& routes);
  // (server_tls.cpp)
  void make_tls();
  void watch_certificates();
  void look_at_certificates() noexcept;
  Task<void> reload_certificates();
  Task<void> leave_certificates();

  std::shared_ptr<log::Sink> access_sink_;
  Metrics* registry_;
  MetricsCompat metrics_compat_;
  std::shared_ptr<const ServerTracing> tracing_;
  std::vector<trace::Slowest::Group*> traces_;  // by the number of the route; the last is the fallback's
  std::shared_ptr<Maintenance> maintenance_;
  std::unique_ptr<ServerMetrics> metrics_;  // once they are wanted
  std::unique_ptr<UrlStatistics> url_statistics_;
  std::shared_ptr<const ServerSettings> settings_;
  std::unique_ptr<ngo::tls::ServerContext> tls_;
  EventLoop* supervisor_ = nullptr;  // the loop that start() was called on
  CallbackTimer<Server, &Server::look_at_certificates> certificates_timer_{this};
  net::Address address_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::atomic<std::int64_t> most_connections_{0};
  std::atomic<bool> at_limit_{false};
  bool looks_at_certificates_ = false;
  bool stopped_ = false;
  bool hurried_ = false;
};

}  // namespace ngo::http
