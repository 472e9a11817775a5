// Reads a message of Protocol Buffers field by field, without a schema: for the small answers of telemetry's
// back ends. Copies nothing; never reads beyond its bytes, whatever they are.
//
//   ProtobufReader in(bytes);
//   while (in.next()) if (in.field() == 2) message = in.bytes();
//   if (in.failed()) ...
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ngo {

class ProtobufReader {
 public:
  enum class Wire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

  explicit ProtobufReader(std::string_view bytes) noexcept : rest_(bytes) {}

  // Goes to the next field; false at the end, and where the bytes are no message.
  [[nodiscard]] bool next() noexcept;
  [[nodiscard]] bool failed() const noexcept { return failed_; }

  [[nodiscard]] std::uint32_t field() const noexcept { return field_; }
  [[nodiscard]] Wire wire() const noexcept { return wire_; }
  // Of the field: a number as it was sent (0 for text), and the text or message (empty for a number).
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }

 private:
  [[nodiscard]] bool take_varint(std::uint64_t& value) noexcept;
  [[nodiscard]] bool take_fixed(std::size_t size) noexcept;
  [[nodiscard]] bool take_field() noexcept;

  std::string_view rest_;
  std::string_view bytes_;
  std::uint64_t number_ = 0;
  std::uint32_t field_ = 0;
  Wire wire_ = Wire::varint;
  bool failed_ = false;
};

}  // namespace ngo
