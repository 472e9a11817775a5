#include "ngo/app/telemetry/trace_exporters.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iterator>
#include <utility>
#include <vector>

#include "ngo/app/telemetry/exporters.hpp"
#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"

namespace ngo::app {
namespace {

using Made = std::unique_ptr<trace::Exporter>;
using Make = Made (*)(const TracingOptions&, const trace::Resource&, const trace::Sender&);
struct Entry {
  std::string_view type;
  Make make;
};

const char* environment(const char* name) { return std::getenv(name); }

Made nothing(const TracingOptions&, const trace::Resource&, const trace::Sender&) { return nullptr; }

Made otlp(const TracingOptions& options, const trace::Resource& resource, const trace::Sender&) {
  OtlpExporterOptions wanted = options.otlp;
  take_environment(wanted, environment);
  return make_otlp_exporter(wanted, resource);
}

Made zipkin(const TracingOptions& options, const trace::Resource& resource, const trace::Sender&) {
  ZipkinExporterOptions wanted = options.zipkin;
  take_environment(wanted, environment);
  return make_zipkin_exporter(wanted, resource);
}

Made jaeger(const TracingOptions& options, const trace::Resource& resource, const trace::Sender&) {
  return make_jaeger_exporter(options.jaeger, resource);
}

Made skywalking(const TracingOptions& options, const trace::Resource& resource, const trace::Sender&) {
  return make_skywalking_exporter(options.skywalking, resource);
}

Made optimus(const TracingOptions& options, const trace::Resource& resource, const trace::Sender&) {
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

Made pinpoint(const TracingOptions& options, const trace::Resource& resource, const trace::Sender& sender) {
  const PinpointOptions& wanted = options.pinpoint;
  PinpointTarget target;
  const auto or_default = [](std::uint16_t port, std::uint16_t otherwise) {
    return port == 0 ? otherwise : port;
  };
  target.sender = sender;
  target.agent_name = wanted.agent_name;
  if (!wanted.collector.host.empty()) target.host = wanted.collector.host;
  target.agent_port = or_default(wanted.collector.agent_port, target.agent_port);
  target.stat_port = or_default(wanted.collector.stat_port, target.stat_port);
  target.span_port = or_default(wanted.collector.span_port, target.span_port);
  target.collect_every = std::chrono::milliseconds(wanted.stat.collect_interval);
  target.stats_of_batch = static_cast<std::size_t>(wanted.stat.batch_count);
  return make_pinpoint_exporter(std::move(target), resource);
}

constexpr Entry kTable[] = {{"memory", &nothing},  {"none", &nothing},     {"otlp", &otlp},
                            {"zipkin", &zipkin},   {"jaeger", &jaeger},    {"skywalking", &skywalking},
                            {"optimus", &optimus}, {"pinpoint", &pinpoint}};

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

std::unique_ptr<trace::Exporter> make_exporter(const TracingOptions& options, const trace::Resource& resource,
                                               const trace::Sender& sender) {
  const Entry* const found = entry_of(options.type.empty() ? "memory" : options.type);
  return found == nullptr ? nullptr : found->make(options, resource, sender);
}

}  // namespace ngo::app
