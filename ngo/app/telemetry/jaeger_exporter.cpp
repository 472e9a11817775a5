#include <numeric>
#include <utility>

#include "ngo/app/telemetry/datagram_sender_impl.hpp"
#include "ngo/app/telemetry/exporters.hpp"
#include "ngo/app/telemetry/telemetry_sender.hpp"
#include "ngo/base/error.hpp"
#include "ngo/trace/jaeger_encoder.hpp"

namespace ngo::app {
namespace {

// The old collector.
class JaegerHttpExporter final : public trace::Exporter {
 public:
  JaegerHttpExporter(const JaegerExporterOptions& options, const trace::Resource& resource)
      : sender_({"ngo-traces",
                 options.endpoint.empty() ? "http://localhost:14268/api/traces" : options.endpoint,
                 options.headers, options.timeout, options.tls}),
        form_(trace::jaeger_form(resource)) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "jaeger"; }

  [[nodiscard]] Task<trace::ExportResult> send(std::span<const trace::FragmentPtr> batch) override {
    std::string body = trace::encode_jaeger_binary(batch, form_);
    TelemetrySender::Answer answer =
        co_await sender_.post(std::move(body), "application/vnd.apache.thrift.binary", false);
    co_return std::move(answer.result);
  }

 private:
  TelemetrySender sender_;
  trace::JaegerForm form_;
};

// The old agent, which says nothing: what has left is taken for taken.
class JaegerAgentExporter final : public trace::Exporter {
 public:
  JaegerAgentExporter(std::string_view name, std::string host, std::uint16_t port, std::size_t packet_size,
                      trace::JaegerForm form)
      : name_(name), sender_(std::move(host), port), packet_size_(packet_size), form_(std::move(form)) {}

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }

  [[nodiscard]] Task<trace::ExportResult> send(std::span<const trace::FragmentPtr> batch) override {
    const trace::JaegerPackets packets = trace::encode_jaeger_packets(batch, form_, packet_size_);
    trace::ExportResult result;
    result.rejected = packets.too_large;
    if (packets.too_large > 0)
      result.why = "they are larger than a packet of " + std::to_string(packet_size_) + " bytes";
    try {
      const std::size_t sent = co_await sender_.send(packets.packets);
      const auto first_lost = packets.spans.begin() + static_cast<std::ptrdiff_t>(sent);
      result.rejected += std::accumulate(first_lost, packets.spans.end(), std::size_t{0});
      if (sent < packets.packets.size()) result.why = "the network does not take packets";
    } catch (const Error& error) {
      if (error.code() == Code::cancelled) throw;
      result = {};
      result.outcome = trace::ExportResult::Outcome::retry;
      result.why = error.message();
    }
    co_return result;
  }

 private:
  std::string_view name_;
  DatagramSender sender_;
  std::size_t packet_size_;
  trace::JaegerForm form_;
};

std::unique_ptr<trace::Exporter> make_jaeger_otlp(const JaegerExporterOptions& options,
                                                  const trace::Resource& resource) {
  OtlpExporterOptions otlp;
  if (!options.endpoint.empty()) otlp.endpoint = options.endpoint;
  otlp.headers = options.headers;
  otlp.timeout = options.timeout;
  otlp.tls = options.tls;
  return make_otlp_exporter(otlp, resource);
}

}  // namespace

std::unique_ptr<trace::Exporter> make_jaeger_exporter(const JaegerExporterOptions& options,
                                                      const trace::Resource& resource) {
  if (options.protocol == JaegerProtocol::otlp) return make_jaeger_otlp(options, resource);
  if (options.protocol == JaegerProtocol::http)
    return std::make_unique<JaegerHttpExporter>(options, resource);
  return std::make_unique<JaegerAgentExporter>("jaeger", options.agent_host, options.agent_port,
                                               options.max_packet_size, trace::jaeger_form(resource));
}

std::unique_ptr<trace::Exporter> make_optimus_exporter(const OptimusTarget& target,
                                                       const trace::Resource& resource) {
  if (target.host.empty())
    throw Error(Code::invalid_argument,
                "empty UdpHost: tracing.optimus.udpHost is needed, for example 169.254.169.253");
  constexpr std::size_t kPacketSize = 65'000;
  trace::JaegerForm form;
  form.service = target.service.empty() ? std::string(resource.service_name()) : target.service;
  const std::string_view cluster = trace::text_of(resource.attributes, "k8s.cluster.name");
  form.process_tags = {
      {"local.app.name", target.app.empty() ? std::string(resource.service_name()) : target.app},
      {"local.app.clusterName", target.cluster.empty() ? std::string(cluster) : target.cluster}};
  for (const std::string_view key : {"host.name", "service.instance.id"}) {
    if (const std::string_view value = trace::text_of(resource.attributes, key); !value.empty())
      form.process_tags.push_back(
          {trace::AttributeName::lasting(key == "host.name" ? "hostname" : "client-uuid"),
           std::string(value)});
  }
  form.shared_spans = true;
  form.root_tag = true;
  return std::make_unique<JaegerAgentExporter>("optimus", target.host, target.port, kPacketSize,
                                               std::move(form));
}

}  // namespace ngo::app
