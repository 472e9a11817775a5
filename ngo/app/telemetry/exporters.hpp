// The back ends of tracing that ngo speaks to, each behind trace::Exporter.
#pragma once

#include <memory>

#include "ngo/app/telemetry/exporter_options.hpp"
#include "ngo/trace/exporter.hpp"

namespace ngo::app {

// All throw Error{invalid_argument} where the options do not suffice. None connects before its first batch;
// each keeps a copy of the resource.

[[nodiscard]] std::unique_ptr<trace::Exporter> make_otlp_exporter(const OtlpExporterOptions& options,
                                                                  const trace::Resource& resource);
[[nodiscard]] std::unique_ptr<trace::Exporter> make_zipkin_exporter(const ZipkinExporterOptions& options,
                                                                    const trace::Resource& resource);

}  // namespace ngo::app
