#include "ngo/app/telemetry/trace_exporters.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iterator>
#include <vector>

#include "ngo/app/telemetry/exporters.hpp"
#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"

namespace ngo::app {
namespace {

using Made = std::unique_ptr<trace::Exporter>;
using Make = Made (*)(const TracingOptions&, const trace::Resource&);
struct Entry {
  std::string_view type;
  Make make;
};

const char* environment(const char* name) { return std::getenv(name); }

Made nothing(const TracingOptions&, const trace::Resource&) { return nullptr; }

Made otlp(const TracingOptions& options, const trace::Resource& resource) {
  OtlpExporterOptions wanted = options.otlp;
  take_environment(wanted, environment);
  return make_otlp_exporter(wanted, resource);
}

Made zipkin(const TracingOptions& options, const trace::Resource& resource) {
  ZipkinExporterOptions wanted = options.zipkin;
  take_environment(wanted, environment);
  return make_zipkin_exporter(wanted, resource);
}

Made jaeger(const TracingOptions& options, const trace::Resource& resource) {
  return make_jaeger_exporter(options.jaeger, resource);
}

Made skywalking(const TracingOptions& options, const trace::Resource& resource) {
  return make_skywalking_exporter(options.skywalking, resource);
}

Made optimus(const TracingOptions& options, const trace::Resource& resource) {
  OptimusTarget target;
  target.service = options.optimus.service_name;
  target.host = options.optimus.udp_host;
  const std::string& port = options.optimus.udp_port;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), target.port);
  if (error != std::errc() || end != port.data() + port.size() || target.port == 0)
    throw Error(Code::invalid_argument,
                "tracing.optimus.udpPort " + in_quotes(port) + " is no port; expected 1 to 65535");
  // As the original's agent names the process.
  if (const char* const app = environment("appname")) target.app = app;
  if (const char* const cluster = environment("clustername")) target.cluster = cluster;
  return make_optimus_exporter(target, resource);
}

constexpr Entry kTable[] = {{"memory", &nothing}, {"none", &nothing},  {"otlp", &otlp},
                            {"zipkin", &zipkin},  {"jaeger", &jaeger}, {"skywalking", &skywalking},
                            {"optimus", &optimus}};

const Entry* entry_of(std::string_view type) {
  const auto* const found = std::find_if(std::begin(kTable), std::end(kTable),
                                         [&](const Entry& each) { return each.type == type; });
  return found == std::end(kTable) ? nullptr : found;
}

}  // namespace

std::string check_exporter(std::string_view type) {
  if (entry_of(type) != nullptr) return {};
  std::vector<std::string> names;
  for (const Entry& each : kTable) names.emplace_back(each.type);
  return "unsupported type " + in_quotes(type) + "; expected " + list_or(names);
}

std::unique_ptr<trace::Exporter> make_exporter(const TracingOptions& options,
                                               const trace::Resource& resource) {
  const Entry* const found = entry_of(options.type.empty() ? "memory" : options.type);
  return found == nullptr ? nullptr : found->make(options, resource);
}

}  // namespace ngo::app
