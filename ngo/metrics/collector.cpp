#include <algorithm>
#include <exception>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "ngo/metrics/collector_impl.hpp"
#include "ngo/metrics/series_impl.hpp"

namespace ngo::metrics {

Family* Collector::family_of(const Description& metric) {
  auto found = families_.by_name.find(metric.name);
  if (found == families_.by_name.end()) {
    std::string name(metric.name);
    Family family{name, std::string(metric.unit), std::string(metric.text), metric.kind, {}};
    found = families_.by_name.emplace(std::move(name), std::move(family)).first;
  }
  Family& family = found->second;
  if (family.kind != metric.kind || family.unit != metric.unit) {
    families_.registry.report("two callbacks report the metric " + family.name + ": as a " +
                              std::string(to_string(family.kind)) + " in \"" + family.unit + "\", and as a " +
                              std::string(to_string(metric.kind)) + " in \"" + std::string(metric.unit) +
                              "\"; only the first is shown");
    return nullptr;
  }
  return &family;
}

void Collector::add(const Description& metric, HistogramData value, LabelList labels) {
  if (Family* const family = family_of(metric))
    family->points.push_back(
        {detail::make_labels(std::span(labels.begin(), labels.size())), std::move(value)});
}

void Collector::add(const Description& metric, std::variant<std::int64_t, double> value,
                    std::span<const LabelView> labels) {
  Family* const family = family_of(metric);
  if (family == nullptr) return;
  Point point{detail::make_labels(labels), std::int64_t{0}};
  std::visit([&](auto number) { point.value = number; }, value);
  family->points.push_back(std::move(point));
}

std::uint64_t Collection::Callbacks::add(OnCollect f) {
  const std::lock_guard lock(mutex);
  each.emplace_back(++last, std::move(f));
  return last;
}

void Collection::Callbacks::remove(std::uint64_t number) noexcept {
  const std::lock_guard lock(mutex);
  std::erase_if(each, [number](const auto& one) { return one.first == number; });
}

void Collection::Callbacks::call(Collector& collector, const Registry& registry) {
  const std::lock_guard lock(mutex);
  for (const auto& [number, f] : each) {
    try {
      f(collector);
    } catch (const std::exception& error) {
      registry.report(std::string("a callback of metrics has failed: ") + error.what());
    } catch (...) {
      registry.report("a callback of metrics has failed");
    }
  }
}

Collection& Collection::operator=(Collection&& other) noexcept {
  if (this != &other) {
    reset();
    callbacks_ = std::move(other.callbacks_);
    number_ = other.number_;
  }
  return *this;
}

void Collection::reset() noexcept {
  if (const auto callbacks = callbacks_.lock()) callbacks->remove(number_);
  callbacks_.reset();
}

}  // namespace ngo::metrics
