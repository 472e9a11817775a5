// What a registry has counted, as plain values: families of points, after OpenTelemetry's data model. Sums
// and histograms count from `start` on; see difference() for what came in between two snapshots.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ngo/base/id.hpp"

namespace ngo::metrics {

enum class Kind : std::uint8_t {
  counter,          // only grows
  up_down_counter,  // a sum that goes both ways
  gauge,            // the value of the moment; values of several processes make no sum
  histogram,
  exponential_histogram,
};
// "counter", "up-down counter", ...
[[nodiscard]] std::string_view to_string(Kind kind) noexcept;

// What tells points of one family apart, for example http.route. In OTLP values keep their type.
struct Label {
  enum class Type : std::uint8_t { text, integer, boolean };
  std::string key;
  std::string value;
  Type type = Type::text;
  friend bool operator==(const Label&, const Label&) = default;
  friend auto operator<=>(const Label&, const Label&) = default;
};
// Sorted by key, no key twice.
using Labels = std::vector<Label>;
// The value of a label; empty when there is none.
[[nodiscard]] std::string_view value_of(const Labels& labels, std::string_view key) noexcept;

// One recorded value and the trace that it is of.
struct Exemplar {
  TraceId trace;
  SpanId span;
  double value = 0;
  std::int64_t time = 0;  // nanoseconds since 1970
};

struct HistogramData {
  struct InBucket {
    std::size_t bucket;
    Exemplar exemplar;
  };
  std::shared_ptr<const std::vector<double>> bounds;  // upper ones, inclusive
  std::vector<std::uint64_t> counts;                  // one for each bound, and one for what is above all
  std::uint64_t count = 0;
  double sum = 0;
  std::vector<InBucket> exemplars;  // the latest of each bucket that has one
};

// Bucket i counts what is above b^(offset + i) and at most b^(offset + i + 1), where b = 2^(2^-scale).
struct ExponentialData {
  int scale = 0;
  int offset = 0;
  std::vector<std::uint64_t> counts;
  std::uint64_t zeros = 0;  // of at most zero_threshold
  double zero_threshold = 0;
  std::uint64_t count = 0;
  double sum = 0;
  // b^index.
  [[nodiscard]] double bound(int index) const noexcept;
};

struct Point {
  std::shared_ptr<const Labels> labels;
  std::variant<std::int64_t, double, HistogramData, ExponentialData> value;
  // Of a counter or gauge; of histograms the sum.
  [[nodiscard]] double number() const noexcept;
};

struct Family {
  std::string name;  // "http.server.request.duration"
  std::string unit;  // UCUM: "s", "By", "{request}"
  std::string description;
  Kind kind = Kind::counter;
  std::vector<Point> points;
};

struct Snapshot {
  std::int64_t start = 0;  // nanoseconds since 1970, as `time`
  std::int64_t time = 0;
  std::vector<Family> families;  // by name
  [[nodiscard]] const Family* find(std::string_view name) const noexcept;
};

// What was counted between two snapshots of one registry: counters and histograms less what they were before;
// the others as they are now.
[[nodiscard]] Snapshot difference(const Snapshot& before, Snapshot now);

}  // namespace ngo::metrics
