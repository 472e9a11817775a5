// The section `metrics`.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "ngo/base/rules.hpp"
#include "ngo/base/type.hpp"
#include "ngo/http/url_statistics.hpp"
#include "ngo/net/tls_options.hpp"

namespace ngo::app {

enum class OtlpProtocol : std::uint8_t { protobuf, json };
constexpr auto enum_names(OtlpProtocol) {
  return std::array<EnumName, 2>{
      {{OtlpProtocol::protobuf, "http/protobuf"}, {OtlpProtocol::json, "http/json"}}};
}
enum class OtlpTemporality : std::uint8_t { cumulative, delta };
enum class OtlpCompression : std::uint8_t { gzip, none };

// `metrics.otlp`: the push to a collector.
struct MetricsOtlpOptions {
  std::string endpoint;
  OtlpProtocol protocol = OtlpProtocol::protobuf;
  std::map<std::string, std::string> headers;
  std::chrono::milliseconds timeout = std::chrono::seconds(10);
  OtlpCompression compression = OtlpCompression::gzip;
  OtlpTemporality temporality = OtlpTemporality::cumulative;
  tls::ClientContextOptions tls;

  static constexpr auto rules =
      ngo::rules(ngo::camel_case(),
                 ngo::description<&MetricsOtlpOptions::endpoint>(
                     "the whole URL, such as http://127.0.0.1:4318/v1/metrics; empty: nothing is pushed"),
                 ngo::description<&MetricsOtlpOptions::protocol>("http/protobuf or http/json"),
                 ngo::description<&MetricsOtlpOptions::headers>("sent along, for example an API key"),
                 ngo::secret<&MetricsOtlpOptions::headers>(),
                 ngo::description<&MetricsOtlpOptions::timeout>("for one interval's data, with retries"),
                 ngo::description<&MetricsOtlpOptions::temporality>(
                     "cumulative: sums since the start; delta: since the last push"),
                 ngo::description<&MetricsOtlpOptions::tls>("for https"),
                 ngo::range<&MetricsOtlpOptions::timeout>(std::chrono::milliseconds(1),
                                                          std::chrono::milliseconds(3'600'000)));
};

struct MetricsOptions {
  bool enabled = true;
  std::string path = "/metrics";
  std::uint32_t max_label_sets = 2000;
  http::MetricsCompat compat = http::MetricsCompat::none;
  std::chrono::milliseconds interval = std::chrono::seconds(60);
  MetricsOtlpOptions otlp;

  // What OpenTelemetry's environment variables say wins over the configuration. `look_up` gives the value of
  // one, or null. What they say wrongly is passed over.
  void take_environment(const char* (*look_up)(const char* name));

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(),
      ngo::description<&MetricsOptions::enabled>(
          "false: the framework counts nothing by itself and shows nothing"),
      ngo::description<&MetricsOptions::path>("where the ops port shows them to Prometheus"),
      ngo::description<&MetricsOptions::max_label_sets>(
          "of one metric; what comes then is counted together, under otel.metric.overflow"),
      ngo::description<&MetricsOptions::compat>(
          "none, ngo or easy-ngo: names of the original's dashboards beside ours"),
      ngo::description<&MetricsOptions::interval>("between two pushes, and two calls of a MetricsSink"),
      ngo::description<&MetricsOptions::otlp>("the push to an OpenTelemetry collector"),
      ngo::pattern<&MetricsOptions::path>("/.*"), ngo::range<&MetricsOptions::max_label_sets>(1, 1'000'000),
      ngo::range<&MetricsOptions::interval>(std::chrono::milliseconds(10),
                                            std::chrono::milliseconds(86'400'000)));
};

}  // namespace ngo::app
