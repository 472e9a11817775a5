// What the ops port says of traces.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "ngo/app/telemetry/tracing.hpp"
#include "ngo/base/id.hpp"
#include "ngo/base/rules.hpp"
#include "ngo/base/timestamp.hpp"
#include "ngo/codec/json_value.hpp"
#include "ngo/http/endpoint.hpp"
#include "ngo/log/log.hpp"

namespace ngo::app {
namespace {

using std::chrono::milliseconds;
using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

std::string_view to_string(trace::Kept kept) {
  switch (kept) {
    case trace::Kept::sampled: return "sampled";
    case trace::Kept::error: return "error";
    case trace::Kept::slow: return "slow";
  }
  return "";
}

std::string_view to_string(trace::SpanKind kind) {
  switch (kind) {
    case trace::SpanKind::internal: return "internal";
    case trace::SpanKind::server: return "server";
    case trace::SpanKind::client: return "client";
    case trace::SpanKind::producer: return "producer";
    case trace::SpanKind::consumer: return "consumer";
  }
  return "";
}

std::string_view to_string(trace::SpanStatus status) {
  switch (status) {
    case trace::SpanStatus::unset: return "unset";
    case trace::SpanStatus::ok: return "ok";
    case trace::SpanStatus::error: return "error";
  }
  return "";
}

Time time_of(std::int64_t nanoseconds) { return Time(std::chrono::microseconds(nanoseconds / 1000)); }

double milliseconds_between(std::int64_t from, std::int64_t to) {
  const std::int64_t microseconds = (to - from) / 1000;
  return static_cast<double>(microseconds) / 1000;
}

struct Summary {
  std::string trace_id;
  std::string name;
  std::string kept;
  std::string status;
  std::optional<std::int64_t> http_status;
  Time start;
  double duration_ms = 0;
  std::size_t spans = 0;
  std::size_t lines = 0;
  static constexpr auto rules = ngo::rules(ngo::camel_case(), ngo::omit_if_empty<&Summary::http_status>());
};

struct Overview {
  std::vector<Summary> traces;
  std::size_t held = 0;
  std::size_t bytes = 0;
  std::size_t most_bytes = 0;
  static constexpr auto rules = ngo::rules(ngo::camel_case());
};

struct EventBody {
  Time time;
  std::string name;
  JsonValue attributes;
  static constexpr auto rules = ngo::rules(ngo::camel_case());
};

struct LinkBody {
  std::string trace_id;
  std::string span_id;
  static constexpr auto rules = ngo::rules(ngo::camel_case());
};

struct SpanBody {
  std::string span_id;
  std::optional<std::string> parent_span_id;
  bool parent_is_remote = false;
  std::string name;
  std::string kind;
  std::string status;
  std::optional<std::string> status_message;
  std::optional<std::string> trace_state;
  Time start;
  double duration_ms = 0;
  JsonValue attributes;
  std::vector<EventBody> events;
  std::vector<LinkBody> links;
  static constexpr auto rules = ngo::rules(ngo::camel_case(), ngo::omit_if_empty<&SpanBody::parent_span_id>(),
                                           ngo::omit_if_empty<&SpanBody::status_message>(),
                                           ngo::omit_if_empty<&SpanBody::trace_state>());
};

struct LineBody {
  Time time;
  std::string span_id;
  std::string text;
  static constexpr auto rules = ngo::rules(ngo::camel_case());
};

struct FragmentBody {
  std::string kept;
  std::vector<SpanBody> spans;
  std::vector<LineBody> lines;
  std::uint32_t dropped_spans = 0;
  std::uint32_t dropped_lines = 0;
  static constexpr auto rules = ngo::rules(ngo::camel_case());
};

struct TraceBody {
  std::string trace_id;
  std::vector<FragmentBody> fragments;
  static constexpr auto rules = ngo::rules(ngo::camel_case());
};

struct TraceQuery {
  std::string route;
  std::string status;
  std::optional<milliseconds> min_duration;
  std::optional<milliseconds> max_duration;
  std::string attribute;
  std::uint32_t limit = 100;
  static constexpr auto rules = ngo::rules(ngo::camel_case(), ngo::range<&TraceQuery::limit>(1, 10'000));
};

// What can be changed while the service runs; what is missing stays.
struct SamplingChange {
  std::optional<bool> enabled;
  std::optional<double> ratio;
  std::optional<bool> parent_based;
  std::optional<double> per_second;
  std::optional<std::vector<TracingOptions::Rule>> routes;
  static constexpr auto rules = ngo::rules(ngo::camel_case(), ngo::range<&SamplingChange::ratio>(0.0, 1.0),
                                           ngo::range<&SamplingChange::per_second>(0.0, 1e9));
};

struct ExporterState {
  std::string type;
  std::size_t queued = 0;
  std::uint64_t exported = 0;
  std::uint64_t dropped_queue_full = 0;
  std::uint64_t dropped_refused = 0;
  std::uint64_t dropped_gave_up = 0;
  std::uint64_t dropped_partial = 0;
  std::uint64_t retries = 0;
  static constexpr auto rules = ngo::rules(ngo::camel_case());
};

struct State {
  bool enabled = true;
  std::string type;
  std::vector<std::string> propagators;
  double ratio = 0;
  bool parent_based = true;
  double per_second = 0;
  std::vector<TracingOptions::Rule> routes;
  std::uint64_t kept_sampled = 0;
  std::uint64_t kept_error = 0;
  std::uint64_t kept_slow = 0;
  std::uint64_t unwanted = 0;
  std::optional<ExporterState> exporter;  // of spans
  static constexpr auto rules = ngo::rules(ngo::camel_case(), ngo::omit_if_empty<&State::exporter>());
};

JsonValue body_of(const trace::AttributeValue& value) {
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    JsonValue out = JsonValue::array();
    for (const std::string& each : *list) out.push_back(each);
    return out;
  }
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* truth = std::get_if<bool>(&value)) return *truth;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
  return std::get<double>(value);
}

JsonValue body_of(const std::vector<trace::Attribute>& attributes) {
  JsonValue out = JsonValue::object();
  for (const trace::Attribute& each : attributes) out[each.key] = body_of(each.value);
  return out;
}

SpanBody body_of(const trace::SpanData& span) {
  SpanBody out;
  out.span_id = span.span.to_string();
  if (span.parent.valid()) out.parent_span_id = span.parent.to_string();
  out.parent_is_remote = span.parent_is_remote;
  out.name = span.name;
  out.kind = to_string(span.kind);
  out.status = to_string(span.status);
  if (!span.status_message.empty()) out.status_message = span.status_message;
  if (!span.state.empty()) out.trace_state = span.state;
  out.start = time_of(span.start);
  out.duration_ms = milliseconds_between(span.start, span.end);
  out.attributes = body_of(span.attributes);
  for (const trace::SpanEvent& each : span.events)
    out.events.push_back({time_of(each.time), each.name, body_of(each.attributes)});
  for (const trace::SpanLink& each : span.links)
    out.links.push_back({each.trace.to_string(), each.span.to_string()});
  return out;
}

FragmentBody body_of(const trace::Fragment& fragment) {
  FragmentBody out;
  out.kept = to_string(fragment.kept);
  for (const trace::SpanData& each : fragment.spans) out.spans.push_back(body_of(each));
  for (const trace::LogLine& each : fragment.lines) {
    out.lines.push_back({time_of(each.time), fragment.spans[each.span].span.to_string(), each.text});
  }
  out.dropped_spans = fragment.dropped_spans;
  out.dropped_lines = fragment.dropped_lines;
  return out;
}

Summary summary_of(const trace::Fragment& fragment) {
  const trace::SpanData& root = fragment.spans.front();
  Summary out;
  out.trace_id = root.trace.to_string();
  out.name = root.name;
  out.kept = to_string(fragment.kept);
  out.status = to_string(root.status);
  for (const char* const key : {"http.response.status_code", "http.server.response.status"}) {
    const trace::AttributeValue* const found = trace::find(root.attributes, key);
    if (found == nullptr) continue;
    if (const auto* number = std::get_if<std::int64_t>(found)) out.http_status = *number;
  }
  out.start = time_of(root.start);
  out.duration_ms = milliseconds_between(root.start, root.end);
  out.spans = fragment.spans.size();
  out.lines = fragment.lines.size();
  return out;
}

Overview find(Tracing& tracing, const TraceQuery& wanted) {
  tracing.tracer().flush_slowest();  // whoever looks ends the interval
  trace::Store::Query query;
  query.route = wanted.route;
  query.status = wanted.status;
  if (wanted.min_duration) query.min_duration = Duration(*wanted.min_duration).count();
  if (wanted.max_duration) query.max_duration = Duration(*wanted.max_duration).count();
  query.attribute = wanted.attribute;
  query.limit = wanted.limit;
  Overview out;
  for (const trace::FragmentPtr& each : tracing.store().find(query)) out.traces.push_back(summary_of(*each));
  const trace::Store::Size size = tracing.store().size();
  out.held = size.fragments;
  out.bytes = size.bytes;
  out.most_bytes = size.most_bytes;
  return out;
}

TraceBody find(Tracing& tracing, std::string_view id) {
  const std::optional<TraceId> trace = TraceId::parse(id);
  if (!trace) throw Error(Code::invalid_argument, "expected a trace id of 32 lower-case hexadecimal digits");
  tracing.tracer().flush_slowest();
  TraceBody out;
  out.trace_id = trace->to_string();
  for (const trace::FragmentPtr& each : tracing.store().find(*trace)) out.fragments.push_back(body_of(*each));
  if (out.fragments.empty())
    throw Error(Code::not_found,
                "no such trace is kept; it was not sampled, or newer ones have taken its place");
  return out;
}

State state_of(Tracing& tracing) {
  State out;
  trace::Tracer& tracer = tracing.tracer();
  out.enabled = tracer.enabled();
  out.type = tracer.type();
  for (const trace::Format each : tracer.propagators().formats())
    out.propagators.emplace_back(trace::to_string(each));
  const trace::Sampling sampling = tracer.sampling();
  out.ratio = sampling.ratio;
  out.parent_based = sampling.parent_based;
  out.per_second = sampling.per_second;
  for (const trace::SamplingRule& each : sampling.rules)
    out.routes.push_back({each.route, each.method, each.ratio});
  const trace::Tracer::Counts counts = tracer.counts();
  out.kept_sampled = counts.kept_sampled;
  out.kept_error = counts.kept_error;
  out.kept_slow = counts.kept_slow;
  out.unwanted = counts.unwanted;
  if (const auto stats = tracing.exported()) {
    ExporterState& exporter = out.exporter.emplace();
    exporter.type = tracing.options().type;
    exporter.queued = stats->queued;
    exporter.exported = stats->exported;
    exporter.dropped_queue_full = stats->dropped_queue_full;
    exporter.dropped_refused = stats->dropped_refused;
    exporter.dropped_gave_up = stats->dropped_gave_up;
    exporter.dropped_partial = stats->dropped_partial;
    exporter.retries = stats->retries;
  }
  return out;
}

void change(Tracing& tracing, const SamplingChange& wanted) {
  trace::Sampling sampling = tracing.tracer().sampling();
  if (wanted.ratio) sampling.ratio = *wanted.ratio;
  if (wanted.parent_based) sampling.parent_based = *wanted.parent_based;
  if (wanted.per_second) sampling.per_second = *wanted.per_second;
  if (wanted.routes) {
    sampling.rules.clear();
    for (const TracingOptions::Rule& rule : *wanted.routes)
      sampling.rules.push_back({rule.route, rule.method, rule.ratio});
  }
  tracing.tracer().set_sampling(sampling);
  if (wanted.enabled) tracing.tracer().set_enabled(*wanted.enabled);
  log::warn("tracing has been changed at the ops port: {}, ratio {}",
            tracing.tracer().enabled() ? "on" : "off", sampling.ratio);
}

}  // namespace

void add_tracing(Routes& routes, Tracing& tracing) {
  routes.get("/ops/traces", [&tracing](Query<TraceQuery> query) { return find(tracing, *query); });
  routes.get("/ops/traces/{id}", [&tracing](std::string id) { return find(tracing, id); });
  routes.get("/ops/tracing", [&tracing] { return state_of(tracing); });
  routes.put("/ops/tracing", [&tracing](Json<SamplingChange> wanted) {
    change(tracing, *wanted);
    return state_of(tracing);
  });
}

}  // namespace ngo::app
