#include "ngo/trace/skywalking_encoder.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <variant>

#include "ngo/codec/protobuf_writer.hpp"
#include "ngo/trace/propagation.hpp"
#include "ngo/trace/zipkin_encoder.hpp"

namespace ngo::trace {
namespace {

enum Layer : std::uint64_t { kUnknown = 0, kDatabase = 1, kRpc = 2, kHttp = 3, kMessages = 4, kCache = 5 };
enum Type : std::uint64_t { kEntry = 0, kExit = 1, kLocal = 2 };

// Of SkyWalking's component-libraries.yml.
constexpr std::int64_t kHttpServer = 5004;
constexpr std::int64_t kHttpClient = 5005;
struct System {
  std::string_view name;
  std::int64_t component;
  Layer layer;
};
constexpr System kSystems[] = {
    {"mysql", 5, kDatabase}, {"mariadb", 5, kDatabase},  {"postgresql", 22, kDatabase},
    {"redis", 7, kCache},    {"memcached", 20, kCache},  {"kafka", 40, kMessages},
    {"grpc", 23, kRpc},      {"zookeeper", 58, kUnknown}};

struct Kind {
  std::int64_t component = 0;
  Layer layer = kUnknown;
};

Kind kind_of(const SpanData& span) {
  for (const std::string_view key : {"db.system.name", "db.system", "messaging.system", "rpc.system"}) {
    const std::string_view system = text_of(span.attributes, key);
    for (const System& each : kSystems) {
      if (each.name != system) continue;
      const bool reads = each.name == "kafka" && span.kind == SpanKind::consumer;
      return {reads ? 41 : each.component, each.layer};
    }
    if (!system.empty())
      return {0, key.starts_with("db") ? kDatabase : key.starts_with("rpc") ? kRpc : kMessages};
  }
  if (find(span.attributes, "http.request.method") == nullptr) return {};
  return {span.kind == SpanKind::server ? kHttpServer : kHttpClient, kHttp};
}

Type type_of_span(const SpanData& span) noexcept {
  switch (span.kind) {
    case SpanKind::server:
    case SpanKind::consumer: return kEntry;
    case SpanKind::client:
    case SpanKind::producer: return kExit;
    case SpanKind::internal: break;
  }
  return kLocal;
}

// "host:port" of whom an exit span calls, which the topology is made of.
std::string peer_of(const SpanData& span) {
  for (const std::string_view key :
       {"server.address", "network.peer.address", "peer.service", "http.client.request.host"}) {
    const std::string_view host = text_of(span.attributes, key);
    if (host.empty()) continue;
    const AttributeValue* port = find(span.attributes, "server.port");
    return port == nullptr ? std::string(host) : std::string(host) + ":" + text_of_value(*port);
  }
  return {};
}

// The names that SkyWalking's pages look for.
std::string_view tag_of(std::string_view key) noexcept {
  if (key == "http.request.method") return "http.method";
  if (key == "http.response.status_code") return "http.status_code";
  if (key == "url.full") return "url";
  if (key == "db.query.text") return "db.statement";
  if (key == "db.system.name") return "db.type";
  if (key == "db.namespace") return "db.instance";
  return key;
}

class Encoder {
 public:
  explicit Encoder(std::string& bytes) : out_(bytes) {}

  void segment(const Fragment& fragment, const SkywalkingNames& names) {
    if (fragment.spans.empty()) return;
    const SpanData& root = fragment.spans.front();
    Sw8 caller;
    const bool called = parse_sw8(text_of(root.attributes, kSw8Attribute), caller);
    trace_ = called ? caller.trace : root.trace.to_string();
    for (std::size_t i = 0; i < fragment.spans.size(); ++i)
      numbers_.emplace(fragment.spans[i].span.value, static_cast<std::int64_t>(i));
    out_.text(1, trace_);
    out_.text(2, sw8_segment(root.trace, root.span));
    for (const SpanData& each : fragment.spans)
      out_.message(3, [&] { span(each, called && &each == &root ? &caller : nullptr); });
    out_.text(4, names.service);
    out_.text(5, names.instance);
  }

 private:
  void pair(std::uint32_t field, std::string_view key, std::string_view value) {
    out_.message(field, [&] {
      out_.text(1, key);
      out_.text(2, value);
    });
  }
  void number(std::uint32_t field, std::int64_t value) {
    if (value != 0) out_.integer(field, value);
  }
  void span(const SpanData& span, const Sw8* caller) {
    const auto parent = numbers_.find(span.parent.value);
    number(1, numbers_[span.span.value]);
    number(2, parent == numbers_.end() ? -1 : parent->second);
    out_.integer(3, span.start / 1'000'000);
    out_.integer(4, span.end / 1'000'000);
    if (caller != nullptr) out_.message(5, [&] { reference(*caller); });
    out_.text(6, span.name);
    const Type type = type_of_span(span);
    if (type == kExit) out_.text_if(7, peer_of(span));
    number(8, type);
    const Kind kind = kind_of(span);
    number(9, kind.layer);
    number(10, kind.component);
    if (span.status == SpanStatus::error) out_.varint(11, 1);
    if (find(span.attributes, "url.full") == nullptr && type == kEntry)
      if (const std::string_view path = text_of(span.attributes, "url.path"); !path.empty())
        pair(12, "url", path);
    for (const Attribute& each : span.attributes)
      if (each.key != kSw8Attribute) pair(12, tag_of(each.key), text_of_value(each.value));
    for (const SpanEvent& each : span.events) out_.message(13, [&] { log(each); });
  }
  void reference(const Sw8& caller) {
    out_.text(2, caller.trace);
    out_.text(3, caller.segment);
    number(4, caller.span);
    out_.text(5, caller.service);
    out_.text(6, caller.instance);
    out_.text(7, caller.endpoint);
    out_.text(8, caller.target);
  }
  void log(const SpanEvent& event) {
    out_.integer(1, event.time / 1'000'000);
    if (event.name != "exception") pair(2, "event", event.name);
    if (event.name == "exception") pair(2, "event", "error");
    for (const Attribute& each : event.attributes) {
      std::string_view key = each.key;
      if (key == "exception.type") key = "error.kind";
      if (key == "exception.message") key = "message";
      if (key == "exception.stacktrace") key = "stack";
      pair(2, key, text_of_value(each.value));
    }
  }

  ProtobufWriter out_;
  std::string trace_;
  std::map<std::uint64_t, std::int64_t> numbers_;  // of the spans, by their ids
};

}  // namespace

std::string encode_segment(const Fragment& fragment, const SkywalkingNames& names) {
  std::string bytes;
  Encoder(bytes).segment(fragment, names);
  return bytes;
}

std::string encode_instance_properties(const SkywalkingNames& names, const Resource& resource) {
  std::string bytes;
  ProtobufWriter out(bytes);
  const auto property = [&](std::string_view key, std::string_view value) {
    if (value.empty()) return;
    out.message(3, [&] {
      out.text(1, key);
      out.text(2, value);
    });
  };
  out.text(1, names.service);
  out.text(2, names.instance);
  property("language", "cpp");
  property("OS Name", "Linux");
  property("hostname", text_of(resource.attributes, "host.name"));
  if (const AttributeValue* process = find(resource.attributes, "process.pid"))
    property("Process No.", text_of_value(*process));
  out.text(4, "GENERAL");
  return bytes;
}

std::string encode_instance_ping(const SkywalkingNames& names) {
  std::string bytes;
  ProtobufWriter out(bytes);
  out.text(1, names.service);
  out.text(2, names.instance);
  out.text(3, "GENERAL");
  return bytes;
}

}  // namespace ngo::trace
