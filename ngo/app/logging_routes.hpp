// Log levels at the ops port.
#pragma once

#include "ngo/http/routes.hpp"

namespace ngo::app {

// GET /logging tells {logger: level}, POST the same sets (the original's); with ?ttl=5m they fall back by
// themselves. GET /logging/watched tells which routes and traces are watched, POST {"route" or "trace",
// "level", "ttl"} watches one.
void add_logging(Routes& routes);

}  // namespace ngo::app
