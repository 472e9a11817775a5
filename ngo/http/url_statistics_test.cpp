#include "ngo/http/url_statistics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "ngo/base/error.hpp"
#include "ngo/http/middleware/url_metrics.hpp"

namespace ngo::http {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

double value_of(const Metrics& metrics, std::string_view name, std::string_view url) {
  const metrics::Snapshot snapshot = metrics.snapshot();
  const metrics::Family* family = snapshot.find(name);
  if (family == nullptr) return -1;
  double sum = 0;
  for (const metrics::Point& point : family->points) {
    if (metrics::value_of(*point.labels, "url") == url) sum += point.number();
  }
  return sum;
}

TEST(UrlStatistics, CountCallsErrorsTimeAndConcurrency) {
  Metrics metrics;
  UrlStatistics urls(metrics, MetricsCompat::ngo);
  urls.begin("/a", "GET");
  urls.begin("/a", "GET");
  urls.end("/a", "GET", "shop", 200, false, 5ms);
  urls.end("/a", "GET", "shop", 500, true, 10ms);  // a bound belongs to the bucket above
  EXPECT_EQ(value_of(metrics, "ngo_url_calls", "/a"), 2);
  EXPECT_EQ(value_of(metrics, "ngo_url_errors", "/a"), 1);
  EXPECT_EQ(value_of(metrics, "ngo_url_duration_ms_sum", "/a"), 15);
  EXPECT_EQ(value_of(metrics, "ngo_url_duration_ms_max", "/a"), 10);
  EXPECT_EQ(value_of(metrics, "ngo_url_concurrency_max", "/a"), 2);
  const metrics::Snapshot snapshot = metrics.snapshot();
  for (const metrics::Point& point : snapshot.find("ngo_url_bucket")->points) {
    const std::string_view bucket = metrics::value_of(*point.labels, "bucket");
    EXPECT_EQ(point.number(), bucket == "ms0_10" || bucket == "ms10_100" ? 1 : 0) << bucket;
  }
}

TEST(UrlStatistics, CountTooManyUrlsTogether) {
  Metrics metrics;
  UrlStatistics urls(metrics, MetricsCompat::ngo);
  for (std::size_t i = 0; i < UrlStatistics::kMostUrls + 10; ++i) {
    const std::string url = "/" + std::to_string(i);
    urls.begin(url, "GET");
    urls.end(url, "GET", "shop", 404, false, 1ms);
  }
  EXPECT_EQ(value_of(metrics, "ngo_url_calls", "_OTHER"), 10);
}

TEST(PathRules, NameWhatIsCountedOrWhatIsNot) {
  UrlMetricsOptions options;
  EXPECT_TRUE(PathRules(options).empty());
  options.exclude = {"/internal/", "~/users/[0-9]+"};
  const PathRules without(options);
  EXPECT_FALSE(without.admit("/internal/x"));
  EXPECT_FALSE(without.admit("/users/17"));
  EXPECT_TRUE(without.admit("/users/17/orders"));
  options.include.swap(options.exclude);
  const PathRules only(options);
  EXPECT_TRUE(only.admit("/users/17"));
  EXPECT_FALSE(only.admit("/orders"));
}

TEST(UrlMetricsOptions, SayWhatIsWrong) {
  UrlMetricsOptions options;
  EXPECT_EQ(options.mistake(), "");
  options.include = {"~("};
  EXPECT_NE(options.mistake(), "");
  options.include = {"/a"};
  options.exclude = {"/b"};
  EXPECT_THAT(options.mistake(), HasSubstr("exclude each other"));
}

}  // namespace
}  // namespace ngo::http
