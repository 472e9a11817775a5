// GET /ops/resilience: every breaker, retry budget, limit and hedge with its state, counters and options.
// POST /ops/resilience forces a breaker, or changes options.
#pragma once

#include "ngo/app/guards.hpp"
#include "ngo/http/routes.hpp"

namespace ngo::app {

// `guards` must outlive the routes.
void add_resilience(Routes& routes, const GuardRegistry& guards);

}  // namespace ngo::app
