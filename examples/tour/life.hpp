// The service's own part in its start, its health and its stop: the code of docs/life-cycle.md and
// docs/health.md.
#pragma once

#include <ngo/app/app.hpp>

namespace tour {

void add_life(ngo::App& app);

}  // namespace tour
