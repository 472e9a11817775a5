#include "ngo/trace/otlp_encoder.hpp"

#include <array>
#include <variant>

#include "ngo/codec/protobuf_writer.hpp"
#include "ngo/trace/otlp_json_impl.hpp"
#include "ngo/version.hpp"

namespace ngo::trace {
namespace {

// Of Span.flags and Link.flags, beside the W3C flags.
constexpr std::uint32_t kRemotenessKnown = 0x100;
constexpr std::uint32_t kRemote = 0x200;

void write_big_endian(std::uint64_t value, char* out) noexcept {
  for (unsigned i = 0; i < 8; ++i) out[i] = static_cast<char>(value >> (56 - 8 * i));
}

class Encoder {
 public:
  explicit Encoder(std::string& bytes) : out_(bytes) {}

  void request(std::span<const FragmentPtr> batch, const Resource& resource) {
    out_.message(1, [&] {
      out_.message(1, [&] { attributes(1, resource.attributes); });
      out_.message(2, [&] {
        out_.message(1, [&] {
          out_.text(1, "ngo");
          out_.text(2, kVersion);
        });
        for (const FragmentPtr& fragment : batch)
          for (const SpanData& each : fragment->spans) out_.message(2, [&] { span(each); });
      });
    });
  }

 private:
  void id(std::uint32_t field, TraceId value) {
    std::array<char, 16> bytes{};
    write_big_endian(value.high, bytes.data());
    write_big_endian(value.low, bytes.data() + 8);
    out_.text(field, {bytes.data(), bytes.size()});
  }
  void id(std::uint32_t field, SpanId value) {
    std::array<char, 8> bytes{};
    write_big_endian(value.value, bytes.data());
    out_.text(field, {bytes.data(), bytes.size()});
  }
  void count(std::uint32_t field, std::uint32_t value) {
    if (value != 0) out_.varint(field, value);
  }
  void text_value(std::string_view text) { out_.text(1, text); }

  void value(const AttributeValue& given) {
    if (const auto* text = std::get_if<std::string>(&given)) return text_value(*text);
    if (const auto* truth = std::get_if<bool>(&given)) return out_.varint(2, *truth ? 1 : 0);
    if (const auto* whole = std::get_if<std::int64_t>(&given)) return out_.integer(3, *whole);
    if (const auto* number = std::get_if<double>(&given)) return out_.number(4, *number);
    out_.message(5, [&] {
      for (const std::string& each : std::get<std::vector<std::string>>(given))
        out_.message(1, [&] { text_value(each); });
    });
  }
  void attributes(std::uint32_t field, std::span<const Attribute> all) {
    for (const Attribute& each : all) {
      if (const auto* text = std::get_if<std::string>(&each.value)) {
        out_.text_entry(field, each.key, *text);
        continue;
      }
      out_.message(field, [&] {
        out_.text(1, each.key);
        out_.message(2, [&] { value(each.value); });
      });
    }
  }
  void span(const SpanData& span) {
    id(1, span.trace);
    id(2, span.span);
    out_.text_if(3, span.state);
    if (span.parent.valid()) id(4, span.parent);
    out_.text(5, span.name);
    out_.varint(6, static_cast<std::uint64_t>(span.kind));
    out_.fixed64(7, static_cast<std::uint64_t>(span.start));
    out_.fixed64(8, static_cast<std::uint64_t>(span.end));
    attributes(9, span.attributes);
    count(10, span.dropped_attributes);
    for (const SpanEvent& each : span.events) out_.message(11, [&] { event(each); });
    count(12, span.dropped_events);
    for (const SpanLink& each : span.links) out_.message(13, [&] { link(each); });
    count(14, span.dropped_links);
    if (span.status != SpanStatus::unset) {
      out_.message(15, [&] {
        out_.text_if(2, span.status_message);
        out_.varint(3, static_cast<std::uint64_t>(span.status));
      });
    }
    out_.fixed32(16, otlp_flags(span));
  }
  void event(const SpanEvent& event) {
    out_.fixed64(1, static_cast<std::uint64_t>(event.time));
    out_.text(2, event.name);
    attributes(3, event.attributes);
  }
  void link(const SpanLink& link) {
    id(1, link.trace);
    id(2, link.span);
    out_.text_if(3, link.state);
    attributes(4, link.attributes);
  }

  ProtobufWriter out_;
};

}  // namespace

std::uint32_t otlp_flags(const SpanData& span) noexcept {
  return span.flags | kRemotenessKnown | (span.parent_is_remote ? kRemote : 0);
}

std::string encode_otlp(std::span<const FragmentPtr> batch, const Resource& resource, OtlpFormat format) {
  if (format == OtlpFormat::json) return encode_otlp_json(batch, resource);
  std::string bytes;
  std::size_t size = 0;
  for (const FragmentPtr& each : batch) size += each->bytes;
  bytes.reserve(size / 2);  // what they take in memory is about twice what they take here
  Encoder(bytes).request(batch, resource);
  return bytes;
}

}  // namespace ngo::trace
