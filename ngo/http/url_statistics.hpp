// The original's statistics of each URL, and the names that its dashboards know (metrics.compat). For a
// service that moves from there: they cost a lock for each request, unlike http.server.request.duration, and
// say less.
//
//   ngo       ngo_url_calls, _errors, _duration_ms_sum, _duration_ms_max, _concurrency_max, _bucket_total and
//             _status_total, by url and method
//   easy-ngo  request_total and request_duration (milliseconds), by domain, url, method and code
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ngo/base/type.hpp"
#include "ngo/metrics/registry.hpp"
#include "ngo/runtime/clock.hpp"

namespace ngo::http {

enum class MetricsCompat : std::uint8_t { none, ngo, easy_ngo };
constexpr auto enum_names(MetricsCompat) {
  return std::array<EnumName, 3>{
      {{MetricsCompat::none, "none"}, {MetricsCompat::ngo, "ngo"}, {MetricsCompat::easy_ngo, "easy-ngo"}}};
}

// Used by all workers.
class UrlStatistics {
 public:
  // What comes when so many are known is counted together, as "_OTHER".
  static constexpr std::size_t kMostUrls = 2000;

  UrlStatistics(Metrics& metrics, MetricsCompat compat);
  UrlStatistics(const UrlStatistics&) = delete;
  UrlStatistics& operator=(const UrlStatistics&) = delete;

  void begin(std::string_view url, std::string_view method);
  // With the same url and method. `status` 0: the client went away.
  void end(std::string_view url, std::string_view method, std::string_view domain, int status, bool failed,
           Duration took);

 private:
  static constexpr std::size_t kBuckets = 5;
  struct Statistics {
    std::uint64_t calls = 0;
    std::uint64_t errors = 0;
    Duration total{};
    Duration longest{};
    std::int64_t concurrency = 0;
    std::int64_t most_concurrency = 0;
    std::array<std::uint64_t, kBuckets> buckets{};
    std::map<int, std::uint64_t> statuses;
  };
  using Key = std::pair<std::string, std::string>;  // url, method

  [[nodiscard]] Statistics& find(std::string_view url, std::string_view method);
  void collect(metrics::Collector& out);

  MetricsCompat compat_;
  std::optional<metrics::Metric<metrics::Counter>> requests_;  // of easy-ngo
  std::optional<metrics::Metric<metrics::Histogram>> durations_;
  std::mutex mutex_;
  std::map<Key, Statistics, std::less<>> by_url_;
  metrics::Collection collection_;
};

}  // namespace ngo::http
