#include <utility>

#include "ngo/app/telemetry/exporters.hpp"
#include "ngo/app/telemetry/telemetry_sender.hpp"
#include "ngo/trace/zipkin_encoder.hpp"

namespace ngo::app {
namespace {

TelemetrySender::Target target_of(const ZipkinExporterOptions& options) {
  TelemetrySender::Target target{"ngo-traces", options.endpoint, options.headers, options.timeout,
                                 options.tls};
  target.headers.emplace("b3", "0");  // the server is not to trace it either
  return target;
}

class ZipkinExporter final : public trace::Exporter {
 public:
  ZipkinExporter(const ZipkinExporterOptions& options, const trace::Resource& resource)
      : sender_(target_of(options)), resource_(resource), shared_spans_(options.shared_spans) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "zipkin"; }

  [[nodiscard]] Task<trace::ExportResult> send(std::span<const trace::FragmentPtr> batch) override {
    std::string body = trace::encode_zipkin(batch, resource_, shared_spans_);
    TelemetrySender::Answer answer = co_await sender_.post(std::move(body), "application/json", false);
    co_return std::move(answer.result);
  }

 private:
  TelemetrySender sender_;
  trace::Resource resource_;
  bool shared_spans_;
};

}  // namespace

std::unique_ptr<trace::Exporter> make_zipkin_exporter(const ZipkinExporterOptions& options,
                                                      const trace::Resource& resource) {
  return std::make_unique<ZipkinExporter>(options, resource);
}

}  // namespace ngo::app
