#include "ngo/trace/tracer.hpp"

#include <array>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/trace/ticks_impl.hpp"

namespace ngo::trace {
namespace {

std::atomic<std::uint64_t> next_number{1};

std::size_t bytes_of(const std::vector<Attribute>& attributes) noexcept {
  std::size_t bytes = attributes.capacity() * sizeof(Attribute);
  for (const Attribute& each : attributes) {
    bytes += each.key.bytes();
    if (const auto* text = std::get_if<std::string>(&each.value)) bytes += text->capacity();
  }
  return bytes;
}

std::size_t bytes_of(const Fragment& fragment) noexcept {
  std::size_t bytes = sizeof(Fragment) + fragment.spans.capacity() * sizeof(SpanData);
  for (const SpanData& span : fragment.spans) {
    bytes += span.name.capacity() + span.state.capacity() + span.status_message.capacity();
    bytes += bytes_of(span.attributes);
    for (const SpanEvent& event : span.events)
      bytes += sizeof(SpanEvent) + event.name.capacity() + bytes_of(event.attributes);
    bytes += span.links.capacity() * sizeof(SpanLink);
  }
  for (const LogLine& line : fragment.lines) bytes += sizeof(LogLine) + line.text.capacity();
  return bytes;
}

}  // namespace

std::atomic<Tracer*> Tracer::of_process_{nullptr};

Tracer::Tracer(TracerOptions options)
    : options_(std::move(options)),
      number_(next_number.fetch_add(1, std::memory_order_relaxed)),
      slowest_(options_.slowest) {
  samplers_.push_back(std::make_unique<Sampler>(options_.sampling));
  sampler_ = samplers_.back().get();
}

Tracer::~Tracer() {
  Tracer* self = this;
  of_process_.compare_exchange_strong(self, nullptr);
}

void Tracer::set_of_process(Tracer* tracer) noexcept { of_process_.store(tracer, std::memory_order_release); }

Sampling Tracer::sampling() const { return sampler_.load(std::memory_order_acquire)->sampling(); }

void Tracer::set_sampling(Sampling sampling) {
  auto made = std::make_unique<Sampler>(std::move(sampling));
  const std::lock_guard lock(mutex_);
  samplers_.push_back(std::move(made));
  sampler_.store(samplers_.back().get(), std::memory_order_release);
}

void Tracer::set_sampling_rate(int rate) {
  Sampling wanted = sampling();
  wanted.ratio = rate <= 0 ? 0 : 1.0 / rate;
  set_sampling(std::move(wanted));
}

void Tracer::inject(FieldWriter write, std::string_view target) const {
  const TraceScope& scope = Context::current().trace_scope();
  if (scope.identity.valid()) options_.propagators.inject(scope, target, write);
}

Recorder& Tracer::begin(Context& context, const Start& start) {
  Recorder& recorder = Recorder::take();
  Remote remote;
  if (start.carrier != nullptr && options_.propagators.extract(*start.carrier, remote, recorder.origin())) {
    recorder.use_origin();
  }
  TraceIdentity identity;
  TraceIdentity refused;
  if (!options_.trust_incoming && start.carrier != nullptr) {
    refused = remote.identity;
    remote = Remote();
    recorder.origin().clear();
  }
  if (remote.identity.valid()) {
    identity.trace = remote.identity.trace;
    identity.flags = remote.identity.flags & TraceIdentity::kRandom;
    Origin& origin = recorder.origin();
    recorder.use_origin();
    origin.remote = true;
    if (remote.shared) {
      identity.span = remote.identity.span;
      origin.parent = remote.parent;
    } else {
      identity.span = SpanId::generate();
      origin.parent = remote.identity.span;
    }
  } else {
    identity.trace = TraceId::generate();
    identity.span = SpanId::generate();
  }
  recorder.origin().debug = remote.decision == Remote::Decision::debug;
  if (recorder.origin().debug) recorder.use_origin();
  Sampler::Root root;
  root.trace = identity.trace;
  root.route = start.route.empty() ? start.name : start.route;
  root.method = start.method;
  root.decision = remote.decision;
  root.now = start.now;
  Sampler& sampler = *sampler_.load(std::memory_order_acquire);
  if (root.now == TimePoint() && sampler.sampling().per_second > 0) root.now = Clock::real().now();
  if (sampler.decide(root)) identity.flags |= TraceIdentity::kSampled;

  recorder.begin(*this, identity, start.kind, start.name, start.measured);
  if (refused.valid()) recorder.link(0, refused);
  if (!recorder.origin().debug_id.empty())
    recorder.attribute(0, "jaeger-debug-id", recorder.origin().debug_id);
  if (start.carrier != nullptr && !remote.identity.valid() && options_.propagators.has(Format::optimus))
    recorder.attribute(0, "root", true);  // as the original marked them
  context.set_trace_scope({identity, &recorder, 0, false});
  return recorder;
}

Recorder& Tracer::begin_local(Context& context, SpanKind kind, std::string_view name) {
  const TraceIdentity of = context.trace();
  if (!of.valid()) {
    Start start;
    start.name = name;
    start.kind = kind;
    return begin(context, start);
  }
  Recorder& recorder = Recorder::take();
  TraceIdentity identity = of;
  identity.span = SpanId::generate();
  recorder.begin(*this, identity, kind, name, false);
  recorder.origin().parent = of.span;
  recorder.use_origin();
  context.set_trace_scope({identity, &recorder, 0, false});
  return recorder;
}

// Names are few and mostly lie where they did: those of late are known by their place.
Slowest::Group& Tracer::group_of(std::string_view name) {
  struct Known {
    std::uint64_t tracer = 0;
    const char* name = nullptr;
    std::string text;
    Slowest::Group* group = nullptr;
  };
  constexpr std::size_t kKnown = 64;
  static thread_local std::array<Known, kKnown> all;
  Known& known = all[(reinterpret_cast<std::uintptr_t>(name.data()) / 8) % kKnown];
  if (known.tracer != number_ || known.name != name.data() || known.text != name) {
    known.group = &group(name);
    known.tracer = number_;
    known.name = name.data();
    known.text = name;
  }
  return *known.group;
}

Tracer::Verdict Tracer::judge(const Recorder& recorder, Duration took, Slowest::Group& group) {
  const bool failed = options_.keep_errors && recorder.failed();
  if (recorder.sampled()) {
    if (failed || !wanted_ || wanted_(recorder.spans())) return {true, Kept::sampled, nullptr};
    unwanted_.fetch_add(1, std::memory_order_relaxed);
  }
  if (failed) return {true, Kept::error, nullptr};
  if (options_.slowest != 0 && group.wants(took)) return {true, Kept::slow, &group};
  return {};
}

void Tracer::keep(const Recorder& recorder, const Verdict& verdict, Duration took,
                  FunctionRef<void(SpanData& root)> complete) {
  std::shared_ptr<Fragment> fragment = recorder.make_fragment(took);
  complete(fragment->spans.front());
  fragment->kept = verdict.why;
  fragment->bytes = bytes_of(*fragment);
  if (verdict.group != nullptr) {
    slowest_.add(*verdict.group, took, std::move(fragment));
  } else {
    pass_on(fragment);
  }
}

void Tracer::end(Recorder& recorder) noexcept {
  try {
    const Duration took(detail::Moment::now().between(recorder.began(), detail::ticks()));
    if (const Verdict verdict = judge(recorder, took, group_of(recorder.name())); verdict.kept)
      keep(recorder, verdict, took, [](SpanData&) {});
  } catch (const std::exception&) {
    // Out of memory: the trace is lost, the work is not.
  }
  recorder.give_back();
}

void Tracer::add_line(std::uint8_t severity, std::string_view text) noexcept {
  const Context* const context = CurrentContext::get();
  if (context == nullptr) return;
  const TraceScope& scope = context->trace_scope();
  if (scope.recorder == nullptr) return;
  if (text.ends_with('\n')) text.remove_suffix(1);
  try {
    scope.recorder->line(scope.span, severity, text);
  } catch (const std::bad_alloc&) {
    // It stands in the log.
  }
}

void Tracer::pass_on(const FragmentPtr& fragment) noexcept {
  kept_[static_cast<std::size_t>(fragment->kept)].fetch_add(1, std::memory_order_relaxed);
  for (const OnKept& each : on_kept_) {
    try {
      each(fragment);
    } catch (const std::exception&) {
      // One that cannot take it does not keep the others from it.
    }
  }
}

void Tracer::flush_slowest() {
  for (const FragmentPtr& each : slowest_.take()) pass_on(each);
}

void Tracer::stop() {
  set_enabled(false);
  flush_slowest();
}

Tracer::Counts Tracer::counts() const noexcept {
  return {kept_[0].load(std::memory_order_relaxed), kept_[1].load(std::memory_order_relaxed),
          kept_[2].load(std::memory_order_relaxed), unwanted_.load(std::memory_order_relaxed)};
}

}  // namespace ngo::trace
