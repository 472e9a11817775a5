// The tracer of a process: what it records, what it keeps of that, how traces come in and go out. An App
// makes one from the section `tracing`; see docs/tracing.md. Used by all threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/trace/propagation.hpp"
#include "ngo/trace/recorder.hpp"
#include "ngo/trace/sampler.hpp"
#include "ngo/trace/slowest.hpp"
#include "ngo/trace/span_data.hpp"

namespace ngo::trace {

struct TracerOptions {
  std::string type = "memory";  // of the back end: "otlp", "zipkin", ...
  Sampling sampling;
  Limits limits;
  Propagators propagators;
  bool trust_incoming = true;  // false: a new trace that is linked to the caller's
  bool keep_errors = true;
  std::uint32_t slowest = 3;    // of each route in each interval
  bool original_names = false;  // of attributes, where those who describe spans know them
};

class Tracer {
 public:
  explicit Tracer(TracerOptions options);
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;
  // It is the process's no longer. Nothing that it records may still be open.
  ~Tracer();

  // The tracer that spans are made by; null: none are. Set while nothing runs.
  [[nodiscard]] static Tracer* of_process() noexcept { return of_process_.load(std::memory_order_acquire); }
  static void set_of_process(Tracer* tracer) noexcept;
  // Its propagators; null without one.
  [[nodiscard]] static const Propagators* propagators_of_process() noexcept {
    const Tracer* const tracer = of_process();
    return tracer == nullptr ? nullptr : &tracer->propagators();
  }

  [[nodiscard]] bool enabled() const noexcept { return enabled_.load(std::memory_order_relaxed); }
  void set_enabled(bool enabled) noexcept { enabled_.store(enabled, std::memory_order_relaxed); }
  [[nodiscard]] const std::string& type() const noexcept { return options_.type; }
  [[nodiscard]] bool original_names() const noexcept { return options_.original_names; }
  [[nodiscard]] const Limits& limits() const noexcept { return options_.limits; }
  [[nodiscard]] const Propagators& propagators() const noexcept { return options_.propagators; }

  // What the sampler does, and a new one for it; traces that have begun go on as they were.
  [[nodiscard]] Sampling sampling() const;
  void set_sampling(Sampling sampling);
  // As in the original: 1 all, n every n-th (about), 0 none.
  void set_sampling_rate(int rate);

  // Fields for a message that is sent under the current Context.
  void inject(FieldWriter write, std::string_view target = {}) const;

  // Each fragment that is kept goes to all of these, on the thread that it ended on; they must not wait.
  // Before the first request.
  using OnKept = std::function<void(const FragmentPtr& fragment)>;
  void on_kept(OnKept f) { on_kept_.push_back(std::move(f)); }
  // Asked, on any thread, before a trace that was sampled and is no error is made: whether any of those takes
  // it. Where none would, nothing is made. Before the first request; without it they always do.
  using Wanted = std::function<bool(std::size_t spans)>;
  void ask_before_keeping(Wanted f) { wanted_ = std::move(f); }
  // A line of the log that is written under the current Context: it belongs to what is recorded there, if
  // anything is. `severity` is OTLP's number.
  static void add_line(std::uint8_t severity, std::string_view text) noexcept;
  // The end of an interval: hands over the slowest.
  void flush_slowest();
  // Hands over what is held and records nothing more.
  void stop();

  // ---- for those who begin roots: servers, consumers, Span
  struct Start {
    std::string_view name;
    std::string_view method;
    std::string_view route;  // for sampling; empty: the name counts
    SpanKind kind = SpanKind::internal;
    const Carrier* carrier = nullptr;  // null: nothing of a trace has come
    TimePoint now{};                   // when it began, if that is known
    bool measured = false;             // by the caller: keep() is told how long it took, and `name` lasts
  };
  // Begins a local root in `context`.
  [[nodiscard]] Recorder& begin(Context& context, const Start& start);
  // The same for work that no message has brought: it goes on with the trace of the Context, if that has one.
  [[nodiscard]] Recorder& begin_local(Context& context, SpanKind kind, std::string_view name);

  // The roots of that name, of which the slowest are kept. Stays valid as long as the tracer.
  [[nodiscard]] Slowest::Group& group(std::string_view name) { return slowest_.group(name); }
  // Why it is to be kept when it ends now; nothing: it is not. `group`: what it is one of.
  struct Verdict {
    bool kept = false;
    Kept why = Kept::sampled;
    Slowest::Group* group = nullptr;
  };
  [[nodiscard]] Verdict judge(const Recorder& recorder, Duration took, Slowest::Group& group);
  // Makes a Fragment of it and passes it on.
  void keep(const Recorder& recorder, const Verdict& verdict, Duration took,
            FunctionRef<void(SpanData& root)> complete);
  // The end of a local root that nobody else measures; gives the recorder back.
  void end(Recorder& recorder) noexcept;

  // Of roots that have ended; for metrics.
  struct Counts {
    std::uint64_t kept_sampled = 0;
    std::uint64_t kept_error = 0;
    std::uint64_t kept_slow = 0;
    std::uint64_t unwanted = 0;  // sampled, but nobody could take it
  };
  [[nodiscard]] Counts counts() const noexcept;

 private:
  void pass_on(const FragmentPtr& fragment) noexcept;
  [[nodiscard]] Slowest::Group& group_of(std::string_view name);

  static std::atomic<Tracer*> of_process_;

  TracerOptions options_;
  std::uint64_t number_;  // of this tracer among all that the process has had
  std::atomic<bool> enabled_{true};
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Sampler>>
      samplers_;  // all that there were: some thread may be asking an old one
  std::atomic<Sampler*> sampler_;
  Slowest slowest_;
  std::vector<OnKept> on_kept_;
  Wanted wanted_;
  std::atomic<std::uint64_t> kept_[3] = {};
  std::atomic<std::uint64_t> unwanted_{0};
};

}  // namespace ngo::trace
