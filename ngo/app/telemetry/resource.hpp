// Who speaks: what telemetry says of this process as a whole.
#pragma once

#include <string_view>

#include "ngo/metrics/snapshot.hpp"

namespace ngo::app {

// service.name, service.version (where there is one), service.instance.id (random, of this start), host.name,
// process.pid, telemetry.sdk.*. OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME win.
[[nodiscard]] metrics::Labels resource_of(std::string_view service_name, std::string_view version);

}  // namespace ngo::app
