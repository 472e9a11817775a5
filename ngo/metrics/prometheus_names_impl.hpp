// How OpenTelemetry's names become Prometheus'.
#pragma once

#include <string>
#include <string_view>

#include "ngo/metrics/snapshot.hpp"

namespace ngo::metrics {

// "s": "seconds"; "By/s": "bytes_per_second"; empty for "{request}" and what has no word.
[[nodiscard]] std::string prometheus_unit(std::string_view unit, Kind kind);
// "http.route": "http_route".
[[nodiscard]] std::string label_name(std::string_view key);

}  // namespace ngo::metrics
