// The switch for maintenance on the ops port.
#pragma once

#include "ngo/http/middleware/maintenance.hpp"
#include "ngo/http/routes.hpp"

namespace ngo::app {

// GET /maintenance tells {"enabled", "retryAfter"}; POST takes the same and switches. `maintenance` must
// outlive the routes.
void add_maintenance_switch(Routes& routes, Maintenance& maintenance);

}  // namespace ngo::app
