// Who speaks: what telemetry says of this process as a whole.
#pragma once

#include <string_view>

#include "ngo/metrics/snapshot.hpp"

namespace ngo::app {

struct Surroundings;

// What is detected (surroundings.hpp), over it service.name, service.version (where there is one),
// service.instance.id (random, of this start) and telemetry.sdk.*, over these OTEL_RESOURCE_ATTRIBUTES, over
// all OTEL_SERVICE_NAME. By key.
[[nodiscard]] metrics::Labels resource_of(std::string_view service_name, std::string_view version);
[[nodiscard]] metrics::Labels resource_of(std::string_view service_name, std::string_view version,
                                          const Surroundings& from);

}  // namespace ngo::app
