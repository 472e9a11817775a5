// One set of labels of one metric, and the metric itself, as the registry keeps them.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ngo/metrics/detail/cells.hpp"
#include "ngo/metrics/registry.hpp"
#include "ngo/metrics/snapshot.hpp"

namespace ngo::metrics::detail {

// An exemplar in cells: a number that is odd while they are written, trace (2), span, value, time.
inline constexpr std::size_t kExemplarCells = 6;

// How the buckets of a metric lie; the same for all its series.
struct Shape {
  std::shared_ptr<const std::vector<double>> bounds;  // of an explicit histogram
  std::vector<double> padded;
  // Of an exponential one.
  int scale = 0;
  int first = 0;  // the index of the least bucket
  std::size_t buckets = 0;
  std::vector<std::uint64_t> mantissas;  // of 2^(i / 2^scale), 0 <= i < 2^scale
  double least = 0;

  // Sum and buckets; of an exponential histogram the zeros stand between.
  [[nodiscard]] std::size_t cells(Kind kind) const noexcept;
};

struct Series {
  const Shape* shape = nullptr;
  std::shared_ptr<const Labels> labels;
  CellRange cells;
  std::size_t count = 0;  // of cells
  mutable Cell gauge{0};
  // Where exemplars lie, once there is one: packed, 0 before.
  mutable std::atomic<std::uint64_t> exemplars{0};
};

// A metric: what it is called, and all its sets of labels.
class State {
 public:
  State(Registry& registry, Kind kind, std::string_view name, std::string_view unit,
        std::string_view description, Shape shape);
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State();

  [[nodiscard]] const Series& bind(std::span<const LabelView> labels, std::size_t limit);
  // Without points.
  [[nodiscard]] Family describe() const;
  void read(Family& into) const;
  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] const std::string& unit() const noexcept { return unit_; }
  [[nodiscard]] const Shape& shape() const noexcept { return shape_; }
  [[nodiscard]] Registry& registry() const noexcept { return registry_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  Series& add(Labels labels);
  [[nodiscard]] Point read(const Series& series) const;

  Registry& registry_;
  Kind kind_;
  std::string name_;
  std::string unit_;
  std::string description_;
  Shape shape_;
  mutable std::mutex mutex_;
  std::map<Labels, Series*> by_labels_;
  std::vector<std::unique_ptr<Series>> series_;
  Series* overflow_ = nullptr;
};

[[nodiscard]] std::shared_ptr<const Labels> make_labels(std::span<const LabelView> from);
// Its cells, for others.
void give_back(const Series& series) noexcept;
void read_exemplars(const Series& series, HistogramData& into);

}  // namespace ngo::metrics::detail
