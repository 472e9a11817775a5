#include <utility>

#include "ngo/app/telemetry/exporters.hpp"
#include "ngo/app/telemetry/telemetry_sender.hpp"
#include "ngo/codec/compression.hpp"
#include "ngo/trace/otlp_encoder.hpp"

namespace ngo::app {
namespace {

constexpr int kQuick = 1;  // level of gzip

class OtlpExporter final : public trace::Exporter {
 public:
  OtlpExporter(const OtlpExporterOptions& options, const trace::Resource& resource)
      : sender_({"ngo-traces", options.endpoint, options.headers, options.timeout, options.tls}),
        resource_(resource),
        format_(options.protocol == SpanFormat::json ? trace::OtlpFormat::json : trace::OtlpFormat::protobuf),
        gzip_(options.compression == SpanCompression::gzip) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "otlp"; }

  [[nodiscard]] Task<trace::ExportResult> send(std::span<const trace::FragmentPtr> batch) override {
    std::string body = trace::encode_otlp(batch, resource_, format_);
    if (gzip_) body = compress(Coding::gzip, kQuick, body);
    const std::string_view type =
        format_ == trace::OtlpFormat::json ? "application/json" : "application/x-protobuf";
    TelemetrySender::Answer answer = co_await sender_.post(std::move(body), type, gzip_);
    trace::ExportResult result = std::move(answer.result);
    if (result.outcome != trace::ExportResult::Outcome::done) {
      const std::string said = trace::read_otlp_refusal(answer.body, format_);
      if (!said.empty()) result.why += ": " + said;
      co_return result;
    }
    const auto told = trace::read_otlp_answer(answer.body, format_);
    if (told) {
      result.rejected = told->rejected;
      result.why = told->message;
    } else {
      result.why = "it took them, but its answer is none of OTLP";
    }
    co_return result;
  }

 private:
  TelemetrySender sender_;
  trace::Resource resource_;
  trace::OtlpFormat format_;
  bool gzip_;
};

}  // namespace

std::unique_ptr<trace::Exporter> make_otlp_exporter(const OtlpExporterOptions& options,
                                                    const trace::Resource& resource) {
  return std::make_unique<OtlpExporter>(options, resource);
}

}  // namespace ngo::app
