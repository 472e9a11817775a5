#include "ngo/app/telemetry/metrics_export.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "ngo/base/id.hpp"
#include "ngo/codec/compression.hpp"
#include "ngo/http/retry_after.hpp"
#include "ngo/log/limited.hpp"
#include "ngo/log/log.hpp"
#include "ngo/metrics/otlp.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::app {
namespace {

using namespace std::chrono_literals;

constexpr Duration kFirstPause = 1s;
constexpr Duration kLongestPause = 30s;
constexpr std::uint64_t kLargestAnswer = 4 * 1024 * 1024;  // OTLP's limit
constexpr int kQuick = 1;                                  // level of gzip

HttpClientOptions client_options() {
  HttpClientOptions options;
  options.name = "ngo-metrics";
  options.propagate = false;
  options.deadline_header.clear();
  return options;
}

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
      client_(client_options()),
      exported_(metrics.counter("otel.sdk.exporter.metric_data_point.exported", "{data_point}",
                                "points that were pushed, or were not taken (error.type)")) {}

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
  if (!options_.otlp.endpoint.empty()) {
    co_await push(std::move(now), std::min<Duration>(limit, options_.otlp.timeout));
  }
  co_await client_.close(Duration::zero());
}

Task<void> MetricsExport::tell() {
  metrics::Snapshot now = metrics_.snapshot();
  tell_sinks(now);
  if (!options_.otlp.endpoint.empty()) co_await push(std::move(now), options_.otlp.timeout);
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

  const TimePoint end = EventLoop::current().now() + limit;
  Duration pause = kFirstPause;
  Answer answer;
  for (;;) {
    const Duration left = end - EventLoop::current().now();
    if (left <= Duration::zero()) break;
    answer = co_await send(body, left);
    if (answer.taken || !answer.may_retry) break;
    // Between half and all of the pause, so that many clients do not come back together.
    const auto part = static_cast<std::int64_t>(500 + random_below(501));
    const Duration wait = answer.retry_after.value_or(pause * part / 1000);
    if (EventLoop::current().now() + wait >= end) break;
    co_await sleep(wait);
    pause = std::min<Duration>(pause * 2, kLongestPause);
  }
  const std::size_t points = points_of(now);
  if (answer.taken) {
    exported_.with({{"otel.component.type", "otlp_http_metric_exporter"}}).add(points);
    if (delta) sent_ = std::move(now);
  } else {
    exported_.with({{"otel.component.type", "otlp_http_metric_exporter"}, {"error.type", answer.error}})
        .add(points);
    log::every(1min).warn("the collector at {} has not taken the metrics: {}", options_.otlp.endpoint,
                          answer.why);
  }
}

Task<MetricsExport::Answer> MetricsExport::send(const std::string& body, Duration limit) {
  Answer answer;
  try {
    HttpCall call = client_.post(options_.otlp.endpoint);
    const auto encoding = options_.otlp.protocol == OtlpProtocol::json ? metrics::OtlpEncoding::json
                                                                       : metrics::OtlpEncoding::protobuf;
    call.body(body, metrics::content_type(encoding));
    if (options_.otlp.compression == OtlpCompression::gzip) call.header("Content-Encoding", "gzip");
    for (const auto& [name, value] : options_.otlp.headers) call.header(name, value);
    call.attempts(1).timeout(limit).response_timeout(limit).max_body(kLargestAnswer).redirects(0);
    const HttpResponse response = co_await std::move(call);
    if (response.ok()) {
      answer.taken = true;
      const metrics::OtlpAnswer told = metrics::read_otlp_answer(response.text(), encoding);
      if (told.rejected > 0 || !told.message.empty()) {
        log::every(1min).warn("the collector at {} has refused {} points: {}", options_.otlp.endpoint,
                              told.rejected, told.message);
      }
      co_return answer;
    }
    answer.may_retry = http::is_passing(response.status());
    answer.retry_after =
        http::parse_retry_after(response.header("Retry-After").value_or(""), EventLoop::current().wall());
    answer.error = std::to_string(response.status());
    answer.why = "it answered " + answer.error;
  } catch (const Error& error) {
    if (error.code() == Code::cancelled) throw;
    answer.may_retry = error.code() == Code::unavailable || error.code() == Code::deadline_exceeded ||
                       error.code() == Code::aborted;
    answer.error = to_string(error.code());
    answer.why = error.message();
  }
  co_return answer;
}

}  // namespace ngo::app
