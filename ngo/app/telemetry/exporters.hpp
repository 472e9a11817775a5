// The back ends of tracing that ngo speaks to, each behind trace::Exporter.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "ngo/app/telemetry/exporter_options.hpp"
#include "ngo/trace/exporter.hpp"
#include "ngo/trace/propagation.hpp"

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

// Pinpoint's collector: its agent is introduced, keeps a session, and sends spans and statistics.
struct PinpointTarget {
  trace::Sender sender;    // the same that Pinpoint's headers speak of
  std::string agent_name;  // may be empty
  std::string host = "localhost";
  std::uint16_t agent_port = 9991;
  std::uint16_t stat_port = 9992;
  std::uint16_t span_port = 9993;
  Duration timeout = std::chrono::seconds(10);  // of a call
  Duration ping_every = std::chrono::seconds(60);
  Duration introduce_every = std::chrono::hours(24);
  Duration collect_every = std::chrono::seconds(5);  // statistics
  std::size_t stats_of_batch = 6;
};
[[nodiscard]] std::unique_ptr<trace::Exporter> make_pinpoint_exporter(PinpointTarget target,
                                                                      const trace::Resource& resource);

}  // namespace ngo::app
