// GET /ops/pools: every pool, who holds what of it since when, and who waits. POST /ops/pools changes a
// limit.
#pragma once

#include "ngo/app/pools.hpp"
#include "ngo/http/routes.hpp"

namespace ngo::app {

// `pools` must outlive the routes.
void add_pools(Routes& routes, const PoolRegistry& pools);

}  // namespace ngo::app
