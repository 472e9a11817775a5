#include "ngo/http/client/upstreams.hpp"

#include <algorithm>

namespace ngo::http {

void Balancer::assign(const std::vector<net::Address>& addresses) {
  std::vector<Server> servers;
  servers.reserve(addresses.size());
  for (const net::Address& address : addresses) {
    const auto same = [&](const Server& server) { return server->address == address; };
    if (std::find_if(servers.begin(), servers.end(), same) != servers.end()) continue;
    const auto known = std::find_if(servers_.begin(), servers_.end(), same);
    if (known != servers_.end()) {
      servers.push_back(*known);
    } else {
      servers.push_back(std::make_shared<Upstream>());
      servers.back()->address = address;
      servers.back()->shown =
          address.family() == net::Address::Family::unix_path ? address.path() : address.host();
    }
  }
  servers_ = std::move(servers);
}

const Balancer::Server& Balancer::choose(TimePoint now, std::uint64_t random, const Upstream* but) {
  const std::size_t count = servers_.size();
  if (count == 1) return servers_.front();
  std::size_t ejected = 0;
  for (const Server& server : servers_) ejected += server->ejected_until > now ? 1 : 0;
  const bool ignore = ejected * 2 >= count;
  const auto usable = [&](std::size_t index) {
    return ignore ? servers_[index].get() != but : may_ask(*servers_[index], now, but);
  };

  if (rule_.balance == Balance::round_robin) {
    for (std::size_t tries = 0; tries < count; ++tries) {
      const std::size_t index = next_++ % count;
      if (usable(index)) return servers_[index];
    }
    return servers_[next_++ % count];
  }
  // The power of two choices: of two at random the better one, so that no server that looks best for a moment
  // is overrun by all.
  const auto pick = [&](std::uint64_t from) {
    for (std::size_t tries = 0; tries < count; ++tries) {
      const std::size_t index = (from + tries) % count;
      if (usable(index)) return index;
    }
    return static_cast<std::size_t>(from % count);
  };
  const std::size_t first = pick(random & 0xffffffffU);
  std::size_t second = pick(random >> 32U);
  if (second == first) second = pick(first + 1);
  const auto load = [&](std::size_t index) {
    const Upstream& server = *servers_[index];
    // Who has not answered yet is taken for quick, so that it is tried.
    return (server.latency > 0 ? server.latency : 1.0) * (server.in_flight + 1);
  };
  return load(second) < load(first) ? servers_[second] : servers_[first];
}

bool Balancer::all_failing() const noexcept {
  return std::all_of(servers_.begin(), servers_.end(),
                     [](const Server& server) { return server->failures > 0; });
}

void Balancer::succeeded(Upstream& server, Duration took) const noexcept {
  constexpr double kWeight = 0.2;  // of the newest
  const auto sample = static_cast<double>(took.count());
  server.latency = server.latency > 0 ? server.latency + kWeight * (sample - server.latency) : sample;
  server.failures = 0;
  server.ejections = 0;
}

void Balancer::failed(Upstream& server, TimePoint now) const noexcept {
  if (rule_.eject_after == 0 || ++server.failures < rule_.eject_after) return;
  // Longer each time that it comes back and fails at once, up to sixteen times as long.
  server.ejected_until = later(now, rule_.eject_for * (1U << std::min(server.ejections, 4U)));
  ++server.ejections;
  server.failures = rule_.eject_after - 1;
}

}  // namespace ngo::http
