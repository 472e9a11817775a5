// The sets of labels that calls have had: a tree, one label a step, which only grows, so that readers need no
// lock. Every node has the instruments of the labels on its way, bound when they are asked for. For the
// sources of the room only.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/metrics/registry.hpp"
#include "ngo/telemetry/calls.hpp"

namespace ngo::telemetry::detail {

struct CallState;

class CallNode {
 public:
  CallNode(CallState& state, const CallNode* parent, const CallLabel* label);

  // The node one label further on; makes it when it is new. When there are too many, the one of all others.
  [[nodiscard]] CallNode& next(const CallLabel& label) noexcept {
    CallNode* const usual = first_child_.load(std::memory_order_acquire);
    return usual != nullptr && usual->is(label) ? *usual : find_or_make(label);
  }
  [[nodiscard]] const metrics::Histogram& duration() noexcept {
    const metrics::Histogram* const known = duration_.load(std::memory_order_acquire);
    return known != nullptr ? *known : bind();
  }
  [[nodiscard]] const metrics::UpDownCounter& in_flight() noexcept {
    const metrics::UpDownCounter* const known = in_flight_.load(std::memory_order_acquire);
    return known != nullptr ? *known : bind_in_flight();
  }
  void add_in_flight(std::int64_t by) noexcept { in_flight().add(by); }
  // Gives the span the labels on the way from the root to here.
  void describe(trace::SpanRef& span) const;

 private:
  [[nodiscard]] bool is(const CallLabel& label) const noexcept {
    const std::string_view key = label.key.text();
    if (label.value.type() != type_ || key.size() != key_.size()) return false;
    // One literal has one address, nearly always.
    if (key.data() != key_.data() && key != key_) return false;
    return type_ == trace::Value::Type::text ? label.value.text() == text_
                                             : label.value.integer() == integer_;
  }
  [[nodiscard]] CallNode& find_or_make(const CallLabel& label) noexcept;
  [[nodiscard]] static CallNode* find(const CallLabel& label, const std::atomic<CallNode*>& head) noexcept;
  [[nodiscard]] CallNode& make(const CallLabel& label, std::atomic<CallNode*>& head);
  [[nodiscard]] std::vector<metrics::LabelView> labels() const;
  const metrics::Histogram& bind() noexcept;
  const metrics::UpDownCounter& bind_in_flight() noexcept;

  CallState& state_;
  const CallNode* parent_;  // null: the root
  std::string_view key_;    // a literal
  std::string text_;        // the value
  std::int64_t integer_ = 0;
  trace::Value::Type type_ = trace::Value::Type::text;
  CallNode* sibling_ = nullptr;                  // does not change once this can be found
  std::atomic<CallNode*> first_child_{nullptr};  // which is mostly the one that is asked for: GET, 200
  std::array<std::atomic<CallNode*>, 8> children_{};
  std::atomic<const metrics::Histogram*> duration_{nullptr};
  std::atomic<const metrics::UpDownCounter*> in_flight_{nullptr};
  std::optional<metrics::Histogram> own_duration_;
  std::optional<metrics::UpDownCounter> own_in_flight_;
};

struct CallState {
  CallState(Metrics& registry, const CallsOptions& options);

  metrics::Metric<metrics::Histogram> durations;
  metrics::Metric<metrics::UpDownCounter> in_flight;
  trace::SpanKind kind;
  bool labels_describe;
  bool counts_in_flight;
  std::size_t max_nodes;
  std::mutex mutex;  // of making
  std::vector<std::unique_ptr<CallNode>> nodes;
  CallNode root;     // of the labels that all have
  CallNode* common;  // the last of those
  CallNode others;   // of all that are too many
};

}  // namespace ngo::telemetry::detail
