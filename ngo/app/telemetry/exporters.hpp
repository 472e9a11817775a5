// The back ends of tracing that ngo speaks to, each behind trace::Exporter.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ngo/app/telemetry/exporter_options.hpp"
#include "ngo/trace/exporter.hpp"

namespace ngo::app {

// All throw Error{invalid_argument} where the options do not suffice. None connects before its first batch;
// each keeps a copy of the resource.

[[nodiscard]] std::unique_ptr<trace::Exporter> make_otlp_exporter(const OtlpExporterOptions& options,
                                                                  const trace::Resource& resource);
[[nodiscard]] std::unique_ptr<trace::Exporter> make_zipkin_exporter(const ZipkinExporterOptions& options,
                                                                    const trace::Resource& resource);
[[nodiscard]] std::unique_ptr<trace::Exporter> make_jaeger_exporter(const JaegerExporterOptions& options,
                                                                    const trace::Resource& resource);

[[nodiscard]] std::unique_ptr<trace::Exporter> make_skywalking_exporter(
    const SkywalkingExporterOptions& options, const trace::Resource& resource);

// The original's private back end: the Jaeger agent's datagrams with spans shared between caller and server.
struct OptimusTarget {
  std::string service;  // empty: the resource's
  std::string app;      // the process's tag local.app.name; empty: the resource's service
  std::string cluster;  // local.app.clusterName; empty: the resource's k8s.cluster.name
  std::string host;
  std::uint16_t port = 6831;
};
[[nodiscard]] std::unique_ptr<trace::Exporter> make_optimus_exporter(const OptimusTarget& target,
                                                                     const trace::Resource& resource);

}  // namespace ngo::app
