// The table of back ends: from `tracing.type` to what speaks to it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ngo/app/telemetry/tracing_options.hpp"
#include "ngo/trace/exporter.hpp"
#include "ngo/trace/propagation.hpp"

namespace ngo::app {

// Says what is wrong with a type; empty when it is good.
[[nodiscard]] std::string check_exporter(std::string_view type);
// Null for "memory" and "none", which need none. `sender`: as the
// headers of traces say it. Throws Error{invalid_argument} where the options do not suffice.
[[nodiscard]] std::unique_ptr<trace::Exporter> make_exporter(const TracingOptions& options,
                                                             const trace::Resource& resource,
                                                             const trace::Sender& sender);

}  // namespace ngo::app
