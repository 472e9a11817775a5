#include "ngo/metrics/snapshot.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace ngo::metrics {
namespace {

void subtract(HistogramData& now, const HistogramData& before) {
  if (now.counts.size() != before.counts.size()) return;
  for (std::size_t i = 0; i < now.counts.size(); ++i) now.counts[i] -= before.counts[i];
  now.count -= before.count;
  now.sum -= before.sum;
}

void subtract(ExponentialData& now, const ExponentialData& before) {
  if (now.scale != before.scale || now.offset != before.offset || now.counts.size() != before.counts.size())
    return;
  for (std::size_t i = 0; i < now.counts.size(); ++i) now.counts[i] -= before.counts[i];
  now.zeros -= before.zeros;
  now.count -= before.count;
  now.sum -= before.sum;
}

template <class Number>
void subtract(Number& now, Number before) {
  now -= before;
}

}  // namespace

std::string_view to_string(Kind kind) noexcept {
  switch (kind) {
    case Kind::counter: return "counter";
    case Kind::up_down_counter: return "up-down counter";
    case Kind::gauge: return "gauge";
    case Kind::histogram: return "histogram";
    case Kind::exponential_histogram: return "exponential histogram";
  }
  return "";
}

std::string_view value_of(const Labels& labels, std::string_view key) noexcept {
  for (const Label& label : labels) {
    if (label.key == key) return label.value;
  }
  return {};
}

double ExponentialData::bound(int index) const noexcept { return std::exp2(std::ldexp(index, -scale)); }

double Point::number() const noexcept {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* histogram = std::get_if<HistogramData>(&value)) return histogram->sum;
  return std::get<ExponentialData>(value).sum;
}

const Family* Snapshot::find(std::string_view name) const noexcept {
  auto at =
      std::lower_bound(families.begin(), families.end(), name,
                       [](const Family& family, std::string_view wanted) { return family.name < wanted; });
  return at != families.end() && at->name == name ? &*at : nullptr;
}

Snapshot difference(const Snapshot& before, Snapshot now) {
  for (Family& family : now.families) {
    if (family.kind == Kind::up_down_counter || family.kind == Kind::gauge) continue;
    const Family* const old = before.find(family.name);
    if (old == nullptr) continue;
    std::map<Labels, const Point*> points;
    for (const Point& point : old->points) points.emplace(*point.labels, &point);
    for (Point& point : family.points) {
      const auto found = points.find(*point.labels);
      if (found == points.end() || found->second->value.index() != point.value.index()) continue;
      std::visit(
          [&](auto& value) {
            using Value = std::remove_reference_t<decltype(value)>;
            subtract(value, std::get<Value>(found->second->value));
          },
          point.value);
    }
  }
  now.start = before.time;
  return now;
}

}  // namespace ngo::metrics
