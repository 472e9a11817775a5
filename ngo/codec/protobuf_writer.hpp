// Messages of Protocol Buffers, written field by field: for telemetry and other small clients whose messages
// are few and known. Fields with a default value are left out by whoever calls; nothing is checked against a
// schema. Where there is generated code, use that.
//
//   ProtobufWriter out(bytes);
//   out.message(1, [&] { out.text(1, "service.name"); out.varint(2, 7); });
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ngo {

class ProtobufWriter {
 public:
  // Appends to `out`, which must outlive the writer.
  explicit ProtobufWriter(std::string& out) noexcept : out_(out) {}
  ProtobufWriter(const ProtobufWriter&) = delete;
  ProtobufWriter& operator=(const ProtobufWriter&) = delete;

  // int32, int64, uint32, uint64, bool and enumerations; negative numbers take ten bytes.
  void varint(std::uint32_t field, std::uint64_t value);
  void integer(std::uint32_t field, std::int64_t value) { varint(field, static_cast<std::uint64_t>(value)); }
  // sint32 and sint64.
  void zigzag(std::uint32_t field, std::int64_t value);
  // fixed32; fixed64 and sfixed64; double.
  void fixed32(std::uint32_t field, std::uint32_t value);
  void fixed64(std::uint32_t field, std::uint64_t value);
  void number(std::uint32_t field, double value);
  // string and bytes; `text_if` leaves an empty one out.
  void text(std::uint32_t field, std::string_view value);
  void text_if(std::uint32_t field, std::string_view value) {
    if (!value.empty()) text(field, value);
  }
  // A message whose field 1 is `key` and whose field 2 is a message with nothing but a text as its field 1,
  // as OpenTelemetry writes attributes.
  void text_entry(std::uint32_t field, std::string_view key, std::string_view value);
  // One element of a packed list, which is the content of a message().
  void packed_varint(std::uint64_t value);
  void packed_fixed64(std::uint64_t value);
  // A message within: what `fill` writes with this writer.
  template <class Fill>
  void message(std::uint32_t field, Fill&& fill) {
    const std::size_t start = begin(field);
    fill();
    end(start);
  }

 private:
  [[nodiscard]] char* extend(std::size_t bytes);
  [[nodiscard]] std::size_t begin(std::uint32_t field);
  void end(std::size_t start);

  std::string& out_;
};

}  // namespace ngo
