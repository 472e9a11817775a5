#include <cstdio>

#include "ngo/telemetry/call_nodes_impl.hpp"

namespace ngo::telemetry::detail {
namespace {

using trace::Value;

constexpr std::string_view kSuffix = ".duration";

// "db.client.operation.duration": "db.client.operation.active".
std::string in_flight_name(const CallsOptions& options) {
  if (!options.in_flight.empty()) return std::string(options.in_flight);
  std::string_view stem = options.duration;
  if (stem.ends_with(kSuffix)) stem.remove_suffix(kSuffix.size());
  return std::string(stem) + ".active";
}

std::size_t place_of(const Value& value, std::size_t places) noexcept {
  if (value.type() == Value::Type::number) return 0;
  if (value.type() != Value::Type::text) return static_cast<std::size_t>(value.integer()) % places;
  const std::string_view text = value.text();
  if (text.empty()) return 0;
  return (text.size() + static_cast<unsigned char>(text.front()) * 3U +
          static_cast<unsigned char>(text.back()) * 5U) %
         places;
}

// A label is text, a truth value or a whole number: another number is counted as text.
std::string text_of(double number) {
  char text[32];
  const int size = std::snprintf(text, sizeof text, "%g", number);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

CallNode::CallNode(CallState& state, const CallNode* parent, const CallLabel* label)
    : state_(state), parent_(parent) {
  if (label == nullptr) return;
  key_ = label->key.text();
  type_ = label->value.type();
  if (type_ == Value::Type::text) {
    text_ = label->value.text();
  } else {
    integer_ = label->value.integer();
  }
}

CallNode* CallNode::find(const CallLabel& label, const std::atomic<CallNode*>& head) noexcept {
  CallNode* at = head.load(std::memory_order_acquire);
  while (at != nullptr && !at->is(label)) at = at->sibling_;
  return at;
}

CallNode& CallNode::find_or_make(const CallLabel& label) noexcept {
  if (this == &state_.others) return *this;
  std::atomic<CallNode*>& head = children_[place_of(label.value, children_.size())];
  if (CallNode* const known = find(label, head)) [[likely]]
    return *known;
  try {
    return make(label, head);
  } catch (...) {
    return state_.others;  // memory is out
  }
}

CallNode& CallNode::make(const CallLabel& label, std::atomic<CallNode*>& head) {
  if (label.value.type() == Value::Type::number) {
    const std::string text = text_of(label.value.number());
    return next({label.key, std::string_view(text)});
  }
  const std::lock_guard lock(state_.mutex);
  if (CallNode* const known = find(label, head)) return *known;
  if (state_.nodes.size() >= state_.max_nodes) return state_.others;
  auto made = std::make_unique<CallNode>(state_, this, &label);
  made->sibling_ = head.load(std::memory_order_relaxed);
  state_.nodes.push_back(std::move(made));
  head.store(state_.nodes.back().get(), std::memory_order_release);
  if (first_child_.load(std::memory_order_relaxed) == nullptr)
    first_child_.store(state_.nodes.back().get(), std::memory_order_release);
  return *state_.nodes.back();
}

std::vector<metrics::LabelView> CallNode::labels() const {
  if (this == &state_.others) return {{"otel.metric.overflow", true}};
  std::vector<metrics::LabelView> out;
  for (const CallNode* at = this; at->parent_ != nullptr; at = at->parent_) {
    if (at->type_ == Value::Type::text) {
      out.emplace_back(at->key_, std::string_view(at->text_));
    } else if (at->type_ == Value::Type::boolean) {
      out.emplace_back(at->key_, at->integer_ != 0);
    } else {
      out.emplace_back(at->key_, at->integer_);
    }
  }
  return {out.rbegin(), out.rend()};
}

const metrics::Histogram& CallNode::bind() noexcept {
  static const metrics::Histogram nothing;
  try {
    const std::lock_guard lock(state_.mutex);
    if (!own_duration_) {
      own_duration_ = state_.durations.with(labels());
      duration_.store(&*own_duration_, std::memory_order_release);
    }
    return *own_duration_;
  } catch (...) {
    return nothing;
  }
}

const metrics::UpDownCounter& CallNode::bind_in_flight() noexcept {
  static const metrics::UpDownCounter nothing;
  try {
    const std::lock_guard lock(state_.mutex);
    if (!own_in_flight_) {
      own_in_flight_ = state_.in_flight.with(labels());
      in_flight_.store(&*own_in_flight_, std::memory_order_release);
    }
    return *own_in_flight_;
  } catch (...) {
    return nothing;
  }
}

void CallNode::describe(trace::SpanRef& span) const {
  if (parent_ == nullptr) return;
  parent_->describe(span);
  if (type_ == Value::Type::text) {
    span.tag(key_, text_);
  } else if (type_ == Value::Type::boolean) {
    span.tag(key_, integer_ != 0);
  } else {
    span.tag(key_, integer_);
  }
}

CallState::CallState(Metrics& registry, const CallsOptions& options)
    : durations(registry.histogram(options.duration, "s", options.description, options.bounds)),
      in_flight(registry.up_down_counter(in_flight_name(options), options.in_flight_unit,
                                         "calls to others in flight")),
      kind(options.kind),
      labels_describe(options.labels_describe),
      counts_in_flight(options.counts_in_flight),
      max_nodes(2 * registry.options().max_label_sets),
      root(*this, nullptr, nullptr),
      common(&root),
      others(*this, nullptr, nullptr) {}

}  // namespace ngo::telemetry::detail
