#include "ngo/app/telemetry/metrics_export.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "ngo/app/telemetry/backoff_impl.hpp"
#include "ngo/base/error.hpp"
#include "ngo/base/id.hpp"
#include "ngo/codec/compression.hpp"
#include "ngo/log/limited.hpp"
#include "ngo/log/log.hpp"
#include "ngo/metrics/otlp.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::app {
namespace {

using namespace std::chrono_literals;
using Outcome = trace::ExportResult::Outcome;

constexpr Duration kFirstPause = 1s;
constexpr Duration kLongestPause = 30s;
constexpr int kQuick = 1;  // level of gzip

std::size_t points_of(const metrics::Snapshot& snapshot) noexcept {
  std::size_t count = 0;
  for (const metrics::Family& family : snapshot.families) count += family.points.size();
  return count;
}

}  // namespace

MetricsExport::MetricsExport(Metrics& metrics, const metrics::Labels& resource, const MetricsOptions& options,
                             std::vector<std::shared_ptr<MetricsSink>> sinks)
    : metrics_(metrics),
      resource_(resource),
      options_(options),
      sinks_(std::move(sinks)),
      exported_(metrics.counter("otel.sdk.exporter.metric_data_point.exported", "{data_point}",
                                "points that were pushed, or were not taken (error.type)")) {
  const MetricsOtlpOptions& otlp = options_.otlp;
  if (!otlp.endpoint.empty()) {
    sender_.emplace(
        TelemetrySender::Target{"ngo-metrics", otlp.endpoint, otlp.headers, otlp.timeout, otlp.tls});
  }
}

MetricsExport::~MetricsExport() = default;

Task<void> MetricsExport::run() {
  EventLoop& loop = EventLoop::current();
  // Copies of a service that were started together do not push together.
  const auto spread = static_cast<std::int64_t>(random_below(1'000'000));
  TimePoint next = loop.now() + Duration(options_.interval) * spread / 1'000'000;
  for (;;) {
    next = std::max(next + options_.interval, loop.now());
    co_await sleep_until(next);
    co_await tell();
  }
}

Task<void> MetricsExport::finish(Duration limit) {
  metrics::Snapshot now = metrics_.snapshot();
  tell_sinks(now);
  if (!sender_) co_return;
  co_await push(std::move(now), std::min<Duration>(limit, options_.otlp.timeout));
  co_await sender_->close();
}

Task<void> MetricsExport::tell() {
  metrics::Snapshot now = metrics_.snapshot();
  tell_sinks(now);
  if (sender_) co_await push(std::move(now), options_.otlp.timeout);
}

void MetricsExport::tell_sinks(const metrics::Snapshot& now) {
  if (sinks_.empty()) return;
  if (told_.time == 0) told_.time = now.start;
  const metrics::Snapshot interval = metrics::difference(told_, now);
  for (const auto& sink : sinks_) {
    try {
      sink->take(interval, now);
    } catch (const std::exception& error) {
      log::every(1min).error("a sink of metrics has failed: {}", error.what());
    }
  }
  told_ = now;
}

Task<void> MetricsExport::push(metrics::Snapshot now, Duration limit) {
  const bool delta = options_.otlp.temporality == OtlpTemporality::delta;
  const auto encoding = options_.otlp.protocol == OtlpProtocol::json ? metrics::OtlpEncoding::json
                                                                     : metrics::OtlpEncoding::protobuf;
  if (sent_.time == 0) sent_.time = now.start;
  std::string body =
      metrics::encode_otlp(delta ? metrics::difference(sent_, now) : now, resource_, encoding,
                           delta ? metrics::Temporality::delta : metrics::Temporality::cumulative);
  if (body.empty()) co_return;
  if (options_.otlp.compression == OtlpCompression::gzip) body = compress(Coding::gzip, kQuick, body);

  const TelemetrySender::Answer answer = co_await send(body, limit);
  const std::size_t points = points_of(now);
  if (answer.result.outcome == Outcome::done) {
    const metrics::OtlpAnswer told = metrics::read_otlp_answer(answer.body, encoding);
    if (told.rejected > 0 || !told.message.empty()) {
      log::every(1min).warn("the collector at {} has refused {} points: {}", options_.otlp.endpoint,
                            told.rejected, told.message);
    }
    exported_.with({{"otel.component.type", "otlp_http_metric_exporter"}}).add(points);
    if (delta) sent_ = std::move(now);
  } else {
    exported_.with({{"otel.component.type", "otlp_http_metric_exporter"}, {"error.type", answer.error}})
        .add(points);
    log::every(1min).warn("the collector has not taken the metrics: {}", answer.result.why);
  }
}

Task<TelemetrySender::Answer> MetricsExport::send(const std::string& body, Duration limit) {
  const auto encoding = options_.otlp.protocol == OtlpProtocol::json ? metrics::OtlpEncoding::json
                                                                     : metrics::OtlpEncoding::protobuf;
  const bool gzip = options_.otlp.compression == OtlpCompression::gzip;
  const TimePoint end = EventLoop::current().now() + limit;
  TelemetrySender::Answer answer;
  answer.result.outcome = Outcome::retry;
  answer.result.why = "no time was left";
  answer.error = to_string(Code::deadline_exceeded);
  for (unsigned failures = 1;; ++failures) {
    const Duration left = end - EventLoop::current().now();
    if (left <= Duration::zero()) break;
    answer = co_await sender_->post(body, metrics::content_type(encoding), gzip, left);
    if (answer.result.outcome != Outcome::retry) break;
    const Duration wait = answer.result.retry_after.value_or(backoff(failures, kFirstPause, kLongestPause));
    if (EventLoop::current().now() + wait >= end) break;
    co_await sleep(wait);
  }
  co_return answer;
}

}  // namespace ngo::app
