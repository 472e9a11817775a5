#include "ngo/telemetry/calls.hpp"

#include <typeinfo>

#include "ngo/base/error.hpp"
#include "ngo/base/symbol_names.hpp"
#include "ngo/telemetry/call_nodes_impl.hpp"

namespace ngo::telemetry {
namespace {

constexpr std::string_view kOther = "_OTHER";

}  // namespace

Call::Call(detail::CallState* state, detail::CallNode* node, TimePoint now, std::string_view name,
           CallLabels labels)
    : begin_(now),
      exceptions_(std::uncaught_exceptions()),
      span_(name, state == nullptr ? trace::SpanKind::client : state->kind) {
  if (state != nullptr) {
    labels_describe_ = state->labels_describe;
    node_ = node;
    if (labels_describe_ && span_.live()) node_->describe(span_);
    for (const CallLabel& each : labels) node_ = &node_->next(each);
    if (state->counts_in_flight) {
      begun_ = node_;
      begun_->add_in_flight(1);
    }
  }
  if (labels_describe_ && span_.live()) {
    for (const CallLabel& each : labels) span_.attribute(each.key, each.value);
  }
}

Call& Call::label(trace::AttributeKey key, trace::Value value) {
  if (labels_describe_) span_.attribute(key, value);
  if (node_ != nullptr) node_ = &node_->next({key, value});
  return *this;
}

void Call::count_failure(std::string_view type) {
  failed_ = true;
  if (node_ != nullptr) node_ = &node_->next({"error.type", type});
}

void Call::failed(const std::exception& error) {
  if (failed_) return;
  if (const auto* const known = dynamic_cast<const Error*>(&error)) {
    count_failure(to_string(known->code()));
    if (known->code() != Code::cancelled) span_.exception(error);
    return;
  }
  count_failure(readable_name(typeid(error)));
  span_.exception(error);
}

void Call::failed(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& known) {
    failed(known);
  } catch (...) {
    failed(kOther, "something that is no std::exception");
  }
}

void Call::failed(std::string_view error_type, std::string_view message) {
  if (failed_) return;
  count_failure(error_type);
  span_.attribute("error.type", error_type);
  span_.status(trace::SpanStatus::error, message);
}

void Call::forget() noexcept { forgotten_ = true; }

void Call::finish_at(TimePoint now) noexcept {
  if (node_ != nullptr) {
    if (begun_ != nullptr) begun_->add_in_flight(-1);
    const double took = std::chrono::duration<double>(now - begin_).count();
    if (forgotten_) {
      // Its span is all that there is of it.
    } else if (span_.sampled()) {
      node_->duration().record(took, span_.identity());
    } else {
      node_->duration().record(took);
    }
    node_ = nullptr;
  }
  span_.finish();
}

void Call::end_of_block() noexcept {
  if (std::uncaught_exceptions() > exceptions_) failed(kOther, "ended by an exception");
  finish();
}

Calls::Calls() noexcept = default;
Calls::Calls(Calls&&) noexcept = default;
Calls& Calls::operator=(Calls&&) noexcept = default;
Calls::~Calls() = default;

Calls::Calls(Metrics& metrics, const CallsOptions& options, CallLabels fixed)
    : state_(std::make_unique<detail::CallState>(metrics, options)) {
  for (const CallLabel& each : fixed) state_->common = &state_->common->next(each);
}

metrics::UpDownCounter CallsTo::in_flight() const {
  return node_ == nullptr ? metrics::UpDownCounter() : node_->in_flight();
}

CallsTo Calls::with(CallLabels labels) const {
  if (state_ == nullptr) return {};
  detail::CallNode* node = state_->common;
  for (const CallLabel& each : labels) node = &node->next(each);
  return {state_.get(), node};
}

}  // namespace ngo::telemetry
