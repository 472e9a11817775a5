// Metrics as Prometheus reads them: its text format 0.0.4 and OpenMetrics 1.0. Names and units become
// Prometheus' (http.server.request.duration in "s" is http_server_request_duration_seconds there, counters
// end in _total); exemplars are in OpenMetrics alone. Exponential histograms show a bucket for each power of
// two.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/metrics/snapshot.hpp"

namespace ngo::metrics {

enum class Exposition : std::uint8_t { prometheus, open_metrics };

// Which format an Accept field asks for, and the Content-Type to answer with. Nothing that is known, or an
// empty field: the text format.
struct Negotiated {
  Exposition format = Exposition::prometheus;
  std::string content_type;
};
[[nodiscard]] Negotiated negotiate(std::string_view accept);

// The family's name as Prometheus has it, with its unit and without _total.
[[nodiscard]] std::string prometheus_name(std::string_view name, std::string_view unit, Kind kind);

// Writes a whole answer, family by family.
class TextWriter {
 public:
  // `wanted`: names of families or of their samples, as Prometheus has them; empty: all.
  TextWriter(Exposition format, std::string& out, std::vector<std::string> wanted = {});

  // False: it was left out, since an earlier one has the same name for Prometheus.
  bool write(const Family& family);
  // target_info: who speaks.
  void write_resource(const Labels& resource);
  void finish();

 private:
  [[nodiscard]] bool is_wanted(std::string_view name, Kind kind) const;
  void write_head(std::string_view name, std::string_view unit, std::string_view type,
                  std::string_view description);
  void write_point(std::string_view name, Kind kind, const Point& point);
  void write_histogram(std::string_view name, const std::string& labels, const HistogramData& data);
  void write_exponential(std::string_view name, const std::string& labels, const ExponentialData& data);
  void write_bucket(std::string_view name, const std::string& labels, double bound, std::uint64_t count,
                    const Exemplar* exemplar);
  void write_sum(std::string_view name, const std::string& labels, double sum, std::uint64_t count);

  Exposition format_;
  std::string& out_;
  std::vector<std::string> wanted_;
  std::set<std::string> written_;
};

}  // namespace ngo::metrics
