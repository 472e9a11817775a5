// Makes traces and sends them through one exporter: what the system tests of the exporters run. Tells at the
// end, as JSON, what has become of the spans.
//
//   exporting TYPE KEY=VALUE...      keys: see below
#include <ngo/app/telemetry/exporters.hpp>
#include <ngo/app/telemetry/span_batches.hpp>
#include <ngo/base/error.hpp>
#include <ngo/base/id.hpp>
#include <ngo/codec/json.hpp>
#include <ngo/runtime/combine.hpp>
#include <ngo/runtime/event_loop.hpp>
#include <ngo/runtime/scope.hpp>
#include <ngo/runtime/wait.hpp>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

namespace {

using namespace std::chrono_literals;
namespace app = ngo::app;
namespace trace = ngo::trace;

using Settings = std::map<std::string, std::string>;

std::string text(const Settings& settings, const std::string& key, const std::string& otherwise = "") {
  const auto found = settings.find(key);
  return found == settings.end() ? otherwise : found->second;
}

int number(const Settings& settings, const std::string& key, int otherwise) {
  const std::string given = text(settings, key);
  return given.empty() ? otherwise : std::stoi(given);
}

const char* look_up(const char* name) { return std::getenv(name); }

// Whom Pinpoint's spans are of.
trace::Sender sender_of(const Settings& settings) {
  trace::Sender sender;
  sender.service = text(settings, "service", "newsroom");
  sender.agent = text(settings, "name", "agent-one");
  sender.start = 1'700'000'000'000;
  return sender;
}

std::unique_ptr<trace::Exporter> exporter_of(const std::string& type, const Settings& settings,
                                             const trace::Resource& resource) {
  if (type == "otlp") {
    app::OtlpExporterOptions options;
    options.endpoint = text(settings, "endpoint", options.endpoint);
    if (text(settings, "protocol") == "json") options.protocol = app::SpanFormat::json;
    if (text(settings, "compression") == "none") options.compression = app::SpanCompression::none;
    options.timeout = std::chrono::milliseconds(number(settings, "timeout", 10'000));
    options.tls.ca = text(settings, "ca");
    app::take_environment(options, look_up);
    return app::make_otlp_exporter(options, resource);
  }
  if (type == "zipkin") {
    app::ZipkinExporterOptions options;
    options.endpoint = text(settings, "endpoint", options.endpoint);
    options.shared_spans = text(settings, "shared") == "true";
    app::take_environment(options, look_up);
    return app::make_zipkin_exporter(options, resource);
  }
  if (type == "jaeger") {
    app::JaegerExporterOptions options;
    options.endpoint = text(settings, "endpoint");
    const std::string protocol = text(settings, "protocol");
    if (protocol == "http") options.protocol = app::JaegerProtocol::http;
    if (protocol == "udp") options.protocol = app::JaegerProtocol::udp;
    options.agent_host = text(settings, "host", options.agent_host);
    options.agent_port = static_cast<std::uint16_t>(number(settings, "port", options.agent_port));
    options.max_packet_size = static_cast<std::uint32_t>(number(settings, "packet", 65'000));
    return app::make_jaeger_exporter(options, resource);
  }
  if (type == "skywalking") {
    app::SkywalkingExporterOptions options;
    options.endpoint = text(settings, "endpoint");
    options.keep_alive = std::chrono::milliseconds(300);
    return app::make_skywalking_exporter(options, resource);
  }
  if (type == "optimus") {
    app::OptimusTarget target;
    target.host = text(settings, "host");
    target.cluster = "north";
    target.port = static_cast<std::uint16_t>(number(settings, "port", target.port));
    return app::make_optimus_exporter(target, resource);
  }
  if (type == "pinpoint") {
    app::PinpointTarget target;
    target.sender = sender_of(settings);
    target.host = text(settings, "host", "127.0.0.1");
    target.agent_port = static_cast<std::uint16_t>(number(settings, "agent", target.agent_port));
    target.stat_port = static_cast<std::uint16_t>(number(settings, "stat", target.stat_port));
    target.span_port = static_cast<std::uint16_t>(number(settings, "span", target.span_port));
    target.timeout = std::chrono::milliseconds(number(settings, "timeout", 10'000));
    target.ping_every = std::chrono::milliseconds(number(settings, "ping", 200));
    target.introduce_every = std::chrono::milliseconds(number(settings, "introduce", 3'600'000));
    target.collect_every = 100ms;
    target.stats_of_batch = 2;
    return app::make_pinpoint_exporter(target, resource);
  }
  throw ngo::Error(ngo::Code::invalid_argument, "unknown type " + type);
}

// A request that was asked by somebody else, calls another service, and fails every third time.
// `steps`: so many blocks of a millisecond beside the call, one after the other.
trace::FragmentPtr fragment_of(int index, ngo::TraceId id, std::size_t padding, int steps) {
  auto fragment = std::make_shared<trace::Fragment>();
  const std::int64_t start = (ngo::EventLoop::current().wall().time_since_epoch() - 50ms).count();
  trace::SpanData server;
  server.trace = id;
  server.span = ngo::SpanId::generate();
  server.parent = ngo::SpanId{0x00f067aa0ba902b7};
  server.parent_is_remote = true;
  server.flags = trace::SpanData::kSampled;
  server.kind = trace::SpanKind::server;
  server.name = "GET /articles/{id}";
  server.start = start;
  server.end = start + 40'000'000;
  server.attributes = {{"http.request.method", "GET"},
                       {"http.route", "/articles/{id}"},
                       {"url.path", "/articles/" + std::to_string(index)},
                       {"http.response.status_code", std::int64_t{200}},
                       {"cached", false},
                       {"ratio", 0.5},
                       {"names", std::vector<std::string>{"a", "b"}}};
  if (padding > 0) server.attributes.push_back({"padding", std::string(padding, 'x')});
  trace::SpanData client;
  client.trace = id;
  client.span = ngo::SpanId::generate();
  client.parent = server.span;
  client.flags = trace::SpanData::kSampled;
  client.kind = trace::SpanKind::client;
  client.name = "GET";
  client.start = start + 5'000'000;
  client.end = start + 30'000'000;
  client.attributes = {{"http.request.method", "GET"},
                       {"server.address", "authors.example"},
                       {"server.port", std::int64_t{8080}},
                       {"url.full", "http://authors.example:8080/7"},
                       {"http.response.status_code", std::int64_t{200}}};
  trace::SpanData inner;
  inner.trace = id;
  inner.span = ngo::SpanId::generate();
  inner.parent = client.span;
  inner.flags = trace::SpanData::kSampled;
  inner.name = "render";
  inner.start = start + 31'000'000;
  inner.end = start + 35'000'000;
  if (index % 3 == 0) {
    server.status = trace::SpanStatus::error;
    server.status_message = "the author is gone";
    server.events.push_back({start + 20'000'000,
                             "exception",
                             {{"exception.type", "Gone"}, {"exception.message", "the author is gone"}}});
  }
  inner.links.push_back({ngo::TraceId{1, 2}, ngo::SpanId{3}, "", {}});
  fragment->spans = {server, client, inner};
  for (int i = 0; i < steps; ++i) {
    trace::SpanData step = inner;
    step.span = ngo::SpanId::generate();
    step.parent = server.span;
    step.name = "step";
    step.start = client.start + (i + 1) * 1'000'000;
    step.end = step.start + 1'000'000;
    fragment->spans.push_back(step);
  }
  fragment->bytes = 2000 + padding;
  return fragment;
}

struct Told {
  std::uint64_t exported, queue_full, refused, gave_up, partial, stopped, retries;
  std::uint64_t most_queued_bytes;
  std::vector<std::string> traces;
};

ngo::Task<void> work(const std::string& type, const Settings& settings, Told& told) {
  trace::Resource resource;
  resource.attributes = {{"service.name", text(settings, "service", "newsroom")},
                         {"service.instance.id", "one"},
                         {"host.name", "this-host"},
                         {"process.pid", std::int64_t{7}}};
  app::SpanBatchOptions batch;
  batch.delay = 50ms;
  batch.give_up_after = std::chrono::milliseconds(number(settings, "give_up", 120'000));
  app::take_environment(batch, look_up);
  app::SpanBatches batches(exporter_of(type, settings, resource), batch);
  const int count = number(settings, "count", 3);
  const auto pause = std::chrono::milliseconds(number(settings, "pause", 0));
  const auto linger = std::chrono::milliseconds(number(settings, "linger", 500));
  const auto padding = static_cast<std::size_t>(number(settings, "padding", 0));
  const auto body = [&](ngo::Scope& scope) -> ngo::Task<void> {
    scope.spawn(batches.run());
    for (int i = 0; i < count; ++i) {
      const ngo::TraceId id = ngo::TraceId::generate();
      if (told.traces.size() < 10) told.traces.push_back(id.to_string());
      batches.add(fragment_of(i, id, padding, number(settings, "steps", 0)));
      told.most_queued_bytes = std::max<std::uint64_t>(told.most_queued_bytes, batches.stats().queued_bytes);
      if (pause > 0ms) co_await ngo::sleep(pause);
    }
    const ngo::TimePoint end = ngo::EventLoop::current().now() + linger;
    while (batches.stats().queued > 0 && ngo::EventLoop::current().now() < end) co_await ngo::sleep(10ms);
    if (const int more = number(settings, "stay", 0); more > 0)
      co_await ngo::sleep(std::chrono::milliseconds(more));
    scope.cancel();
  };
  co_await ngo::Scope::run(body);
  co_await batches.finish(std::chrono::milliseconds(number(settings, "finish", 3000)));
  const app::SpanBatchesStats stats = batches.stats();
  told.exported = stats.exported;
  told.queue_full = stats.dropped_queue_full;
  told.refused = stats.dropped_refused;
  told.gave_up = stats.dropped_gave_up;
  told.partial = stats.dropped_partial;
  told.stopped = stats.dropped_stopped;
  told.retries = stats.retries;
}

}  // namespace

int main(int count, char** words) {
  if (count < 2) return 2;
  Settings settings;
  for (int i = 2; i < count; ++i) {
    const std::string word = words[i];
    const std::size_t equals = word.find('=');
    settings[word.substr(0, equals)] = word.substr(equals + 1);
  }
  Told told{};
  try {
    ngo::EventLoop loop;
    loop.block_on(work(words[1], settings, told));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "exporting: %s\n", error.what());
    return 1;
  }
  std::printf("%s\n", ngo::json::to_string(told).c_str());
  return 0;
}
