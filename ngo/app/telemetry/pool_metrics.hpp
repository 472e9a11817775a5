// A pool of connections as metrics: db.client.connection.count and its like.
#pragma once

#include <functional>
#include <string>

#include "ngo/metrics/registry.hpp"
#include "ngo/net/pool_stats.hpp"

namespace ngo::app {

// `name`: db.client.connection.pool.name, for example "redis:sessions". `stats` is asked on any thread.
[[nodiscard]] metrics::Collection pool_metrics(Metrics& metrics, std::string name,
                                               std::function<net::PoolStats()> stats);

}  // namespace ngo::app
