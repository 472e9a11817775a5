#include "ngo/trace/otlp_json_impl.hpp"

#include <cmath>
#include <cstdint>
#include <string_view>
#include <variant>

#include "ngo/codec/json_writer.hpp"
#include "ngo/version.hpp"

namespace ngo::trace {
namespace {

class Encoder {
 public:
  explicit Encoder(std::string& text) : out_(text) {}

  void request(std::span<const FragmentPtr> batch, const Resource& resource) {
    out_.begin_object().key("resourceSpans").begin_array().begin_object();
    out_.key("resource").begin_object();
    attributes(resource.attributes);
    out_.end_object().key("scopeSpans").begin_array().begin_object();
    out_.key("scope").begin_object().member("name", "ngo").member("version", kVersion).end_object();
    out_.key("spans").begin_array();
    for (const FragmentPtr& fragment : batch)
      for (const SpanData& each : fragment->spans) span(each);
    out_.end_array().end_object().end_array().end_object().end_array().end_object();
  }

 private:
  void whole(std::string_view key, std::int64_t value) { out_.member(key, std::to_string(value)); }
  void text_if(std::string_view key, const std::string& text) {
    if (!text.empty()) out_.member(key, text);
  }
  void count(std::string_view key, std::uint32_t value) {
    if (value != 0) out_.member(key, value);
  }
  void value(const AttributeValue& given) {
    out_.begin_object();
    if (const auto* text = std::get_if<std::string>(&given)) {
      out_.member("stringValue", *text);
    } else if (const auto* truth = std::get_if<bool>(&given)) {
      out_.member("boolValue", *truth);
    } else if (const auto* number = std::get_if<std::int64_t>(&given)) {
      whole("intValue", *number);
    } else if (const auto* real = std::get_if<double>(&given)) {
      double_value(*real);
    } else {
      out_.key("arrayValue").begin_object().key("values").begin_array();
      for (const std::string& each : std::get<std::vector<std::string>>(given))
        out_.begin_object().member("stringValue", each).end_object();
      out_.end_array().end_object();
    }
    out_.end_object();
  }
  // JSON has no other words for these; protobuf's JSON mapping names them so.
  void double_value(double real) {
    if (std::isnan(real)) {
      out_.member("doubleValue", "NaN");
    } else if (std::isinf(real)) {
      out_.member("doubleValue", real < 0 ? "-Infinity" : "Infinity");
    } else {
      out_.member("doubleValue", real);
    }
  }
  void attributes(std::span<const Attribute> all) {
    if (all.empty()) return;
    out_.key("attributes").begin_array();
    for (const Attribute& each : all) {
      out_.begin_object().member("key", each.key.text()).key("value");
      value(each.value);
      out_.end_object();
    }
    out_.end_array();
  }
  void span(const SpanData& span) {
    out_.begin_object();
    out_.member("traceId", span.trace.to_string()).member("spanId", span.span.to_string());
    text_if("traceState", span.state);
    if (span.parent.valid()) out_.member("parentSpanId", span.parent.to_string());
    out_.member("name", span.name).member("kind", static_cast<int>(span.kind));
    whole("startTimeUnixNano", span.start);
    whole("endTimeUnixNano", span.end);
    attributes(span.attributes);
    count("droppedAttributesCount", span.dropped_attributes);
    if (!span.events.empty()) {
      out_.key("events").begin_array();
      for (const SpanEvent& each : span.events) event(each);
      out_.end_array();
    }
    count("droppedEventsCount", span.dropped_events);
    if (!span.links.empty()) {
      out_.key("links").begin_array();
      for (const SpanLink& each : span.links) link(each);
      out_.end_array();
    }
    count("droppedLinksCount", span.dropped_links);
    if (span.status != SpanStatus::unset) {
      out_.key("status").begin_object();
      text_if("message", span.status_message);
      out_.member("code", static_cast<int>(span.status)).end_object();
    }
    out_.member("flags", otlp_flags(span)).end_object();
  }
  void event(const SpanEvent& event) {
    out_.begin_object();
    whole("timeUnixNano", event.time);
    out_.member("name", event.name);
    attributes(event.attributes);
    out_.end_object();
  }
  void link(const SpanLink& link) {
    out_.begin_object().member("traceId", link.trace.to_string()).member("spanId", link.span.to_string());
    text_if("traceState", link.state);
    attributes(link.attributes);
    out_.end_object();
  }

  json::Writer out_;
};

}  // namespace

std::string encode_otlp_json(std::span<const FragmentPtr> batch, const Resource& resource) {
  std::string text;
  Encoder(text).request(batch, resource);
  return text;
}

}  // namespace ngo::trace
