#include "ngo/app/telemetry/tracing.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "ngo/app/telemetry/trace_exporters.hpp"
#include "ngo/base/error.hpp"
#include "ngo/base/text.hpp"
#include "ngo/log/sink.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::app {
namespace {

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    if (const std::string_view part = trim(text.substr(0, comma)); !part.empty()) out.emplace_back(part);
    text = comma == std::string_view::npos ? "" : text.substr(comma + 1);
  }
  return out;
}

Task<void> both(Task<void> first, Task<void> second) {
  co_await when_all(std::move(first), std::move(second));
}

trace::Sampling sampling_of(const TracingOptions& options) {
  trace::Sampling out;
  out.ratio = options.sampling.ratio;
  if (options.type == "pinpoint" && options.pinpoint.sampling.rate) {
    const std::int32_t rate = *options.pinpoint.sampling.rate;
    out.ratio = rate <= 0 ? 0 : 1.0 / rate;
  }
  out.parent_based = options.sampling.parent_based;
  out.per_second = options.sampling.per_second;
  if (options.type == "pinpoint" && options.pinpoint.sampling.new_throughput > 0)
    out.per_second = options.pinpoint.sampling.new_throughput;
  for (const TracingOptions::Rule& rule : options.sampling.routes)
    out.rules.push_back({rule.route, rule.method, rule.ratio});
  return out;
}

trace::Limits limits_of(const TracingOptions& options) {
  TracingOptions::LimitsOptions limits = options.limits;
  take_environment(limits, [](const char* name) -> const char* { return std::getenv(name); });
  trace::Limits out;
  out.spans = limits.spans;
  out.attributes = limits.attributes;
  out.events = limits.events;
  out.links = limits.links;
  out.value_length = limits.value_length;
  out.lines = options.memory.lines;
  return out;
}

// The environment's word wins. Says what is wrong with it.
std::string finish_sampling(trace::Sampling& sampling) {
  return sampling.apply_environment(environment("OTEL_TRACES_SAMPLER"),
                                    environment("OTEL_TRACES_SAMPLER_ARG"));
}

// What Pinpoint takes everywhere; the original's agent cut host names so.
constexpr std::size_t kLongestHostAgent = 23;
constexpr std::size_t kLongestApplication = 24;

std::string pinpoint_name(std::string_view text, std::size_t longest) {
  std::string out(text.substr(0, longest));
  for (char& c : out)
    if (!trace::is_pinpoint_name(std::string_view(&c, 1))) c = '-';
  return out.empty() ? "ngo" : out;
}

trace::Sender sender_of(const TracingOptions& options, const trace::Resource& resource) {
  trace::Sender out;
  out.service = resource.service_name();
  out.instance = trace::text_of(resource.attributes, "service.instance.id");
  out.agent = options.pinpoint.agent_id;
  if (out.agent.empty())
    out.agent = pinpoint_name(trace::text_of(resource.attributes, "host.name"), kLongestHostAgent);
  out.service_type = options.pinpoint.application_type;
  if (options.type == "pinpoint") {
    out.service = options.pinpoint.application_name;
    if (out.service.empty()) out.service = pinpoint_name(resource.service_name(), kLongestApplication);
  }
  out.start = std::chrono::duration_cast<std::chrono::milliseconds>(
                  std::chrono::system_clock::now().time_since_epoch())
                  .count();
  return out;
}

void observe_line(log::Level level, std::string_view line) noexcept {
  std::uint8_t severity = 9;
  switch (level) {
    case log::Level::trace: severity = 1; break;
    case log::Level::debug: severity = 5; break;
    case log::Level::info: severity = 9; break;
    case log::Level::warn: severity = 13; break;
    case log::Level::error: severity = 17; break;
    default: severity = 21; break;
  }
  trace::Tracer::add_line(severity, line);
}

}  // namespace

Tracing::Tracing(const TracingOptions& options, const trace::Resource& resource, config::Report& report)
    : options_(options), store_(options.memory.size.bytes(), options.memory.per_second) {
  trace::TracerOptions made;
  if (!options.type.empty()) made.type = options.type;
  made.original_names = options.tag_style == TagStyle::ngo;
  if (const std::string_view wanted = environment("OTEL_TRACES_EXPORTER");
      wanted == "otlp" || wanted == "zipkin" || wanted == "none")
    made.type = wanted;
  options_.type = made.type;
  const trace::Sender sender = sender_of(options_, resource);
  if (std::string mistake = check_exporter(made.type); !mistake.empty()) {
    report.error({}, "tracing.type", std::move(mistake));
  } else {
    begin_exporting(resource, sender, report);
  }
  std::vector<std::string> propagators = options.propagators;
  std::string_view where = "tracing.propagators";
  if (const std::vector<std::string> wanted = split(environment("OTEL_PROPAGATORS")); !wanted.empty()) {
    propagators = wanted;
    where = "OTEL_PROPAGATORS";
  }
  // Spans of one transaction find each other by what these headers say alone.
  if (made.type == "pinpoint" && propagators != std::vector<std::string>{"none"} &&
      std::find(propagators.begin(), propagators.end(), "pinpoint") == propagators.end())
    propagators.insert(propagators.begin(), "pinpoint");
  try {
    made.propagators = trace::Propagators::parse(propagators);
  } catch (const Error& error) {
    report.error({}, std::string(where), error.message());
  }
  made.propagators.set_baggage_hosts(options.baggage_hosts);
  made.propagators.set_sender(sender);
  made.sampling = sampling_of(options);
  if (std::string mistake = finish_sampling(made.sampling); !mistake.empty())
    report.error({}, "tracing.sampling", std::move(mistake));
  made.trust_incoming = options.trust_incoming;
  made.keep_errors = options.keep.errors;
  made.slowest = options.keep.slowest;
  made.limits = limits_of(options);
  tracer_ = std::make_unique<trace::Tracer>(std::move(made));
  tracer_->set_enabled(options.enabled && environment("OTEL_SDK_DISABLED") != "true");
  tracer_->on_kept([this](const trace::FragmentPtr& fragment) {
    store_.add(fragment);
    if (batches_) batches_->add(fragment);
  });
  tracer_->ask_before_keeping([this](std::size_t spans) { return wants(spans); });
}

Tracing::~Tracing() { stop(); }

bool Tracing::wants(std::size_t spans) noexcept {
  if (store_.has_share() || (batches_ && batches_->has_room(spans))) return true;
  if (batches_) batches_->drop(spans);
  return false;
}

std::string Tracing::check_sampling(const TracingOptions& next) {
  trace::Sampling sampling = sampling_of(next);
  return finish_sampling(sampling);
}

void Tracing::apply_sampling(const TracingOptions& next) {
  TracingOptions taken = next;
  taken.type = options_.type;  // which does not change
  trace::Sampling sampling = sampling_of(taken);
  static_cast<void>(finish_sampling(sampling));
  tracer_->set_sampling(std::move(sampling));
}

std::shared_ptr<const http::ServerTracing> Tracing::for_servers() {
  if (!tracer_->enabled()) return nullptr;
  http::ServerTracing::Options wanted;
  wanted.original_tags = options_.tag_style == TagStyle::ngo;
  wanted.answer_with_trace = options_.server_timing;
  return std::make_shared<http::ServerTracing>(*tracer_, wanted);
}

void Tracing::start() {
  if (!tracer_->enabled()) return;
  trace::Tracer::set_of_process(tracer_.get());
  if (options_.memory.lines > 0) log::set_observer(&observe_line);
}

void Tracing::begin_exporting(const trace::Resource& resource, const trace::Sender& sender,
                              config::Report& report) {
  if (!options_.enabled || environment("OTEL_SDK_DISABLED") == "true") return;
  try {
    std::unique_ptr<trace::Exporter> exporter = make_exporter(options_, resource, sender);
    if (exporter != nullptr) export_to(std::move(exporter));
  } catch (const Error& error) {
    report.error({}, "tracing." + options_.type, error.message());
  }
}

void Tracing::export_to(std::unique_ptr<trace::Exporter> exporter) {
  take_environment(options_.batch, [](const char* name) -> const char* { return std::getenv(name); });
  batches_ = std::make_unique<SpanBatches>(std::move(exporter), options_.batch);
}

Task<void> Tracing::end_intervals() {
  while (true) {
    co_await sleep(options_.keep.interval);
    tracer_->flush_slowest();
  }
}

Task<void> Tracing::renew_store() {
  while (true) {
    co_await sleep(std::chrono::seconds(1));
    store_.renew();
  }
}

Task<void> Tracing::run() {
  Task<void> own = both(end_intervals(), renew_store());
  if (batches_ == nullptr) return own;
  return both(std::move(own), batches_->run());
}

Task<void> Tracing::finish(Duration limit) {
  if (batches_ == nullptr) co_return;
  co_await batches_->finish(limit);
}

std::optional<SpanBatchesStats> Tracing::exported() const {
  if (batches_ == nullptr) return std::nullopt;
  return batches_->stats();
}

void Tracing::stop() noexcept {
  if (trace::Tracer::of_process() != tracer_.get()) return;
  trace::Tracer::set_of_process(nullptr);
  log::set_observer(nullptr);
}

trace::Resource resource_of_traces(const metrics::Labels& labels) {
  trace::Resource out;
  for (const metrics::Label& each : labels) {
    trace::AttributeValue value = each.value;
    if (each.type == metrics::Label::Type::integer) {
      std::int64_t number = 0;
      for (const char c : each.value) number = number * 10 + (c - '0');
      value = number;
    }
    out.attributes.push_back({trace::AttributeName(each.key), std::move(value)});
  }
  return out;
}

}  // namespace ngo::app
