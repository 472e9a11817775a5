// All metrics of a process: makes instruments, and shows what they have counted. The application has one
// (App::metrics(), Setup::metrics(), `Metrics&` as a handler's parameter).
//
//   auto orders = metrics.counter("shop.orders", "{order}", "orders taken");
//   ngo::metrics::Counter by_web = orders.with({{"shop.channel", "web"}});
//   by_web.add();
//
// Names and units are OpenTelemetry's: dotted, without the unit in them, units by UCUM ("s", "By",
// "{order}"). Asking for the same name again gives the same metric. Each metric has at most
// Options::max_label_sets sets of labels; what comes then is counted together, under
// otel.metric.overflow=true. So labels are for few values: a route, never a path or a user.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "ngo/metrics/instruments.hpp"
#include "ngo/metrics/snapshot.hpp"

namespace ngo::metrics {

class Registry;

// A label before it is bound.
class LabelView {
 public:
  LabelView(std::string_view key, std::string_view value) noexcept : key_(key), text_(value) {}
  LabelView(std::string_view key, const char* value) noexcept : key_(key), text_(value) {}
  template <std::integral N>
  LabelView(std::string_view key, N number) noexcept
      : key_(key),
        number_(static_cast<std::int64_t>(number)),
        type_(std::same_as<N, bool> ? Label::Type::boolean : Label::Type::integer) {}
  // A copy that owns its text.
  [[nodiscard]] Label label() const;

 private:
  std::string_view key_;
  std::string_view text_;
  std::int64_t number_ = 0;
  Label::Type type_ = Label::Type::text;
};
using LabelList = std::initializer_list<LabelView>;

namespace detail {
class State;
[[nodiscard]] const Series& bind(State& metric, std::span<const LabelView> labels);
}  // namespace detail

// A metric by its name; gives instruments. Binding takes a lock: bind once, keep the instrument.
template <class Instrument>
class Metric {
 public:
  explicit Metric(detail::State& state) noexcept : state_(&state) {}
  [[nodiscard]] Instrument with(LabelList labels) const {
    return with(std::span<const LabelView>(labels.begin(), labels.size()));
  }
  [[nodiscard]] Instrument with(std::span<const LabelView> labels) const {
    return Instrument(detail::bind(*state_, labels));
  }
  // Without labels: `Counter c = registry.counter(...)`.
  operator Instrument() const { return with({}); }  // NOLINT(google-explicit-constructor)

 private:
  detail::State* state_;
};

// Upper bounds of buckets, rising.
using Bounds = std::span<const double>;
// Of durations in seconds, from 5 ms to 10 s (the conventions' for requests).
extern const Bounds kRequestSeconds;
// Of durations in seconds that are much shorter, from 100 us to 10 s.
extern const Bounds kShortSeconds;
// Of sizes in bytes: powers of four from 256 to 64 Mi.
extern const Bounds kBytes;

// The buckets of an exponential histogram: 2^scale to each power of two, for values between the two.
struct ExponentialRange {
  int scale = 3;  // 0 to 6; 3: each bucket is 9 % wide
  double least = 1e-9;
  double greatest = 1e5;
};

// What a callback reports: what the metric is, as a constant.
struct Description {
  Kind kind;
  std::string_view name;
  std::string_view unit;
  std::string_view text;
};

// Takes the numbers of callbacks while a registry is read.
class Collector {
 public:
  template <std::integral N>
  void add(const Description& metric, N value, LabelList labels = {}) {
    add(metric, std::variant<std::int64_t, double>(static_cast<std::int64_t>(value)),
        std::span<const LabelView>(labels.begin(), labels.size()));
  }
  void add(const Description& metric, double value, LabelList labels = {}) {
    add(metric, std::variant<std::int64_t, double>(value),
        std::span<const LabelView>(labels.begin(), labels.size()));
  }
  // A whole histogram.
  void add(const Description& metric, HistogramData value, LabelList labels = {});
  // As those; for labels that are not known before the program runs.
  void add(const Description& metric, std::variant<std::int64_t, double> value,
           std::span<const LabelView> labels);

 private:
  friend class Registry;
  struct Families;
  // Null: it is of another kind than who has reported it before says.
  [[nodiscard]] Family* family_of(const Description& metric);
  explicit Collector(Families& families) noexcept : families_(families) {}
  Families& families_;
};
using OnCollect = std::function<void(Collector&)>;

// While it lives, a callback is called; see Registry::on_collect().
class [[nodiscard]] Collection {
 public:
  Collection() = default;
  Collection(Collection&&) noexcept = default;
  Collection& operator=(Collection&& other) noexcept;
  // Waits for a call that is going on.
  ~Collection() { reset(); }
  void reset() noexcept;

 private:
  friend class Registry;
  struct Callbacks;
  std::weak_ptr<Callbacks> callbacks_;
  std::uint64_t number_ = 0;
};

class Registry {
 public:
  struct Options {
    std::size_t max_label_sets = 2000;  // of each metric
  };

  Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;
  ~Registry();

  // Throws Error{invalid_argument} for a name that is none (a letter, then letters, digits, _ . - /; at most
  // 255) and Error{already_exists} when it is that of a metric of another kind, unit or other buckets.
  [[nodiscard]] Metric<Counter> counter(std::string_view name, std::string_view unit,
                                        std::string_view description);
  [[nodiscard]] Metric<UpDownCounter> up_down_counter(std::string_view name, std::string_view unit,
                                                      std::string_view description);
  [[nodiscard]] Metric<Gauge> gauge(std::string_view name, std::string_view unit,
                                    std::string_view description);
  [[nodiscard]] Metric<Histogram> histogram(std::string_view name, std::string_view unit,
                                            std::string_view description, Bounds bounds = kRequestSeconds);
  [[nodiscard]] Metric<ExponentialHistogram> exponential_histogram(std::string_view name,
                                                                   std::string_view unit,
                                                                   std::string_view description,
                                                                   ExponentialRange range = {});

  // Has `f` called whenever the registry is read, by whoever reads: for what is known without counting. It
  // must be safe from any thread, be quick and not drop its own Collection. What it throws is reported.
  Collection on_collect(OnCollect f);
  // As on_collect(), for one number.
  Collection on_collect(const Description& metric, std::function<double()> f);

  // One metric after the other, by name: for readers that do something else in between.
  class Reading {
   public:
    Reading(Reading&&) noexcept;
    ~Reading();
    // Nothing: the end.
    [[nodiscard]] std::optional<Family> next();
    [[nodiscard]] std::int64_t start() const noexcept;
    [[nodiscard]] std::int64_t time() const noexcept;

   private:
    friend class Registry;
    struct Parts;
    explicit Reading(std::unique_ptr<Parts> parts) noexcept;
    std::unique_ptr<Parts> parts_;
  };
  // Calls the callbacks. From any thread; nobody who records waits for it. The registry must outlive it.
  [[nodiscard]] Reading read() const;
  // All at once.
  [[nodiscard]] Snapshot snapshot() const;

  // Holds for metrics and label sets from now on.
  void set_options(Options options) noexcept;
  [[nodiscard]] Options options() const noexcept;
  // Called with one sentence when something is wrong with a metric, once for each metric: it has too many
  // sets of labels, or a callback has failed. On whichever thread finds it.
  void on_problem(std::function<void(const std::string&)> report);
  void report(const std::string& problem) const noexcept;

  struct Impl;

 private:
  [[nodiscard]] detail::State& metric(Kind kind, std::string_view name, std::string_view unit,
                                      std::string_view description, Bounds bounds, ExponentialRange range);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ngo::metrics

namespace ngo {
// As users name it.
using Metrics = metrics::Registry;
}  // namespace ngo
