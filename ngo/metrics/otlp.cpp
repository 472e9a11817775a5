#include "ngo/metrics/otlp.hpp"

#include <cmath>

#include "ngo/codec/json_writer.hpp"
#include "ngo/metrics/otlp_impl.hpp"
#include "ngo/version.hpp"

namespace ngo::metrics {
namespace {

// The JSON form of protocol buffers: 64-bit integers are strings, so are numbers that JSON does not have.
class Request {
 public:
  Request(std::string& out, const Snapshot& snapshot, Temporality temporality)
      : out_(out), snapshot_(snapshot), temporality_(static_cast<int>(temporality)) {}

  void write(const Labels& resource) {
    out_.begin_object().key("resourceMetrics").begin_array().begin_object();
    out_.key("resource").begin_object();
    write_labels(resource);
    out_.end_object();
    out_.key("scopeMetrics").begin_array().begin_object();
    out_.key("scope").begin_object().member("name", kScopeName).member("version", kVersion).end_object();
    out_.key("metrics").begin_array();
    for (const Family& family : snapshot_.families) write(family);
    out_.end_array().member("schemaUrl", kSchemaUrl).end_object().end_array();
    out_.member("schemaUrl", kSchemaUrl).end_object().end_array().end_object();
  }

 private:
  void write(const Family& family) {
    if (family.points.empty()) return;
    out_.begin_object().member("name", family.name);
    if (!family.description.empty()) out_.member("description", family.description);
    if (!family.unit.empty()) out_.member("unit", family.unit);
    switch (family.kind) {
      case Kind::gauge: out_.key("gauge"); break;
      case Kind::counter:
      case Kind::up_down_counter: out_.key("sum"); break;
      case Kind::histogram: out_.key("histogram"); break;
      case Kind::exponential_histogram: out_.key("exponentialHistogram"); break;
    }
    out_.begin_object().key("dataPoints").begin_array();
    for (const Point& point : family.points) {
      out_.begin_object();
      write_labels(*point.labels);
      member("startTimeUnixNano", snapshot_.start);
      member("timeUnixNano", snapshot_.time);
      std::visit([&](const auto& value) { write(value); }, point.value);
      out_.end_object();
    }
    out_.end_array();
    // What goes both ways has no difference: it is always the sum since the start.
    if (family.kind == Kind::up_down_counter) out_.member("aggregationTemporality", 2);
    if (family.kind != Kind::gauge && family.kind != Kind::up_down_counter)
      out_.member("aggregationTemporality", temporality_);
    if (family.kind == Kind::counter) out_.member("isMonotonic", true);
    out_.end_object().end_object();
  }

  void write(std::int64_t value) { member("asInt", value); }
  void write(double value) { member("asDouble", value); }
  void write(const HistogramData& data) {
    member("count", data.count);
    member("sum", data.sum);
    out_.key("bucketCounts").begin_array();
    for (const std::uint64_t count : data.counts) out_.value(std::to_string(count));
    out_.end_array().key("explicitBounds").begin_array();
    for (const double bound : *data.bounds) out_.value(bound);
    out_.end_array();
    if (data.exemplars.empty()) return;
    out_.key("exemplars").begin_array();
    for (const HistogramData::InBucket& each : data.exemplars) {
      out_.begin_object();
      member("timeUnixNano", each.exemplar.time);
      member("asDouble", each.exemplar.value);
      out_.member("spanId", each.exemplar.span.to_string());
      out_.member("traceId", each.exemplar.trace.to_string()).end_object();
    }
    out_.end_array();
  }
  void write(const ExponentialData& data) {
    member("count", data.count);
    member("sum", data.sum);
    out_.member("scale", data.scale);
    member("zeroCount", data.zeros);
    member("zeroThreshold", data.zero_threshold);
    const Filled part = filled(data);
    out_.key("positive").begin_object().member("offset", data.offset + static_cast<int>(part.first));
    out_.key("bucketCounts").begin_array();
    for (std::size_t i = part.first; i < part.last; ++i) out_.value(std::to_string(data.counts[i]));
    out_.end_array().end_object();
  }

  void member(std::string_view name, std::int64_t value) { out_.member(name, std::to_string(value)); }
  void member(std::string_view name, std::uint64_t value) { out_.member(name, std::to_string(value)); }
  void member(std::string_view name, double value) {
    if (std::isfinite(value)) {
      out_.member(name, value);
    } else {
      out_.member(name, std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    }
  }

  void write_labels(const Labels& labels) {
    out_.key("attributes").begin_array();
    for (const Label& label : labels) {
      out_.begin_object().member("key", label.key).key("value").begin_object();
      switch (label.type) {
        case Label::Type::text: out_.member("stringValue", label.value); break;
        case Label::Type::integer: out_.member("intValue", label.value); break;
        case Label::Type::boolean: out_.member("boolValue", label.value == "true"); break;
      }
      out_.end_object().end_object();
    }
    out_.end_array();
  }

  json::Writer out_;
  const Snapshot& snapshot_;
  int temporality_;
};

bool has_points(const Snapshot& snapshot) {
  return std::any_of(snapshot.families.begin(), snapshot.families.end(),
                     [](const Family& family) { return !family.points.empty(); });
}

}  // namespace

std::string encode_json(const Snapshot& snapshot, const Labels& resource, Temporality temporality) {
  std::string out;
  Request(out, snapshot, temporality).write(resource);
  return out;
}

std::string encode_otlp(const Snapshot& snapshot, const Labels& resource, OtlpEncoding encoding,
                        Temporality temporality) {
  if (!has_points(snapshot)) return {};
  return encoding == OtlpEncoding::json ? encode_json(snapshot, resource, temporality)
                                        : encode_protobuf(snapshot, resource, temporality);
}

std::string_view content_type(OtlpEncoding encoding) noexcept {
  return encoding == OtlpEncoding::json ? "application/json" : "application/x-protobuf";
}

}  // namespace ngo::metrics
