// The one way in which a module measures and traces what it asks of somebody else: a span, a histogram of
// durations, the kind of error and the number in flight, in one call.
//
//   telemetry::Calls calls = setup.calls("db.client.operation.duration", {{"db.system.name", "redis"}});
//   ...
//   auto call = calls.begin("GET users", {{"db.operation.name", "GET"}});
//   auto row = co_await call.of(connection.get("users"));  // what this throws is the call's failure
//
// Who calls the same server again and again gives what is known of it once, with Calls::with(). The call ends
// with its block. Which labels there are is found without a lock, and allocates nothing for
// those that have come before. Where nothing is traced there is no span; what was made by `Calls()` counts
// nothing. For work of the service itself a trace::Span is enough.
#pragma once

#include <chrono>
#include <exception>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>

#include "ngo/metrics/registry.hpp"
#include "ngo/runtime/clock.hpp"
#include "ngo/runtime/task.hpp"
#include "ngo/trace/span.hpp"
#include "ngo/trace/value.hpp"

namespace ngo::telemetry {

// A label of the metrics, and an attribute of the span: with few values. Its key is a literal.
struct CallLabel {
  trace::AttributeKey key;
  trace::Value value;
};
using CallLabels = std::initializer_list<CallLabel>;

namespace detail {
class CallNode;
struct CallState;
}  // namespace detail

struct CallsOptions {
  // Of the histogram, by OpenTelemetry's conventions, in seconds: "db.client.operation.duration".
  std::string_view duration;
  // Of those in flight; empty: made of `duration` ("db.client.operation.active").
  std::string_view in_flight;
  std::string_view in_flight_unit = "{call}";
  // False: calls may last longer than their block, so their owner counts them, with CallsTo::in_flight().
  bool counts_in_flight = true;
  std::string_view description = "how long calls to others have taken";
  trace::SpanKind kind = trace::SpanKind::client;
  // False: labels are of the metrics alone, and attribute() says what the span tells.
  bool labels_describe = true;
  metrics::Bounds bounds = metrics::kRequestSeconds;
};

// One call, from here to the end of its block, in which it stays (and in its thread). It is the current span
// meanwhile.
class [[nodiscard]] Call {
 public:
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  // Ended by an exception that of() or failed() has not seen it counts as failed, with the type "_OTHER".
  ~Call() {
    if (node_ != nullptr || span_.live()) end_of_block();
  }

  // One more label, which was not known at the beginning: a status. Not for the number in flight.
  Call& label(trace::AttributeKey key, trace::Value value);
  // Of the span alone: what has many values, such as a key or a statement.
  Call& attribute(trace::AttributeKey key, trace::Value value) {
    span_.attribute(key, value);
    return *this;
  }
  [[nodiscard]] trace::SpanRef& span() noexcept { return span_; }

  // It has failed: error.type is the name of the Error's Code, or the exception's type. Something cancelled
  // is counted, but is no error of the span. The first failure stays.
  void failed(const std::exception& error);
  void failed(const std::exception_ptr& error);
  // The same for a failure that is no exception: a status, a protocol's name for it. With few values.
  void failed(std::string_view error_type, std::string_view message = {});

  // It is not among the durations: nobody has been asked, or nobody knows whether. Its span stays.
  void forget() noexcept;

  // Waits for `work`; what it throws is this call's failure, and is thrown on.
  template <class T>
  [[nodiscard]] Task<T> of(Task<T> work) {
    try {
      co_return co_await std::move(work);
    } catch (...) {
      failed(std::current_exception());
      throw;
    }
  }

  // Ends it before its block does. What is called on it afterwards does nothing.
  void finish() noexcept { finish_at(TimePoint(std::chrono::steady_clock::now())); }
  // The same for who has looked at the clock already: the one that begin_at() was told the time of.
  void finish_at(TimePoint now) noexcept;

 private:
  friend class Calls;
  friend class CallsTo;
  Call(detail::CallState* state, detail::CallNode* node, TimePoint now, std::string_view name,
       CallLabels labels);
  void count_failure(std::string_view type);
  void end_of_block() noexcept;

  detail::CallNode* node_ = nullptr;   // of all labels so far
  detail::CallNode* begun_ = nullptr;  // of those at the beginning; null: others count what is in flight
  TimePoint begin_;
  int exceptions_ = 0;  // on their way when it began
  bool failed_ = false;
  bool forgotten_ = false;
  bool labels_describe_ = true;
  trace::Span span_;
};

// The calls of one kind that have some more labels in common: those to one server. A pointer or two; used by
// all threads at once. Must not outlive the Calls that it is of.
class CallsTo {
 public:
  // Calls that are traced as `SpanKind::client` and not counted.
  CallsTo() noexcept = default;
  [[nodiscard]] Call begin(std::string_view name, CallLabels labels = {}) const {
    return begin_at(TimePoint(std::chrono::steady_clock::now()), name, labels);
  }
  // The same for who has looked at the clock already.
  [[nodiscard]] Call begin_at(TimePoint now, std::string_view name, CallLabels labels = {}) const {
    return Call(state_, node_, now, name, labels);
  }
  // The counter of those in flight, for an owner who counts them. It may outlive this.
  [[nodiscard]] metrics::UpDownCounter in_flight() const;

 private:
  friend class Calls;
  CallsTo(detail::CallState* state, detail::CallNode* node) noexcept : state_(state), node_(node) {}

  detail::CallState* state_ = nullptr;
  detail::CallNode* node_ = nullptr;
};

// All calls of one kind, with what they have in common. Used by all threads at once; must outlive its calls
// and not outlive the registry.
class Calls {
 public:
  // Calls that are traced as `SpanKind::client` and not counted.
  Calls() noexcept;
  // Throws what the registry throws for a wrong name.
  Calls(Metrics& metrics, const CallsOptions& options, CallLabels fixed = {});
  Calls(Calls&&) noexcept;
  Calls& operator=(Calls&&) noexcept;
  ~Calls();

  // Begins a call under the current Context. `name` is the span's, as the conventions form it from labels:
  // "GET users". Labels in the order in which they are always given.
  [[nodiscard]] Call begin(std::string_view name, CallLabels labels = {}) const {
    return with({}).begin(name, labels);
  }
  // Those that have these labels as well, found once and not with each call.
  [[nodiscard]] CallsTo with(CallLabels labels) const;

 private:
  std::unique_ptr<detail::CallState> state_;
};

}  // namespace ngo::telemetry
