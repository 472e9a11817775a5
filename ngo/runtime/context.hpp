// What belongs to one request, job run or consumed message: deadline, cancellation, log fields, trace.
//
// The Context travels with the coroutines by itself: a coroutine runs on one thread for its whole life, and
// whoever resumes it makes its Context the thread's current one. Contexts form a tree that follows the
// structure of the code (with_timeout, when_all and Scope open a child for what they start), so a child
// never outlives its parent and nothing is counted. Cancelling a Context ends every wait that is pending
// under it, at once, with Error{cancelled} (or {deadline_exceeded}); destructors run as for any exception.
//
// A Context and everything under it belongs to one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/base/id.hpp"
#include "ngo/base/intrusive_list.hpp"
#include "ngo/runtime/timer.hpp"

namespace ngo {

class Context;
class Waiter;

namespace trace {
class Recorder;
}

namespace detail {
struct InContext;  // tag: a Waiter among the pending waits of its Context
extern constinit thread_local Context* current_context;
}  // namespace detail

// The trace that work belongs to (W3C Trace Context: 16 and 8 bytes). All zero: none.
struct TraceIdentity {
  static constexpr std::uint8_t kSampled = 0x01;
  static constexpr std::uint8_t kRandom = 0x02;

  TraceId trace;
  SpanId span;             // that work is done for now
  std::uint8_t flags = 0;  // of W3C Trace Context
  [[nodiscard]] bool valid() const noexcept { return trace.valid(); }
  [[nodiscard]] bool sampled() const noexcept { return (flags & kSampled) != 0; }
};

// The same with what records it (ngo/trace/span.hpp), which is this thread's alone.
struct TraceScope {
  TraceIdentity identity;
  trace::Recorder* recorder = nullptr;  // null: nothing is recorded
  std::uint32_t span = 0;               // number of identity.span in it
  bool quiet = false;                   // nothing here is traced
};

class Context final : public Link<Context>, private Timer {
 public:
  // A root: nothing cancels it but itself.
  Context() = default;
  // A child of `parent`: inherits its deadline, cancellation, trace and log fields.
  explicit Context(Context& parent) : Context(parent, TimePoint::max()) {}
  // A child that is also cut off at `deadline`, if that is sooner than the parent's.
  Context(Context& parent, TimePoint deadline);
  ~Context();

  // The Context of the coroutine that runs on this thread now. Outside any coroutine: a root of the
  // thread's own that is never cancelled.
  [[nodiscard]] static Context& current() noexcept {
    return detail::current_context != nullptr ? *detail::current_context : thread_root();
  }

  // When work under this Context is cut off; nothing when there is no limit.
  [[nodiscard]] std::optional<TimePoint> deadline() const noexcept;
  // The time that is left until the deadline (never negative); nothing when there is no limit.
  [[nodiscard]] std::optional<Duration> remaining() const noexcept;

  [[nodiscard]] bool cancelled() const noexcept { return cause_.has_value(); }
  // Why it was cancelled.
  [[nodiscard]] std::optional<Code> cause() const noexcept { return cause_; }
  // Throws Error{cause} when cancelled. For long computations between awaits.
  void check() const {
    if (cause_) [[unlikely]]
      throw_cancelled();
  }
  // Ends all pending waits here and below; later waits end at once. The first cause stays.
  void cancel(Code cause = Code::cancelled) noexcept;

  // Log fields that every line written under this Context carries, the parents' first.
  void add_log_field(std::string name, std::string value);
  // Calls f(name, value) for each of them.
  template <class F>
  void each_log_field(F&& f) const {
    if (parent_ != nullptr) parent_->each_log_field(f);
    for (const auto& [name, value] : fields_) f(std::string_view(name), std::string_view(value));
  }

  // The trace of the nearest Context, from here upwards, that has one.
  [[nodiscard]] TraceIdentity trace() const noexcept { return trace_scope().identity; }
  [[nodiscard]] const TraceScope& trace_scope() const noexcept {
    const Context* at = this;
    while (!at->trace_.identity.valid() && !at->trace_.quiet && at->parent_ != nullptr) at = at->parent_;
    return at->trace_;
  }
  void set_trace(TraceIdentity trace) noexcept { trace_ = {trace, nullptr, 0, false}; }
  void set_trace_scope(const TraceScope& scope) noexcept { trace_ = scope; }
  // What was set here and not further up.
  [[nodiscard]] const TraceScope& own_trace_scope() const noexcept { return trace_; }

  // What the work is, for example a route, for whoever finds it holding its worker (see Watchdog). Contexts
  // opened under this one from now on have it too. `name` must stay valid for the life of the process.
  void set_work(const char* name) noexcept { work_ = name; }
  [[nodiscard]] const char* work() const noexcept { return work_; }

  // Sets or replaces the deadline of this Context itself (TimePoint::max(): none); a sooner one of a parent
  // holds as well. The timer is armed with the first wait that is really pending, so work that never waits
  // pays for a comparison only.
  void set_deadline(TimePoint deadline) noexcept {
    Timer::disarm();
    own_deadline_ = deadline;
    if (parent_ == nullptr && children_.empty() && waits_.empty()) {
      deadline_ = deadline;
    } else {
      derive_deadline();
    }
  }

  // Makes a root that is used again for the next request as if it were new. Nothing may be pending.
  void reset() noexcept {
    Timer::disarm();
    own_deadline_ = deadline_ = TimePoint::max();
    work_ = nullptr;
    cause_.reset();
    trace_ = {};
    fields_.clear();
  }

 private:
  friend class Waiter;
  friend class CurrentContext;
  friend class PendingWaits;

  static Context& thread_root() noexcept;
  void fire() noexcept override;  // the deadline timer
  void add(Waiter& waiter) noexcept;
  void arm() noexcept;
  // Puts a root that something waits under into its thread's list, where who looks finds it.
  void list_root() noexcept {
    if (parent_ == nullptr && !Link<Context>::is_linked()) [[unlikely]]
      enlist();
  }
  void enlist() noexcept;
  void derive_deadline() noexcept;
  [[noreturn]] void throw_cancelled() const;

  Context* parent_ = nullptr;
  TimePoint own_deadline_ = TimePoint::max();
  TimePoint deadline_ = TimePoint::max();  // the own one or a parent's, whichever is sooner
  const char* work_ = nullptr;
  std::optional<Code> cause_;
  TraceScope trace_;
  List<Context> children_;
  List<Waiter, detail::InContext> waits_;
  std::vector<std::pair<std::string, std::string>> fields_;
};

// Makes a Context the thread's current one for the time of a block: for code that resumes coroutines.
class CurrentContext {
 public:
  explicit CurrentContext(Context& context) noexcept : before_(get()) { set(&context); }
  CurrentContext(const CurrentContext&) = delete;
  CurrentContext& operator=(const CurrentContext&) = delete;
  ~CurrentContext() { set(before_); }

  // Replaces the current Context without a way back (the next resumer sets its own).
  static void set(Context* context) noexcept { detail::current_context = context; }
  [[nodiscard]] static Context* get() noexcept { return detail::current_context; }

 private:
  Context* before_;
};

}  // namespace ngo
