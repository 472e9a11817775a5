#include <utility>
#include <vector>

#include "ngo/app/telemetry/exporters.hpp"
#include "ngo/base/error.hpp"
#include "ngo/http/grpc_client.hpp"
#include "ngo/log/limited.hpp"
#include "ngo/log/log.hpp"
#include "ngo/runtime/wait.hpp"
#include "ngo/trace/skywalking_encoder.hpp"

namespace ngo::app {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kPropertiesEvery = 10;  // keep-alives

http::GrpcOptions grpc_options(const SkywalkingExporterOptions& options) {
  http::GrpcOptions out;
  out.url = options.endpoint;
  if (!options.token.empty()) out.metadata.emplace("authentication", options.token);
  out.timeout = options.timeout;
  out.tls = options.tls;
  return out;
}

class SkywalkingExporter final : public trace::Exporter {
 public:
  SkywalkingExporter(const SkywalkingExporterOptions& options, const trace::Resource& resource)
      : client_(grpc_options(options)),
        resource_(resource),
        names_{std::string(resource.service_name()),
               std::string(trace::text_of(resource.attributes, "service.instance.id"))},
        keep_alive_(options.keep_alive) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "skywalking"; }

  [[nodiscard]] Task<trace::ExportResult> send(std::span<const trace::FragmentPtr> batch) override {
    std::vector<std::string> segments;
    segments.reserve(batch.size());
    for (const trace::FragmentPtr& each : batch) segments.push_back(trace::encode_segment(*each, names_));
    const http::GrpcReply reply =
        co_await client_.call("/skywalking.v3.TraceSegmentReportService/collect", segments);
    using Outcome = trace::ExportResult::Outcome;
    trace::ExportResult result;
    if (!reply.ok()) result.outcome = reply.may_retry() ? Outcome::retry : Outcome::drop;
    result.why = reply.message;
    co_return result;
  }

  [[nodiscard]] Task<void> run() override {
    const std::string properties = trace::encode_instance_properties(names_, resource_);
    const std::string ping = trace::encode_instance_ping(names_);
    unsigned beats = 0;  // since the properties were taken
    bool known = false;
    while (true) {
      const bool introduce = !known || beats >= kPropertiesEvery;
      const std::string& message = introduce ? properties : ping;
      const http::GrpcReply reply =
          co_await client_.call(introduce ? "/skywalking.v3.ManagementService/reportInstanceProperties"
                                          : "/skywalking.v3.ManagementService/keepAlive",
                                message);
      known = reply.ok();
      if (!known) log::every(1min).warn("skywalking does not take this instance: {}", reply.message);
      beats = introduce ? 0 : beats + 1;
      co_await sleep(introduce && known ? Duration(1s) : Duration(keep_alive_));
    }
  }

 private:
  http::GrpcClient client_;
  trace::Resource resource_;
  trace::SkywalkingNames names_;
  Duration keep_alive_;
};

}  // namespace

std::unique_ptr<trace::Exporter> make_skywalking_exporter(const SkywalkingExporterOptions& options,
                                                          const trace::Resource& resource) {
  return std::make_unique<SkywalkingExporter>(options, resource);
}

}  // namespace ngo::app
