#include "ngo/http/url_statistics.hpp"

#include <algorithm>

namespace ngo::http {
namespace {

using metrics::Description;
using metrics::Kind;

// Sums under names that must not get the ending of a counter.
constexpr Description kCalls{Kind::up_down_counter, "ngo_url_calls", "", "requests"};
constexpr Description kErrors{Kind::up_down_counter, "ngo_url_errors", "", "requests that failed"};
constexpr Description kSum{Kind::up_down_counter, "ngo_url_duration_ms_sum", "", "milliseconds in all"};
constexpr Description kMax{Kind::gauge, "ngo_url_duration_ms_max", "", "milliseconds of the slowest"};
constexpr Description kConcurrency{Kind::gauge, "ngo_url_concurrency_max", "", "most at a time"};
constexpr Description kBucket{Kind::counter, "ngo_url_bucket", "", "requests by how long they have taken"};
constexpr Description kStatus{Kind::counter, "ngo_url_status", "", "requests by status"};

constexpr std::array<std::string_view, 5> kBucketNames = {"ms0_10", "ms10_100", "ms100_1000", "s1_10",
                                                          "s10_n"};
constexpr std::array kMilliseconds{10.0, 100.0, 1000.0, 10'000.0, 100'000.0};
constexpr std::string_view kOther = "_OTHER";

std::size_t bucket_of(Duration took) noexcept {
  std::size_t bucket = 0;
  for (Duration bound = std::chrono::milliseconds(10); took >= bound && bucket < 4; bound *= 10) ++bucket;
  return bucket;
}

double milliseconds(Duration time) noexcept {
  return std::chrono::duration<double, std::milli>(time).count();
}

}  // namespace

UrlStatistics::UrlStatistics(Metrics& metrics, MetricsCompat compat) : compat_(compat) {
  if (compat == MetricsCompat::easy_ngo) {
    requests_ = metrics.counter("request_total", "", "requests");
    durations_ = metrics.histogram("request_duration", "", "milliseconds of requests", kMilliseconds);
  } else {
    collection_ = metrics.on_collect([this](metrics::Collector& out) { collect(out); });
  }
}

UrlStatistics::Statistics& UrlStatistics::find(std::string_view url, std::string_view method) {
  const Key key(url, method);
  const auto found = by_url_.find(key);
  if (found != by_url_.end()) return found->second;
  if (by_url_.size() >= kMostUrls) return by_url_[Key(kOther, kOther)];
  return by_url_[key];
}

void UrlStatistics::begin(std::string_view url, std::string_view method) {
  if (compat_ != MetricsCompat::ngo) return;
  const std::lock_guard lock(mutex_);
  Statistics& own = find(url, method);
  own.most_concurrency = std::max(own.most_concurrency, ++own.concurrency);
}

void UrlStatistics::end(std::string_view url, std::string_view method, std::string_view domain, int status,
                        bool failed, Duration took) {
  if (compat_ == MetricsCompat::easy_ngo) {
    const std::string code = status == 0 ? "unknown" : std::to_string(status);
    const std::array<metrics::LabelView, 4> labels{
        {{"domain", domain}, {"url", url}, {"method", method}, {"code", std::string_view(code)}}};
    requests_->with(labels).add();
    durations_->with(labels).record(milliseconds(took));
    return;
  }
  const std::lock_guard lock(mutex_);
  Statistics& own = find(url, method);
  --own.concurrency;
  ++own.calls;
  if (failed) ++own.errors;
  own.total += took;
  own.longest = std::max(own.longest, took);
  ++own.buckets[bucket_of(took)];
  if (status != 0) ++own.statuses[status];
}

void UrlStatistics::collect(metrics::Collector& out) {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, own] : by_url_) {
    const metrics::LabelView url{"url", std::string_view(key.first)};
    const metrics::LabelView method{"method", std::string_view(key.second)};
    out.add(kCalls, own.calls, {url, method});
    out.add(kErrors, own.errors, {url, method});
    out.add(kSum, milliseconds(own.total), {url, method});
    out.add(kMax, milliseconds(own.longest), {url, method});
    out.add(kConcurrency, own.most_concurrency, {url, method});
    for (std::size_t i = 0; i < kBuckets; ++i)
      out.add(kBucket, own.buckets[i], {url, method, {"bucket", kBucketNames[i]}});
    for (const auto& [status, count] : own.statuses) out.add(kStatus, count, {url, method, {"code", status}});
  }
}

}  // namespace ngo::http
