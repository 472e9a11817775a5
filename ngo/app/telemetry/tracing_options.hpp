// The section `tracing`. The keys of the original are all there; what has no meaning here is read and left.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ngo/app/telemetry/exporter_options.hpp"
#include "ngo/app/telemetry/pinpoint_options.hpp"
#include "ngo/base/byte_size.hpp"
#include "ngo/base/rules.hpp"
#include "ngo/codec/json_value.hpp"

namespace ngo::app {

enum class TagStyle : std::uint8_t { otel, ngo };

struct OptimusOptions {
  std::string service_name;
  std::string udp_host;
  std::string udp_port = "6831";
  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::description<&OptimusOptions::service_name>("default: the service's name"));
};

struct TracingOptions {
  struct Rule {
    std::string route;
    std::string method;
    double ratio = 1;
    static constexpr auto rules =
        ngo::rules(ngo::camel_case(),
                   ngo::description<&Rule::route>("\"/articles/{id}\", or \"/internal/*\"; empty: all"),
                   ngo::description<&Rule::method>("empty: all"), ngo::range<&Rule::ratio>(0.0, 1.0));
  };
  struct SamplingOptions {
    double ratio = 0.01;
    bool parent_based = true;
    double per_second = 0;
    std::vector<Rule> routes;
    static constexpr auto rules = ngo::rules(
        ngo::camel_case(), ngo::description<&SamplingOptions::ratio>("of new traces, by their ids"),
        ngo::description<&SamplingOptions::parent_based>("follow the caller where it has decided"),
        ngo::description<&SamplingOptions::per_second>("new traces at most; 0: no limit"),
        ngo::description<&SamplingOptions::routes>("ratios of single routes; the first that fits"),
        ngo::range<&SamplingOptions::ratio>(0.0, 1.0), ngo::range<&SamplingOptions::per_second>(0.0, 1e9));
  };
  struct KeepOptions {
    bool errors = true;
    std::uint32_t slowest = 3;
    std::chrono::milliseconds interval = std::chrono::seconds(60);
    static constexpr auto rules = ngo::rules(
        ngo::camel_case(),
        ngo::description<&KeepOptions::errors>("keep every failed request, sampled or not"),
        ngo::description<&KeepOptions::slowest>("so many of each route in each interval are kept as well"),
        ngo::range<&KeepOptions::slowest>(0, 100),
        ngo::range<&KeepOptions::interval>(std::chrono::milliseconds(100), std::chrono::hours(1)));
  };
  struct MemoryOptions {
    ByteSize size = ByteSize::mib(8);
    std::uint32_t per_second = 1000;
    std::uint32_t lines = 64;
    static constexpr auto rules =
        ngo::rules(ngo::camel_case(),
                   ngo::description<&MemoryOptions::size>("of the traces shown at /ops/traces; 0: none are"),
                   ngo::description<&MemoryOptions::per_second>(
                       "sampled traces that are shown at most, errors and slow ones not counted; 0: all"),
                   ngo::description<&MemoryOptions::lines>("of the log, kept with each request at most"),
                   ngo::range<&MemoryOptions::lines>(0, 10'000));
  };

  // OpenTelemetry's span limits, by its environment variables as well.
  struct LimitsOptions {
    std::uint32_t spans = 512;
    std::uint32_t attributes = 128;
    std::uint32_t events = 128;
    std::uint32_t links = 128;
    std::uint32_t value_length = 8192;
    static constexpr auto rules = ngo::rules(
        ngo::camel_case(), ngo::description<&LimitsOptions::spans>("of one request"),
        ngo::description<&LimitsOptions::attributes>("of one span (OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT)"),
        ngo::description<&LimitsOptions::events>("of one span (OTEL_SPAN_EVENT_COUNT_LIMIT)"),
        ngo::description<&LimitsOptions::links>("of one span (OTEL_SPAN_LINK_COUNT_LIMIT)"),
        ngo::description<&LimitsOptions::value_length>(
            "bytes of one value (OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT); longer ones are cut"),
        ngo::range<&LimitsOptions::spans>(1, 10'000), ngo::range<&LimitsOptions::attributes>(0, 10'000),
        ngo::range<&LimitsOptions::events>(0, 10'000), ngo::range<&LimitsOptions::links>(0, 10'000),
        ngo::range<&LimitsOptions::value_length>(0, 64 * 1024));
  };

  bool enabled = true;
  std::string type;
  JsonValue baggage;
  std::vector<std::string> propagators = {"tracecontext", "baggage"};
  std::vector<std::string> baggage_hosts;
  bool trust_incoming = true;
  TagStyle tag_style = TagStyle::otel;
  bool server_timing = false;
  SamplingOptions sampling;
  KeepOptions keep;
  MemoryOptions memory;
  LimitsOptions limits;
  SpanBatchOptions batch;
  OtlpExporterOptions otlp;
  ZipkinExporterOptions zipkin;
  JaegerExporterOptions jaeger;
  SkywalkingExporterOptions skywalking;
  PinpointOptions pinpoint;
  OptimusOptions optimus;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::live<&TracingOptions::sampling>(),
      ngo::description<&TracingOptions::type>(
          "where kept traces go beside the memory: otlp, zipkin, jaeger, "
          "skywalking, pinpoint, optimus; empty, memory or none: nowhere"),
      ngo::description<&TracingOptions::baggage>("of the original; no effect"),
      ngo::description<&TracingOptions::propagators>(
          "headers that traces come and go by, in the order in which they are believed: tracecontext, "
          "baggage, b3, b3multi, jaeger, optimus, skywalking, pinpoint; or none"),
      ngo::description<&TracingOptions::baggage_hosts>(
          "ends of names of hosts that get baggage beside those of the own network: .example.com; *: all"),
      ngo::description<&TracingOptions::trust_incoming>(
          "false: requests begin new traces that are linked to their callers'"),
      ngo::description<&TracingOptions::tag_style>("otel, or ngo: the names of the original"),
      ngo::description<&TracingOptions::server_timing>("answers say their trace in Server-Timing"),
      ngo::description<&TracingOptions::sampling>("which traces are recorded for good"),
      ngo::description<&TracingOptions::keep>("which are kept though they were not sampled"),
      ngo::description<&TracingOptions::limits>("how much one request, and one span, may record"),
      ngo::description<&TracingOptions::batch>("the queue before the exporter"),
      ngo::description<&TracingOptions::otlp>("OpenTelemetry's protocol by HTTP"),
      ngo::description<&TracingOptions::memory>("traces that the service itself shows"));
};

// OTEL_SPAN_*_LIMIT and OTEL_ATTRIBUTE_*_LIMIT. What is wrong is passed over.
void take_environment(TracingOptions::LimitsOptions& options, LookUp look_up);

}  // namespace ngo::app
