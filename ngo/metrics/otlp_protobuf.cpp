#include <bit>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <string>

#include "ngo/codec/protobuf_writer.hpp"
#include "ngo/metrics/otlp_impl.hpp"
#include "ngo/version.hpp"

namespace ngo::metrics {
namespace {

// Ids are bytes with the highest first.
void write_id(ProtobufWriter& out, std::uint32_t field, std::initializer_list<std::uint64_t> words) {
  std::string bytes;
  for (const std::uint64_t word : words) {
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(word >> shift);
  }
  out.text(field, bytes);
}

void write_labels(ProtobufWriter& out, std::uint32_t field, const Labels& labels) {
  for (const Label& label : labels) {
    if (label.type == Label::Type::text) {
      out.text_entry(field, label.key, label.value);
      continue;
    }
    out.message(field, [&] {
      out.text(1, label.key);
      out.message(2, [&] {
        if (label.type == Label::Type::boolean) return out.varint(2, label.value == "true" ? 1 : 0);
        out.varint(3, static_cast<std::uint64_t>(std::strtoll(label.value.c_str(), nullptr, 10)));
      });
    });
  }
}

void write_exemplar(ProtobufWriter& out, std::uint32_t field, const Exemplar& exemplar) {
  out.message(field, [&] {
    out.fixed64(2, static_cast<std::uint64_t>(exemplar.time));
    out.number(3, exemplar.value);
    write_id(out, 4, {exemplar.span.value});
    write_id(out, 5, {exemplar.trace.high, exemplar.trace.low});
  });
}

class Request {
 public:
  Request(std::string& out, const Snapshot& snapshot, Temporality temporality)
      : out_(out), snapshot_(snapshot), temporality_(static_cast<std::uint64_t>(temporality)) {}

  void write(const Labels& resource) {
    out_.message(1, [&] {  // ResourceMetrics
      out_.message(1, [&] { write_labels(out_, 1, resource); });
      out_.message(2, [&] {  // ScopeMetrics
        out_.message(1, [&] {
          out_.text(1, kScopeName);
          out_.text(2, kVersion);
        });
        for (const Family& family : snapshot_.families) write(family);
        out_.text(3, kSchemaUrl);
      });
      out_.text(3, kSchemaUrl);
    });
  }

 private:
  void write(const Family& family) {
    if (family.points.empty()) return;
    out_.message(2, [&] {  // Metric
      out_.text(1, family.name);
      if (!family.description.empty()) out_.text(2, family.description);
      if (!family.unit.empty()) out_.text(3, family.unit);
      switch (family.kind) {
        case Kind::gauge: return out_.message(5, [&] { write_points(family); });
        case Kind::counter:
        case Kind::up_down_counter:
          return out_.message(7, [&] {
            write_points(family);
            // What goes both ways has no difference: it is always the sum since the start.
            out_.varint(2, family.kind == Kind::counter ? temporality_ : 2);
            if (family.kind == Kind::counter) out_.varint(3, 1);
          });
        case Kind::histogram:
        case Kind::exponential_histogram:
          return out_.message(family.kind == Kind::histogram ? 9 : 10, [&] {
            write_points(family);
            out_.varint(2, temporality_);
          });
      }
    });
  }

  void write_points(const Family& family) {
    for (const Point& point : family.points) {
      out_.message(1, [&] { std::visit([&](const auto& value) { write(point, value); }, point.value); });
    }
  }

  void write_times(unsigned start) {
    out_.fixed64(start, static_cast<std::uint64_t>(snapshot_.start));
    out_.fixed64(start + 1, static_cast<std::uint64_t>(snapshot_.time));
  }
  void write(const Point& point, std::int64_t value) {
    write_times(2);
    out_.fixed64(6, static_cast<std::uint64_t>(value));
    write_labels(out_, 7, *point.labels);
  }
  void write(const Point& point, double value) {
    write_times(2);
    out_.number(4, value);
    write_labels(out_, 7, *point.labels);
  }
  void write(const Point& point, const HistogramData& data) {
    write_times(2);
    out_.fixed64(4, data.count);
    out_.number(5, data.sum);
    out_.message(6, [&] {
      for (const std::uint64_t count : data.counts) out_.packed_fixed64(count);
    });
    if (!data.bounds->empty()) {
      out_.message(7, [&] {
        for (const double bound : *data.bounds) out_.packed_fixed64(std::bit_cast<std::uint64_t>(bound));
      });
    }
    for (const HistogramData::InBucket& each : data.exemplars) write_exemplar(out_, 8, each.exemplar);
    write_labels(out_, 9, *point.labels);
  }
  void write(const Point& point, const ExponentialData& data) {
    write_labels(out_, 1, *point.labels);
    write_times(2);
    out_.fixed64(4, data.count);
    out_.number(5, data.sum);
    out_.zigzag(6, data.scale);
    out_.fixed64(7, data.zeros);
    const Filled part = filled(data);
    out_.message(8, [&] {
      out_.zigzag(1, data.offset + static_cast<std::int32_t>(part.first));
      out_.message(2, [&] {
        for (std::size_t i = part.first; i < part.last; ++i) out_.packed_varint(data.counts[i]);
      });
    });
    out_.number(14, data.zero_threshold);
  }

  ProtobufWriter out_;
  const Snapshot& snapshot_;
  std::uint64_t temporality_;
};

}  // namespace

std::string encode_protobuf(const Snapshot& snapshot, const Labels& resource, Temporality temporality) {
  std::string out;
  Request(out, snapshot, temporality).write(resource);
  return out;
}

}  // namespace ngo::metrics
