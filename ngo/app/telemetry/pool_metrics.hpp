// Pools of connections as metrics: db.client.connection.* by OpenTelemetry's conventions where they are to a
// database, ngo.client.connection.* beside them and for the rest.
#pragma once

#include "ngo/app/pools.hpp"
#include "ngo/metrics/registry.hpp"

namespace ngo::app {

// Pools of one group (PoolOptions::group) are summed. `pools` must outlive the Collection.
[[nodiscard]] metrics::Collection pool_metrics(Metrics& metrics, const PoolRegistry& pools);

}  // namespace ngo::app
