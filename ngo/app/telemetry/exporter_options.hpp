// Where kept spans go and how: parts of the section `tracing`.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "ngo/base/byte_size.hpp"
#include "ngo/base/rules.hpp"
#include "ngo/base/type.hpp"
#include "ngo/net/tls_options.hpp"

namespace ngo::app {

// `tracing.batch`: the queue before the exporter. The defaults are OpenTelemetry's (OTEL_BSP_*).
struct SpanBatchOptions {
  std::chrono::milliseconds delay = std::chrono::seconds(5);
  std::chrono::milliseconds timeout = std::chrono::seconds(30);
  std::uint32_t queue_size = 2048;
  ByteSize queue_bytes = ByteSize::mib(16);
  std::uint32_t batch_size = 512;
  std::chrono::milliseconds give_up_after = std::chrono::minutes(2);

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(),
      ngo::description<&SpanBatchOptions::delay>("after which a batch is sent that is not full"),
      ngo::description<&SpanBatchOptions::timeout>("of one attempt to send a batch"),
      ngo::description<&SpanBatchOptions::queue_size>("spans that wait at most; more are dropped"),
      ngo::description<&SpanBatchOptions::queue_bytes>("that they take at most; more are dropped"),
      ngo::description<&SpanBatchOptions::batch_size>("spans that are sent together"),
      ngo::description<&SpanBatchOptions::give_up_after>("of a back end's failures a batch is dropped"),
      ngo::at_least<&SpanBatchOptions::delay>(std::chrono::milliseconds(1)),
      ngo::at_least<&SpanBatchOptions::timeout>(std::chrono::milliseconds(1)),
      ngo::range<&SpanBatchOptions::queue_size>(1, 1'000'000),
      ngo::range<&SpanBatchOptions::batch_size>(1, 100'000));
};

enum class SpanFormat : std::uint8_t { protobuf, json };
constexpr std::array<EnumName, 2> enum_names(SpanFormat) {
  return {EnumName{SpanFormat::protobuf, "http/protobuf"}, EnumName{SpanFormat::json, "http/json"}};
}
enum class SpanCompression : std::uint8_t { gzip, none };

// `tracing.otlp`: OpenTelemetry's protocol by HTTP.
struct OtlpExporterOptions {
  std::string endpoint = "http://localhost:4318/v1/traces";
  SpanFormat protocol = SpanFormat::protobuf;
  SpanCompression compression = SpanCompression::none;
  std::map<std::string, std::string> headers;
  std::chrono::milliseconds timeout = std::chrono::seconds(10);
  tls::ClientContextOptions tls;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::description<&OtlpExporterOptions::endpoint>("the whole URL, with its path"),
      ngo::description<&OtlpExporterOptions::protocol>("http/protobuf or http/json"),
      ngo::description<&OtlpExporterOptions::compression>(
          "gzip takes a tenth of the bytes, and more CPU than all else that exporting needs"),
      ngo::description<&OtlpExporterOptions::headers>("sent along, for example an API key"),
      ngo::secret<&OtlpExporterOptions::headers>(),
      ngo::description<&OtlpExporterOptions::timeout>("of one attempt to send a batch"),
      ngo::description<&OtlpExporterOptions::tls>("for https"));
};

// `tracing.zipkin`.
struct ZipkinExporterOptions {
  std::string endpoint = "http://localhost:9411/api/v2/spans";
  std::map<std::string, std::string> headers;
  std::chrono::milliseconds timeout = std::chrono::seconds(10);
  bool shared_spans = false;
  tls::ClientContextOptions tls;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::description<&ZipkinExporterOptions::endpoint>("the whole URL, with its path"),
      ngo::secret<&ZipkinExporterOptions::headers>(),
      ngo::description<&ZipkinExporterOptions::timeout>("of one attempt to send a batch"),
      ngo::description<&ZipkinExporterOptions::shared_spans>(
          "a server's span is told with the id of its caller's, as Zipkin's own clients do"),
      ngo::description<&ZipkinExporterOptions::tls>("for https"));
};

enum class JaegerProtocol : std::uint8_t { otlp, http, udp };
constexpr std::array<EnumName, 3> enum_names(JaegerProtocol) {
  return {EnumName{JaegerProtocol::otlp, "otlp"}, EnumName{JaegerProtocol::http, "thrift/http"},
          EnumName{JaegerProtocol::udp, "thrift/udp"}};
}

// `tracing.jaeger`.
struct JaegerExporterOptions {
  JaegerProtocol protocol = JaegerProtocol::otlp;
  std::string endpoint;
  std::string agent_host = "localhost";
  std::uint16_t agent_port = 6831;
  std::uint32_t max_packet_size = 65'000;
  std::map<std::string, std::string> headers;
  std::chrono::milliseconds timeout = std::chrono::seconds(10);
  tls::ClientContextOptions tls;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(),
      ngo::description<&JaegerExporterOptions::protocol>(
          "otlp: what Jaeger speaks since 1.35; thrift/http: its old collector; thrift/udp: its old agent"),
      ngo::description<&JaegerExporterOptions::endpoint>(
          "default: http://localhost:4318/v1/traces, or http://localhost:14268/api/traces"),
      ngo::description<&JaegerExporterOptions::agent_host>("for thrift/udp"),
      ngo::description<&JaegerExporterOptions::agent_port>("for thrift/udp"),
      ngo::description<&JaegerExporterOptions::max_packet_size>("for thrift/udp; a larger span is dropped"),
      ngo::secret<&JaegerExporterOptions::headers>(),
      ngo::description<&JaegerExporterOptions::timeout>("of one attempt to send a batch"),
      ngo::description<&JaegerExporterOptions::tls>("for https"),
      ngo::range<&JaegerExporterOptions::max_packet_size>(512, 65'507));
};

// `tracing.skywalking`.
struct SkywalkingExporterOptions {
  std::string endpoint = "http://localhost:11800";
  std::string token;
  std::chrono::milliseconds timeout = std::chrono::seconds(10);
  std::chrono::milliseconds keep_alive = std::chrono::seconds(20);
  tls::ClientContextOptions tls;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(),
      ngo::description<&SkywalkingExporterOptions::endpoint>(
          "of the collector's gRPC: scheme, host and port"),
      ngo::description<&SkywalkingExporterOptions::token>("sent as Authentication, where the collector asks"),
      ngo::secret<&SkywalkingExporterOptions::token>(),
      ngo::description<&SkywalkingExporterOptions::timeout>("of one attempt to send a batch"),
      ngo::description<&SkywalkingExporterOptions::keep_alive>("between two signs of life of the instance"),
      ngo::description<&SkywalkingExporterOptions::tls>("for https"),
      ngo::at_least<&SkywalkingExporterOptions::keep_alive>(std::chrono::milliseconds(100)));
};

// What OpenTelemetry's environment variables say (OTEL_BSP_*, OTEL_EXPORTER_OTLP_*, OTEL_EXPORTER_ZIPKIN_*)
// wins over the configuration; what they say wrongly is passed over. `look_up` gives one's value, or null.
using LookUp = const char* (*)(const char* name);
void take_environment(SpanBatchOptions& options, LookUp look_up);
void take_environment(OtlpExporterOptions& options, LookUp look_up);
void take_environment(ZipkinExporterOptions& options, LookUp look_up);

}  // namespace ngo::app
