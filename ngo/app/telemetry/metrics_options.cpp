#include "ngo/app/telemetry/metrics_options.hpp"

#include <charconv>
#include <optional>
#include <string_view>

#include "ngo/base/text.hpp"
#include "ngo/codec/url.hpp"

namespace ngo::app {
namespace {

std::optional<std::chrono::milliseconds> milliseconds(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number <= 0) return std::nullopt;
  return std::chrono::milliseconds(number);
}

// "key=value,key=value", values percent-encoded.
void read_headers(std::string_view rest, std::map<std::string, std::string>& headers) {
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view pair = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
    const std::size_t equals = pair.find('=');
    std::string value;
    if (equals != std::string_view::npos && url::decode_path(trim(pair.substr(equals + 1)), value))
      headers[std::string(trim(pair.substr(0, equals)))] = value;
  }
}

}  // namespace

void MetricsOptions::take_environment(const char* (*look_up)(const char* name)) {
  const auto variable = [&](const char* name) -> std::string_view {
    const char* const value = look_up(name);
    return value == nullptr ? "" : value;
  };
  // The signal's own variable wins over the general one.
  const auto either = [&](const char* rest) {
    const std::string_view own = variable(("OTEL_EXPORTER_OTLP_METRICS_" + std::string(rest)).c_str());
    return own.empty() ? variable(("OTEL_EXPORTER_OTLP_" + std::string(rest)).c_str()) : own;
  };
  const std::string_view exporter = variable("OTEL_METRICS_EXPORTER");
  if (const auto own = variable("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"); !own.empty()) {
    otlp.endpoint = own;
  } else if (const auto base = variable("OTEL_EXPORTER_OTLP_ENDPOINT"); !base.empty()) {
    otlp.endpoint = base;
    otlp.endpoint += base.ends_with('/') ? "v1/metrics" : "/v1/metrics";
  } else if (exporter == "otlp" && otlp.endpoint.empty()) {
    otlp.endpoint = "http://localhost:4318/v1/metrics";
  }
  if (exporter == "none" || variable("OTEL_SDK_DISABLED") == "true") otlp.endpoint.clear();
  if (const auto protocol = either("PROTOCOL"); protocol == "http/json")
    otlp.protocol = OtlpProtocol::json;
  else if (protocol == "http/protobuf")
    otlp.protocol = OtlpProtocol::protobuf;
  read_headers(either("HEADERS"), otlp.headers);
  const auto take = [](std::string_view value, std::string& out) {
    if (!value.empty()) out = value;
  };
  take(either("CERTIFICATE"), otlp.tls.ca);
  take(either("CLIENT_CERTIFICATE"), otlp.tls.cert);
  take(either("CLIENT_KEY"), otlp.tls.key);
  if (const auto time = milliseconds(either("TIMEOUT"))) otlp.timeout = *time;
  if (const auto coding = either("COMPRESSION"); coding == "none")
    otlp.compression = OtlpCompression::none;
  else if (coding == "gzip")
    otlp.compression = OtlpCompression::gzip;
  if (const auto time = milliseconds(variable("OTEL_METRIC_EXPORT_INTERVAL"))) interval = *time;
  const std::string_view temporality = variable("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE");
  if (equals_ignoring_case(temporality, "delta")) otlp.temporality = OtlpTemporality::delta;
  if (equals_ignoring_case(temporality, "cumulative")) otlp.temporality = OtlpTemporality::cumulative;
}

}  // namespace ngo::app
