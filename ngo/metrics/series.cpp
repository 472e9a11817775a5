#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "ngo/metrics/series_impl.hpp"

namespace ngo::metrics {

Label LabelView::label() const {
  Label label{std::string(key_), std::string(text_), type_};
  if (type_ == Label::Type::integer) label.value = std::to_string(number_);
  if (type_ == Label::Type::boolean) label.value = number_ != 0 ? "true" : "false";
  return label;
}

namespace detail {
namespace {

Labels sorted(std::span<const LabelView> from) {
  Labels labels;
  labels.reserve(from.size());
  for (const LabelView& each : from) {
    Label label = each.label();
    auto at = std::lower_bound(labels.begin(), labels.end(), label.key,
                               [](const Label& one, const std::string& key) { return one.key < key; });
    if (at != labels.end() && at->key == label.key) {
      *at = std::move(label);
    } else {
      labels.insert(at, std::move(label));
    }
  }
  return labels;
}

}  // namespace

std::shared_ptr<const Labels> make_labels(std::span<const LabelView> from) {
  return std::make_shared<const Labels>(sorted(from));
}

std::size_t Shape::cells(Kind kind) const noexcept {
  switch (kind) {
    case Kind::counter:
    case Kind::up_down_counter: return 1;
    case Kind::gauge: return 0;
    case Kind::histogram: return bounds->size() + 2;
    case Kind::exponential_histogram: return buckets + 2;
  }
  return 0;
}

State::State(Registry& registry, Kind kind, std::string_view name, std::string_view unit,
             std::string_view description, Shape shape)
    : registry_(registry),
      kind_(kind),
      name_(name),
      unit_(unit),
      description_(description),
      shape_(std::move(shape)) {}

State::~State() {
  for (const auto& series : series_) give_back(*series);
}

Series& State::add(Labels labels) {
  auto series = std::make_unique<Series>();
  series->shape = &shape_;
  series->labels = std::make_shared<const Labels>(std::move(labels));
  series_.reserve(series_.size() + 1);
  const std::size_t count = shape_.cells(kind_);
  if (count != 0) series->cells = take_cells(count);
  series->count = count;
  series_.push_back(std::move(series));
  return *series_.back();
}

const Series& State::bind(std::span<const LabelView> labels, std::size_t limit) {
  Labels wanted = sorted(labels);
  bool first_too_many = false;
  const Series* bound = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = by_labels_.find(wanted); found != by_labels_.end()) return *found->second;
    if (by_labels_.size() < limit) {
      Series& made = add(wanted);
      by_labels_.emplace(std::move(wanted), &made);
      return made;
    }
    if (overflow_ == nullptr) {
      overflow_ = &add({{"otel.metric.overflow", "true", Label::Type::boolean}});
      first_too_many = true;
    }
    bound = overflow_;
  }
  if (first_too_many) {
    registry_.report("the metric " + name_ + " has more than " + std::to_string(limit) +
                     " sets of labels; the others are counted together under otel.metric.overflow");
  }
  return *bound;
}

Family State::describe() const { return {name_, unit_, description_, kind_, {}}; }

void State::read(Family& into) const {
  std::vector<const Series*> all;
  {
    const std::lock_guard lock(mutex_);
    all.reserve(series_.size());
    for (const auto& series : series_) all.push_back(series.get());
  }
  into.points.reserve(into.points.size() + all.size());
  for (const Series* series : all) into.points.push_back(read(*series));
}

Point State::read(const Series& series) const {
  Point point{series.labels, std::int64_t{0}};
  switch (kind_) {
    case Kind::counter:
    case Kind::up_down_counter: {
      std::uint64_t sum = 0;
      each_cells(series.cells, [&](const Cell* cells) { sum += cells[0].load(std::memory_order_relaxed); });
      point.value = static_cast<std::int64_t>(sum);
      break;
    }
    case Kind::gauge:
      point.value = std::bit_cast<double>(series.gauge.load(std::memory_order_relaxed));
      break;
    case Kind::histogram: {
      HistogramData data;
      data.bounds = shape_.bounds;
      data.counts.resize(shape_.bounds->size() + 1);
      each_cells(series.cells, [&](const Cell* cells) {
        data.sum += std::bit_cast<double>(cells[0].load(std::memory_order_relaxed));
        for (std::size_t i = 0; i < data.counts.size(); ++i)
          data.counts[i] += cells[1 + i].load(std::memory_order_relaxed);
      });
      for (const std::uint64_t each : data.counts) data.count += each;
      read_exemplars(series, data);
      point.value = std::move(data);
      break;
    }
    case Kind::exponential_histogram: {
      ExponentialData data;
      data.scale = shape_.scale;
      data.offset = shape_.first;
      data.zero_threshold = shape_.least;
      data.counts.resize(shape_.buckets);
      each_cells(series.cells, [&](const Cell* cells) {
        data.sum += std::bit_cast<double>(cells[0].load(std::memory_order_relaxed));
        data.zeros += cells[1].load(std::memory_order_relaxed);
        for (std::size_t i = 0; i < data.counts.size(); ++i)
          data.counts[i] += cells[2 + i].load(std::memory_order_relaxed);
      });
      data.count = data.zeros;
      for (const std::uint64_t each : data.counts) data.count += each;
      point.value = std::move(data);
      break;
    }
  }
  return point;
}

const Series& bind(State& metric, std::span<const LabelView> labels) {
  return metric.bind(labels, metric.registry().options().max_label_sets);
}

}  // namespace detail
}  // namespace ngo::metrics
