#include <bit>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <string>

#include "ngo/metrics/otlp_impl.hpp"
#include "ngo/version.hpp"

namespace ngo::metrics {
namespace {

// The wire format of protocol buffers: fields are appended, those that hold a message are closed by the
// length that they turned out to have.
class Message {
 public:
  explicit Message(std::string& out) : out_(out) {}

  void number(unsigned field, std::uint64_t value) {
    tag(field, 0);
    varint(out_, value);
  }
  void signed_number(unsigned field, std::int32_t value) {  // sint32
    const auto bits = static_cast<std::uint32_t>(value);
    number(field, (bits << 1U) ^ (value < 0 ? ~std::uint32_t{0} : 0));
  }
  void fixed(unsigned field, std::uint64_t value) {
    tag(field, 1);
    fixed_bytes(value);
  }
  void real(unsigned field, double value) { fixed(field, std::bit_cast<std::uint64_t>(value)); }
  void text(unsigned field, std::string_view value) {
    tag(field, 2);
    varint(out_, value.size());
    out_ += value;
  }
  // f() writes what is in it.
  template <class F>
  void message(unsigned field, F&& f) {
    tag(field, 2);
    const std::size_t begin = out_.size();
    f();
    std::string length;
    varint(length, out_.size() - begin);
    out_.insert(begin, length);
  }
  // Eight bytes without a tag, inside of a packed list.
  void fixed_bytes(std::uint64_t value) {
    char bytes[8];
    for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(value >> (8 * i));
    out_.append(bytes, sizeof bytes);
  }
  void packed_number(std::uint64_t value) { varint(out_, value); }
  // Bytes with the highest first: ids.
  void id(unsigned field, std::initializer_list<std::uint64_t> words) {
    tag(field, 2);
    varint(out_, words.size() * 8);
    for (const std::uint64_t word : words) {
      for (int shift = 56; shift >= 0; shift -= 8) out_ += static_cast<char>(word >> shift);
    }
  }

 private:
  void tag(unsigned field, unsigned type) { varint(out_, field << 3U | type); }
  static void varint(std::string& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) out += static_cast<char>(value | 0x80);
    out += static_cast<char>(value);
  }

  std::string& out_;
};

void write_labels(Message& out, unsigned field, const Labels& labels) {
  for (const Label& label : labels) {
    out.message(field, [&] {
      out.text(1, label.key);
      out.message(2, [&] {
        switch (label.type) {
          case Label::Type::text: out.text(1, label.value); break;
          case Label::Type::boolean: out.number(2, label.value == "true" ? 1 : 0); break;
          case Label::Type::integer:
            out.number(3, static_cast<std::uint64_t>(std::strtoll(label.value.c_str(), nullptr, 10)));
            break;
        }
      });
    });
  }
}

void write_exemplar(Message& out, unsigned field, const Exemplar& exemplar) {
  out.message(field, [&] {
    out.fixed(2, static_cast<std::uint64_t>(exemplar.time));
    out.real(3, exemplar.value);
    out.id(4, {exemplar.span.value});
    out.id(5, {exemplar.trace.high, exemplar.trace.low});
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
            out_.number(2, family.kind == Kind::counter ? temporality_ : 2);
            if (family.kind == Kind::counter) out_.number(3, 1);
          });
        case Kind::histogram:
        case Kind::exponential_histogram:
          return out_.message(family.kind == Kind::histogram ? 9 : 10, [&] {
            write_points(family);
            out_.number(2, temporality_);
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
    out_.fixed(start, static_cast<std::uint64_t>(snapshot_.start));
    out_.fixed(start + 1, static_cast<std::uint64_t>(snapshot_.time));
  }
  void write(const Point& point, std::int64_t value) {
    write_times(2);
    out_.fixed(6, static_cast<std::uint64_t>(value));
    write_labels(out_, 7, *point.labels);
  }
  void write(const Point& point, double value) {
    write_times(2);
    out_.real(4, value);
    write_labels(out_, 7, *point.labels);
  }
  void write(const Point& point, const HistogramData& data) {
    write_times(2);
    out_.fixed(4, data.count);
    out_.real(5, data.sum);
    out_.message(6, [&] {
      for (const std::uint64_t count : data.counts) out_.fixed_bytes(count);
    });
    if (!data.bounds->empty()) {
      out_.message(7, [&] {
        for (const double bound : *data.bounds) out_.fixed_bytes(std::bit_cast<std::uint64_t>(bound));
      });
    }
    for (const HistogramData::InBucket& each : data.exemplars) write_exemplar(out_, 8, each.exemplar);
    write_labels(out_, 9, *point.labels);
  }
  void write(const Point& point, const ExponentialData& data) {
    write_labels(out_, 1, *point.labels);
    write_times(2);
    out_.fixed(4, data.count);
    out_.real(5, data.sum);
    out_.signed_number(6, data.scale);
    out_.fixed(7, data.zeros);
    const Filled part = filled(data);
    out_.message(8, [&] {
      out_.signed_number(1, data.offset + static_cast<std::int32_t>(part.first));
      out_.message(2, [&] {
        for (std::size_t i = part.first; i < part.last; ++i) out_.packed_number(data.counts[i]);
      });
    });
    out_.real(14, data.zero_threshold);
  }

  Message out_;
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
