#include "ngo/trace/span.hpp"

#include <typeinfo>

#include "ngo/base/error.hpp"
#include "ngo/base/symbol_names.hpp"
#include "ngo/trace/propagation.hpp"
#include "ngo/trace/tracer.hpp"

namespace ngo::trace {
void Span::begin(std::string_view name, SpanKind kind) {
  Context& context = Context::current();
  const TraceScope& scope = context.trace_scope();
  if (scope.recorder == nullptr) {
    if (scope.quiet) return;
    Tracer* const tracer = Tracer::of_process();
    if (tracer != nullptr && tracer->enabled()) begin_root(*tracer, context, name, kind);
    return;
  }
  Recorder& recorder = *scope.recorder;
  const std::uint32_t number = recorder.open(scope.span, kind, name);
  if (number == Recorder::kNone) return;
  recorder_ = &recorder;
  context_ = &context;
  generation_ = recorder.generation();
  number_ = number;
  before_ = context.own_trace_scope();
  TraceScope own = scope;
  own.identity.span = recorder.id_of(number);
  own.span = number;
  context.set_trace_scope(own);
}

void Span::begin_root(Tracer& tracer, Context& context, std::string_view name, SpanKind kind) {
  before_ = context.own_trace_scope();
  context_ = &context;
  recorder_ = &tracer.begin_local(context, kind, name);
  generation_ = recorder_->generation();
}

Span::Span(std::string_view name, SpanKind kind, const Carrier& carrier) {
  Tracer* const tracer = Tracer::of_process();
  if (tracer == nullptr || !tracer->enabled()) return;
  Context& context = Context::current();
  before_ = context.own_trace_scope();
  context_ = &context;
  Tracer::Start start;
  start.name = name;
  start.kind = kind;
  start.carrier = &carrier;
  recorder_ = &tracer->begin(context, start);
  generation_ = recorder_->generation();
}

void Span::end() noexcept {
  Recorder* const recorder = recorder_;
  recorder_ = nullptr;
  if (recorder->generation() != generation_) return;  // its root has ended
  recorder->close(number_);
  context_->set_trace_scope(before_);
  if (number_ == 0) recorder->tracer()->end(*recorder);
}

SpanRef& SpanRef::event(std::string_view name) {
  if (live()) (void)recorder_->begin_event(number_, name);
  return *this;
}

SpanRef& SpanRef::status(SpanStatus status, std::string_view message) {
  if (live()) recorder_->status(number_, status, message);
  return *this;
}

SpanRef& SpanRef::exception(const std::exception& error) {
  if (!live()) return *this;
  const std::string type = readable_name(typeid(error));
  const auto* const known = dynamic_cast<const Error*>(&error);
  recorder_->attribute(number_, "error.type", known != nullptr ? to_string(known->code()) : type);
  if (recorder_->begin_event(number_, "exception")) {
    recorder_->event_attribute("exception.type", type);
    recorder_->event_attribute("exception.message", error.what());
  }
  recorder_->status(number_, SpanStatus::error, error.what());
  return *this;
}

SpanRef& SpanRef::exception(const std::exception_ptr& error) {
  if (!live() || !error) return *this;
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& what) {
    return exception(what);
  } catch (...) {
    return status(SpanStatus::error, "something that is no std::exception");
  }
}

SpanRef& SpanRef::link(const TraceIdentity& to) {
  if (live()) recorder_->link(number_, to);
  return *this;
}

SpanRef& SpanRef::rename(std::string_view name) {
  if (live()) recorder_->rename(number_, name);
  return *this;
}

TraceIdentity SpanRef::identity() const noexcept {
  if (!live()) return {};
  TraceIdentity out = recorder_->identity();
  out.span = recorder_->id_of(number_);
  return out;
}

std::string SpanRef::trace_id() const {
  return live() ? recorder_->identity().trace.to_string() : std::string();
}

Untraced::Untraced() : context_(Context::current()), before_(context_.own_trace_scope()) {
  TraceScope quiet;
  quiet.quiet = true;
  context_.set_trace_scope(quiet);
}

Untraced::~Untraced() { context_.set_trace_scope(before_); }

SpanRef current_span() noexcept {
  const TraceScope& scope = Context::current().trace_scope();
  return scope.recorder == nullptr ? SpanRef() : SpanRef(*scope.recorder, scope.span);
}

std::string current_trace_id() {
  const TraceIdentity identity = Context::current().trace();
  return identity.valid() ? identity.trace.to_string() : std::string();
}

}  // namespace ngo::trace
