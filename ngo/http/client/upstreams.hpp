// Where the servers of a host are, and which of them is asked next. DNS is one source of addresses; service
// discovery is another: it implements UpstreamSource and is given to HttpClient::set_upstreams().
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "ngo/http/client/options.hpp"
#include "ngo/net/address.hpp"
#include "ngo/runtime/clock.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo::http {

struct ServerPool;
class SessionGroup;

// The servers of one host, and for how long that is known.
struct UpstreamList {
  std::vector<net::Address> addresses;  // with their ports
  Duration good_for{};
};

class UpstreamSource {
 public:
  virtual ~UpstreamSource() = default;
  // Called on the loop of the worker that wants to know, from several workers at once. What it throws is what
  // the call fails with, unless an older list is there.
  [[nodiscard]] virtual Task<UpstreamList> find(std::string_view host, std::uint16_t port) = 0;
};

// One server as one worker sees it.
struct Upstream {
  net::Address address;
  std::string shown;  // without its port, as telemetry tells it
  std::uint32_t in_flight = 0;
  std::uint32_t failures = 0;   // in a row
  std::uint32_t ejections = 0;  // since the last success
  TimePoint ejected_until{};
  double latency = 0;  // of its answers in nanoseconds, the recent ones weighing most
  std::shared_ptr<ServerPool> connections;
  std::shared_ptr<SessionGroup> sessions;  // those of this worker that speak HTTP/2
};

// Chooses among the servers of one host, by what this worker has seen of them. Belongs to one worker.
class Balancer {
 public:
  struct Rule {
    Balance balance = Balance::round_robin;
    std::uint32_t eject_after = 5;  // failures in a row; 0: never
    Duration eject_for = std::chrono::seconds(10);
  };
  using Server = std::shared_ptr<Upstream>;

  explicit Balancer(const Rule& rule) noexcept : rule_(rule) {}

  // The servers from now on. What is known of those that stay is kept.
  void assign(const std::vector<net::Address>& addresses);
  [[nodiscard]] const std::vector<Server>& servers() const noexcept { return servers_; }

  // The next one to ask, `but` being avoided where there is another. Ejected ones are passed over; when half
  // of the servers or more are ejected nobody is, since then it is hardly their fault. `random` decides in
  // Balance::latency. There must be one.
  [[nodiscard]] const Server& choose(TimePoint now, std::uint64_t random, const Upstream* but = nullptr);

  // Whether the last calls of each of them failed, so that it is rather the way to them.
  [[nodiscard]] bool all_failing() const noexcept;

  // What became of a call.
  void succeeded(Upstream& server, Duration took) const noexcept;
  // It gave no answer, or one that says that it is unwell.
  void failed(Upstream& server, TimePoint now) const noexcept;

 private:
  [[nodiscard]] bool may_ask(const Upstream& server, TimePoint now, const Upstream* but) const noexcept {
    return server.ejected_until <= now && &server != but;
  }
  Rule rule_;
  std::vector<Server> servers_;
  std::size_t next_ = 0;
};

}  // namespace ngo::http
