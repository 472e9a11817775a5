// The health endpoints that deployers call, with the original's paths, status codes and bodies, and the
// details for people and tools on the ops port. docs/health.md tells who calls which when.
#pragma once

#include <cstdint>
#include <functional>

#include "ngo/app/health.hpp"
#include "ngo/app/ops/access.hpp"
#include "ngo/http/routes.hpp"
#include "ngo/http/server_options.hpp"

namespace ngo::app {

// Declares the endpoints that `which` names: /health/check and /health/status, and with `all` /health/online
// and /health/offline. `in_flight` counts the requests of the service port. Everything passed must outlive
// the routes.
void add_probes(Routes& routes, http::HealthEndpoints which, HealthRegistry& health,
                std::function<std::int64_t()> in_flight);

// GET /health and /health/components/{name}: the tree as JSON, 503 when something is down. ?fresh=true checks
// first. Whom `access` does not trust is told the status alone, of what was checked last.
void add_health_details(Routes& routes, HealthRegistry& health, const OpsAccess& access);

}  // namespace ngo::app
