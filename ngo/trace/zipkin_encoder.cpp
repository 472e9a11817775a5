#include "ngo/trace/zipkin_encoder.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "ngo/codec/json.hpp"
#include "ngo/codec/json_writer.hpp"

namespace ngo::trace {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string_view kind_of(SpanKind kind) noexcept {
  switch (kind) {
    case SpanKind::server: return "SERVER";
    case SpanKind::client: return "CLIENT";
    case SpanKind::producer: return "PRODUCER";
    case SpanKind::consumer: return "CONSUMER";
    case SpanKind::internal: break;
  }
  return {};
}

class Encoder {
 public:
  Encoder(std::string& text, const Resource& resource, bool shared_spans)
      : out_(text), service_(lower(resource.service_name())), shared_spans_(shared_spans) {}

  void batch(std::span<const FragmentPtr> fragments) {
    out_.begin_array();
    for (const FragmentPtr& fragment : fragments) {
      if (fragment->spans.empty()) continue;
      const SpanData& root = fragment->spans.front();
      const bool joins =
          shared_spans_ && root.kind == SpanKind::server && root.parent_is_remote && root.parent.valid();
      for (const SpanData& each : fragment->spans) {
        SpanId id = each.span;
        SpanId parent = each.parent;
        if (joins && &each == &root) {
          id = root.parent;
          parent = {};  // which only the other half knows
        } else if (joins && parent == root.span) {
          parent = root.parent;
        }
        span(each, id, parent, joins && &each == &root);
      }
    }
    out_.end_array();
  }

 private:
  void span(const SpanData& span, SpanId id, SpanId parent, bool shared) {
    out_.begin_object();
    out_.member("traceId", span.trace.to_string()).member("id", id.to_string());
    if (parent.valid()) out_.member("parentId", parent.to_string());
    out_.member("name", lower(span.name));
    if (const std::string_view kind = kind_of(span.kind); !kind.empty()) out_.member("kind", kind);
    // Microseconds; Zipkin knows no moment before 1970 and no span of no length.
    if (span.start > 0) out_.member("timestamp", span.start / 1000);
    out_.member("duration", std::max<std::int64_t>((span.end - span.start) / 1000, 1));
    if (shared) out_.member("shared", true);
    if (!service_.empty())
      out_.key("localEndpoint").begin_object().member("serviceName", service_).end_object();
    remote(span);
    annotations(span);
    tags(span);
    out_.end_object();
  }
  void remote(const SpanData& span) {
    if (span.kind != SpanKind::client && span.kind != SpanKind::producer) return;
    std::string_view name;
    for (const std::string_view key :
         {"peer.service", "server.address", "network.peer.address", "http.client.request.host"}) {
      name = text_of(span.attributes, key);
      if (!name.empty()) break;
    }
    if (name.empty()) return;
    out_.key("remoteEndpoint").begin_object().member("serviceName", lower(name));
    const AttributeValue* port = find(span.attributes, "server.port");
    const auto* number = port != nullptr ? std::get_if<std::int64_t>(port) : nullptr;
    if (number != nullptr && *number > 0 && *number <= 65'535) out_.member("port", *number);
    out_.end_object();
  }
  void annotations(const SpanData& span) {
    if (span.events.empty()) return;
    out_.key("annotations").begin_array();
    for (const SpanEvent& each : span.events) {
      out_.begin_object().member("timestamp", each.time / 1000);
      if (each.attributes.empty()) {
        out_.member("value", each.name);
      } else {
        out_.member("value", '"' + each.name + "\": " + as_json(each.attributes));
      }
      out_.end_object();
    }
    out_.end_array();
  }
  // OpenTelemetry's form of an event in Zipkin: "name": {"key":value}.
  static std::string as_json(std::span<const Attribute> attributes) {
    std::string text;
    json::Writer out(text);
    out.begin_object();
    for (const Attribute& each : attributes)
      std::visit([&](const auto& value) { out.member(each.key, value); }, each.value);
    out.end_object();
    return text;
  }
  void tags(const SpanData& span) {
    if (span.attributes.empty() && span.status == SpanStatus::unset) return;
    out_.key("tags").begin_object();
    for (const Attribute& each : span.attributes) {
      if (each.key == "error" && span.status == SpanStatus::error) continue;
      out_.member(each.key, text_of_value(each.value));
    }
    if (span.status == SpanStatus::ok) out_.member("otel.status_code", "OK");
    if (span.status == SpanStatus::error) {
      out_.member("otel.status_code", "ERROR");
      out_.member("error", span.status_message.empty() ? std::string("true") : span.status_message);
    }
    out_.end_object();
  }

  json::Writer out_;
  std::string service_;
  bool shared_spans_;
};

}  // namespace

std::string encode_zipkin(std::span<const FragmentPtr> batch, const Resource& resource, bool shared_spans) {
  std::string text;
  Encoder(text, resource, shared_spans).batch(batch);
  return text;
}

std::string text_of_value(const AttributeValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
  if (const auto* number = std::get_if<double>(&value)) {
    std::string text;
    json::Writer(text).value(*number);
    return text;
  }
  std::string text;
  for (const std::string& each : std::get<std::vector<std::string>>(value)) {
    if (!text.empty()) text += ',';
    text += each;
  }
  return text;
}

}  // namespace ngo::trace
