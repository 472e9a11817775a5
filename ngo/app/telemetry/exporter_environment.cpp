#include <charconv>
#include <string_view>

#include "ngo/app/telemetry/exporter_options.hpp"
#include "ngo/app/telemetry/tracing_options.hpp"
#include "ngo/base/text.hpp"
#include "ngo/codec/url.hpp"

namespace ngo::app {
namespace {

// An empty variable counts as none (OpenTelemetry, "Parsing empty value").
class Environment {
 public:
  explicit Environment(LookUp look_up) noexcept : look_up_(look_up) {}

  [[nodiscard]] std::string_view text(const char* name) const {
    const char* const value = look_up_(name);
    return value == nullptr ? std::string_view() : trim(value);
  }
  // The variable of traces wins over the one of all signals.
  [[nodiscard]] std::string_view text(const char* of_traces, const char* of_all) const {
    const std::string_view value = text(of_traces);
    return value.empty() ? text(of_all) : value;
  }
  static void take_number(std::string_view text, std::uint32_t least, std::uint32_t& out) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (!text.empty() && error == std::errc() && end == text.data() + text.size() && number >= least)
      out = number;
  }
  static void take_milliseconds(std::string_view text, std::chrono::milliseconds& out) {
    std::uint32_t number = 0;
    take_number(text, 1, number);
    if (number > 0) out = std::chrono::milliseconds(number);
  }
  static void take_text(std::string_view text, std::string& out) {
    if (!text.empty()) out = text;
  }

 private:
  LookUp look_up_;
};

// "key=value,key=value", values percent-encoded.
void take_headers(std::string_view rest, std::map<std::string, std::string>& into) {
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view pair = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string key(trim(pair.substr(0, equals)));
    std::string value;
    if (!key.empty() && url::decode_path(trim(pair.substr(equals + 1)), value)) into[key] = value;
  }
}

std::string base_with_path(std::string_view base) {
  std::string url(base);
  if (url.back() != '/') url += '/';
  return url + "v1/traces";
}

// The URL of traces is taken as it is; without a path it means "/".
std::string whole_url(std::string_view given) {
  std::string url(given);
  const std::size_t host = url.find("://");
  if (host != std::string::npos && url.find('/', host + 3) == std::string::npos) url += '/';
  return url;
}

}  // namespace

void take_environment(SpanBatchOptions& options, LookUp look_up) {
  const Environment environment(look_up);
  environment.take_milliseconds(environment.text("OTEL_BSP_SCHEDULE_DELAY"), options.delay);
  environment.take_milliseconds(environment.text("OTEL_BSP_EXPORT_TIMEOUT"), options.timeout);
  environment.take_number(environment.text("OTEL_BSP_MAX_QUEUE_SIZE"), 1, options.queue_size);
  environment.take_number(environment.text("OTEL_BSP_MAX_EXPORT_BATCH_SIZE"), 1, options.batch_size);
}

void take_environment(TracingOptions::LimitsOptions& options, LookUp look_up) {
  const Environment environment(look_up);
  const auto take = [&](const char* of_spans, const char* of_all, std::uint32_t& limit) {
    environment.take_number(environment.text(of_spans, of_all), 0, limit);
  };
  take("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT", options.attributes);
  take("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", options.value_length);
  take("OTEL_SPAN_EVENT_COUNT_LIMIT", "OTEL_SPAN_EVENT_COUNT_LIMIT", options.events);
  take("OTEL_SPAN_LINK_COUNT_LIMIT", "OTEL_SPAN_LINK_COUNT_LIMIT", options.links);
}

void take_environment(OtlpExporterOptions& options, LookUp look_up) {
  const Environment environment(look_up);
  if (const std::string_view base = environment.text("OTEL_EXPORTER_OTLP_ENDPOINT"); !base.empty())
    options.endpoint = base_with_path(base);
  if (const std::string_view url = environment.text("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"); !url.empty())
    options.endpoint = whole_url(url);
  const std::string_view protocol =
      environment.text("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL");
  if (protocol == "http/json") options.protocol = SpanFormat::json;
  if (protocol == "http/protobuf") options.protocol = SpanFormat::protobuf;
  const std::string_view compression =
      environment.text("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION");
  if (compression == "gzip") options.compression = SpanCompression::gzip;
  if (compression == "none") options.compression = SpanCompression::none;
  take_headers(environment.text("OTEL_EXPORTER_OTLP_HEADERS"), options.headers);
  take_headers(environment.text("OTEL_EXPORTER_OTLP_TRACES_HEADERS"), options.headers);
  environment.take_milliseconds(
      environment.text("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"), options.timeout);
  environment.take_text(
      environment.text("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE"),
      options.tls.ca);
  environment.take_text(environment.text("OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE",
                                         "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"),
                        options.tls.cert);
  environment.take_text(
      environment.text("OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "OTEL_EXPORTER_OTLP_CLIENT_KEY"),
      options.tls.key);
}

void take_environment(ZipkinExporterOptions& options, LookUp look_up) {
  const Environment environment(look_up);
  environment.take_text(environment.text("OTEL_EXPORTER_ZIPKIN_ENDPOINT"), options.endpoint);
  environment.take_milliseconds(environment.text("OTEL_EXPORTER_ZIPKIN_TIMEOUT"), options.timeout);
}

}  // namespace ngo::app
