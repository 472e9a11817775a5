// A piece of work that is worth seeing: it begins where it is made and ends with its block.
//
//   trace::Span span("charge the card", trace::SpanKind::client);
//   span.attribute("payment.provider", provider);
//   co_await provider.charge(amount);          // a span that this makes is a child of `span`
//
// It belongs to the trace of the current Context and is the parent of whatever is made under that Context
// while it lives. Work that no request stands behind (jobs, what spawn_detached() has started) begins a root
// of its own: of a new trace, or of the trace it was started in. It costs a few nanoseconds whether it is
// kept or not, since that is decided at the end (errors and the slowest are kept whatever the sampler says).
// Where the process has no Tracer a Span does nothing.
//
// A Span stays in the block and the thread that it was made in.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include "ngo/runtime/context.hpp"
#include "ngo/trace/recorder.hpp"
#include "ngo/trace/span_data.hpp"
#include "ngo/trace/value.hpp"

namespace ngo::trace {

class Carrier;

// A span that somebody else ends.
class SpanRef {
 public:
  // None: everything does nothing.
  SpanRef() = default;
  SpanRef(Recorder& recorder, std::uint32_t number) noexcept
      : recorder_(&recorder), generation_(recorder.generation()), number_(number) {}

  // Describe it; all may be called at any time before its end, and later calls win. `attribute` is for names
  // that are literals, which are not copied.
  SpanRef& attribute(AttributeKey key, Value value) {
    if (live()) recorder_->attribute(number_, key, value);
    return *this;
  }
  SpanRef& tag(std::string_view key, Value value) {
    if (live()) recorder_->tag(number_, key, value);
    return *this;
  }
  SpanRef& event(std::string_view name);
  // That it failed, and why; `ok` is the last word on it.
  SpanRef& status(SpanStatus status, std::string_view message = {});
  // The event "exception" with type and message, and the attribute error.type; the span counts as failed.
  SpanRef& exception(const std::exception& error);
  SpanRef& exception(const std::exception_ptr& error);
  SpanRef& link(const TraceIdentity& to);
  SpanRef& rename(std::string_view name);

  // Whether it is recorded: else nothing needs to be prepared for attribute().
  [[nodiscard]] bool live() const noexcept {
    return recorder_ != nullptr && recorder_->generation() == generation_;
  }
  // Whether the trace is sampled; an unsampled one may still be kept at its end.
  [[nodiscard]] bool sampled() const noexcept { return live() && recorder_->sampled(); }
  // Not valid where nothing is recorded.
  [[nodiscard]] TraceIdentity identity() const noexcept;
  // 32 hexadecimal digits; empty where nothing is recorded.
  [[nodiscard]] std::string trace_id() const;

 protected:
  Recorder* recorder_ = nullptr;
  std::uint32_t generation_ = 0;
  std::uint32_t number_ = 0;
};

// The span of the current Context: in a handler that of the request.
[[nodiscard]] SpanRef current_span() noexcept;

class Span : public SpanRef {
 public:
  explicit Span(std::string_view name, SpanKind kind = SpanKind::internal) { begin(name, kind); }
  // Begins the local root of a trace that `carrier` may bring along: for consumers of messages and servers of
  // other protocols.
  Span(std::string_view name, SpanKind kind, const Carrier& carrier);
  Span(const Span&) = delete;
  Span& operator=(const Span&) = delete;
  ~Span() { finish(); }

  // Ends it before its block does. What is called on it afterwards does nothing.
  void finish() noexcept {
    if (recorder_ != nullptr) end();
  }

 private:
  void begin(std::string_view name, SpanKind kind);
  void begin_root(Tracer& tracer, Context& context, std::string_view name, SpanKind kind);
  void end() noexcept;

  Context* context_ = nullptr;
  TraceScope before_;
};

// Nothing that is done under the current Context is traced while this lives, and no trace goes out with it:
// for whoever speaks to the back end of traces itself.
class Untraced {
 public:
  Untraced();
  Untraced(const Untraced&) = delete;
  Untraced& operator=(const Untraced&) = delete;
  ~Untraced();

 private:
  Context& context_;
  TraceScope before_;
};

// The trace id of the current Context as text; empty without one.
[[nodiscard]] std::string current_trace_id();

}  // namespace ngo::trace
