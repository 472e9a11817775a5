#include "ngo/metrics/registry.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/metrics/collector_impl.hpp"
#include "ngo/metrics/series_impl.hpp"
#include "ngo/runtime/clock.hpp"

namespace ngo::metrics {
namespace {

constexpr std::size_t kLongestName = 255;
constexpr int kFinestScale = 6;
constexpr std::array kRequestSecondsValues{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25,
                                           0.5,   0.75, 1.0,   2.5,  5.0,   7.5, 10.0};
constexpr std::array kShortSecondsValues{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                         0.05,   0.1,     0.25,   0.5,   1.0,    2.5,   5.0,  10.0};
constexpr std::array kBytesValues{256.0,    1024.0,    4096.0,    16384.0,    65536.0,
                                  262144.0, 1048576.0, 4194304.0, 16777216.0, 67108864.0};

std::int64_t wall_now() { return Clock::real().wall().time_since_epoch().count(); }

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

void check_name(std::string_view name) {
  bool good = !name.empty() && name.size() <= kLongestName && is_letter(name.front());
  for (const char c : name) {
    good = good && (is_letter(c) || (c >= '0' && c <= '9') ||
                    std::string_view("_.-/").find(c) != std::string_view::npos);
  }
  if (good) return;
  throw Error(Code::invalid_argument,
              in_quotes(name) +
                  " is no name of a metric; one is a letter and then letters, digits, \"_\", "
                  "\".\", \"-\" or \"/\", at most 255 in all");
}

detail::Shape explicit_shape(std::string_view name, Bounds bounds) {
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    if (!std::isfinite(bounds[i]) || (i > 0 && bounds[i] <= bounds[i - 1])) {
      throw Error(Code::invalid_argument, "the buckets of the metric " + std::string(name) +
                                              " must be finite numbers, each greater than the one before");
    }
  }
  detail::Shape shape;
  shape.bounds = std::make_shared<const std::vector<double>>(bounds.begin(), bounds.end());
  shape.padded.assign(bounds.begin(), bounds.end());
  while (shape.padded.empty() || shape.padded.size() % 4 != 0)
    shape.padded.push_back(std::numeric_limits<double>::infinity());
  return shape;
}

// The index of the bucket that holds `value`.
int index_at(double value, int scale) {
  return static_cast<int>(std::ceil(std::log2(value) * (1 << scale))) - 1;
}

detail::Shape exponential_shape(std::string_view name, ExponentialRange range) {
  if (range.scale < 0 || range.scale > kFinestScale || !(range.least > 1e-300) ||
      !(range.greatest > range.least) || !(range.greatest < 1e300)) {
    throw Error(Code::invalid_argument, "the buckets of the metric " + std::string(name) +
                                            " must have a scale of 0 to 6 and a least value above zero and "
                                            "below the greatest");
  }
  detail::Shape shape;
  shape.scale = range.scale;
  shape.first = index_at(range.least, range.scale);
  shape.buckets = static_cast<std::size_t>(index_at(range.greatest, range.scale) - shape.first) + 1;
  shape.least = std::exp2(std::ldexp(shape.first, -range.scale));
  for (int i = 0; i < 1 << range.scale; ++i) {
    const auto bits = std::bit_cast<std::uint64_t>(std::exp2(std::ldexp(i, -range.scale)));
    shape.mantissas.push_back(bits & ((std::uint64_t{1} << 52) - 1));
  }
  if (shape.buckets + 2 > detail::kSegmentCells) {
    throw Error(Code::invalid_argument, "the metric " + std::string(name) + " would have " +
                                            std::to_string(shape.buckets) +
                                            " buckets; a smaller scale or range makes fewer, at most 4094");
  }
  return shape;
}

bool same_buckets(const detail::Shape& one, const detail::Shape& other) {
  const bool same_bounds =
      one.bounds == other.bounds || (one.bounds && other.bounds && *one.bounds == *other.bounds);
  return same_bounds && one.scale == other.scale && one.first == other.first && one.buckets == other.buckets;
}

}  // namespace

const Bounds kRequestSeconds = kRequestSecondsValues;
const Bounds kShortSeconds = kShortSecondsValues;
const Bounds kBytes = kBytesValues;

struct Registry::Impl {
  std::int64_t start = wall_now();
  std::atomic<std::size_t> max_label_sets{Options().max_label_sets};
  std::shared_ptr<Collection::Callbacks> callbacks = std::make_shared<Collection::Callbacks>();

  mutable std::mutex mutex;  // of what follows
  std::map<std::string, std::unique_ptr<detail::State>, std::less<>> metrics;
  std::function<void(const std::string&)> on_problem;
  std::set<std::string> reported;
};

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

detail::State& Registry::metric(Kind kind, std::string_view name, std::string_view unit,
                                std::string_view description, Bounds bounds, ExponentialRange range) {
  check_name(name);
  detail::Shape shape;
  if (kind == Kind::histogram) shape = explicit_shape(name, bounds);
  if (kind == Kind::exponential_histogram) shape = exponential_shape(name, range);
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->metrics.find(name);
  if (found == impl_->metrics.end()) {
    auto made = std::make_unique<detail::State>(*this, kind, name, unit, description, std::move(shape));
    return *impl_->metrics.emplace(std::string(name), std::move(made)).first->second;
  }
  detail::State& state = *found->second;
  if (state.kind() != kind || state.unit() != unit) {
    throw Error(Code::already_exists, "the metric " + std::string(name) + " is there already, as a " +
                                          std::string(to_string(state.kind())) + " in \"" + state.unit() +
                                          "\"; now it is asked for as a " + std::string(to_string(kind)) +
                                          " in \"" + std::string(unit) + "\"");
  }
  if ((kind == Kind::histogram || kind == Kind::exponential_histogram) &&
      !same_buckets(state.shape(), shape)) {
    throw Error(Code::already_exists,
                "the metric " + std::string(name) + " is there already, with other buckets");
  }
  return state;
}

Metric<Counter> Registry::counter(std::string_view name, std::string_view unit,
                                  std::string_view description) {
  return Metric<Counter>(metric(Kind::counter, name, unit, description, {}, {}));
}
Metric<UpDownCounter> Registry::up_down_counter(std::string_view name, std::string_view unit,
                                                std::string_view description) {
  return Metric<UpDownCounter>(metric(Kind::up_down_counter, name, unit, description, {}, {}));
}
Metric<Gauge> Registry::gauge(std::string_view name, std::string_view unit, std::string_view description) {
  return Metric<Gauge>(metric(Kind::gauge, name, unit, description, {}, {}));
}
Metric<Histogram> Registry::histogram(std::string_view name, std::string_view unit,
                                      std::string_view description, Bounds bounds) {
  return Metric<Histogram>(metric(Kind::histogram, name, unit, description, bounds, {}));
}
Metric<ExponentialHistogram> Registry::exponential_histogram(std::string_view name, std::string_view unit,
                                                             std::string_view description,
                                                             ExponentialRange range) {
  return Metric<ExponentialHistogram>(
      metric(Kind::exponential_histogram, name, unit, description, {}, range));
}

Collection Registry::on_collect(OnCollect f) {
  Collection collection;
  collection.number_ = impl_->callbacks->add(std::move(f));
  collection.callbacks_ = impl_->callbacks;
  return collection;
}

Collection Registry::on_collect(const Description& metric, std::function<double()> f) {
  check_name(metric.name);
  return on_collect([name = std::string(metric.name), unit = std::string(metric.unit),
                     text = std::string(metric.text), kind = metric.kind,
                     f = std::move(f)](Collector& out) { out.add({kind, name, unit, text}, f()); });
}

struct Registry::Reading::Parts {
  const Registry& registry;
  std::vector<const detail::State*> metrics;  // by name
  std::map<std::string, Family, std::less<>> collected;
  std::size_t next = 0;
  std::int64_t start = 0;
  std::int64_t time = 0;
};

Registry::Reading::Reading(std::unique_ptr<Parts> parts) noexcept : parts_(std::move(parts)) {}
Registry::Reading::Reading(Reading&&) noexcept = default;
Registry::Reading::~Reading() = default;
std::int64_t Registry::Reading::start() const noexcept { return parts_->start; }
std::int64_t Registry::Reading::time() const noexcept { return parts_->time; }

std::optional<Family> Registry::Reading::next() {
  auto& [registry, metrics, collected, next, start, time] = *parts_;
  while (next < metrics.size() || !collected.empty()) {
    const auto other = collected.begin();
    const bool from_metric =
        next < metrics.size() && (other == collected.end() || metrics[next]->name() <= other->first);
    if (!from_metric) {
      Family family = std::move(other->second);
      collected.erase(other);
      return family;
    }
    const detail::State& metric = *metrics[next++];
    Family family = metric.describe();
    metric.read(family);
    if (other != collected.end() && other->first == family.name) {
      if (other->second.kind == family.kind && other->second.unit == family.unit) {
        for (Point& point : other->second.points) family.points.push_back(std::move(point));
      } else {
        registry.report("a callback reports the metric " + family.name + ", which is counted as a " +
                        std::string(to_string(family.kind)) + " in \"" + family.unit +
                        "\"; what it reports is not shown");
      }
      collected.erase(other);
    }
    if (!family.points.empty()) return family;
  }
  return std::nullopt;
}

Registry::Reading Registry::read() const {
  Collector::Families families{*this, {}};
  Collector collector(families);
  impl_->callbacks->call(collector, *this);
  auto parts = std::make_unique<Reading::Parts>(
      Reading::Parts{*this, {}, std::move(families.by_name), 0, impl_->start, wall_now()});
  const std::lock_guard lock(impl_->mutex);
  parts->metrics.reserve(impl_->metrics.size());
  for (const auto& [name, metric] : impl_->metrics) parts->metrics.push_back(metric.get());
  return Reading(std::move(parts));
}

Snapshot Registry::snapshot() const {
  Reading reading = read();
  Snapshot snapshot{reading.start(), reading.time(), {}};
  while (std::optional<Family> family = reading.next()) snapshot.families.push_back(std::move(*family));
  return snapshot;
}

void Registry::set_options(Options options) noexcept {
  impl_->max_label_sets.store(options.max_label_sets, std::memory_order_relaxed);
}

Registry::Options Registry::options() const noexcept {
  return {impl_->max_label_sets.load(std::memory_order_relaxed)};
}

void Registry::on_problem(std::function<void(const std::string&)> report) {
  const std::lock_guard lock(impl_->mutex);
  impl_->on_problem = std::move(report);
}

void Registry::report(const std::string& problem) const noexcept {
  constexpr std::size_t kMost = 1000;
  try {
    std::function<void(const std::string&)> f;
    {
      const std::lock_guard lock(impl_->mutex);
      if (impl_->reported.size() >= kMost || !impl_->reported.insert(problem).second) return;
      f = impl_->on_problem;
    }
    if (f) f(problem);
  } catch (...) {
    // There is nobody left to tell.
  }
}

}  // namespace ngo::metrics
