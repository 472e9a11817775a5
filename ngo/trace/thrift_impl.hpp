// The two encodings of Thrift, as far as Jaeger's messages need them. For the encoder of Jaeger only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ngo::trace {

// Numbers of the binary protocol; the compact one has its own.
enum class ThriftType : std::uint8_t {
  boolean = 2,
  real = 4,
  i32 = 8,
  i64 = 10,
  text = 11,
  structure = 12,
  list = 15
};

class ThriftWriter {
 public:
  virtual ~ThriftWriter() = default;
  virtual void field(std::int16_t id, ThriftType type) = 0;
  virtual void boolean(std::int16_t id, bool value) = 0;
  virtual void begin_list(ThriftType type, std::size_t count) = 0;
  virtual void begin_struct() = 0;
  virtual void end_struct() = 0;
  virtual void i32(std::int32_t value) = 0;
  virtual void i64(std::int64_t value) = 0;
  virtual void real(double value) = 0;
  virtual void text(std::string_view value) = 0;

  void i32(std::int16_t id, std::int32_t value) {
    field(id, ThriftType::i32);
    i32(value);
  }
  void i64(std::int16_t id, std::int64_t value) {
    field(id, ThriftType::i64);
    i64(value);
  }
  void text(std::int16_t id, std::string_view value) {
    field(id, ThriftType::text);
    text(value);
  }
};

// TBinaryProtocol: fixed sizes, big endian.
class ThriftBinaryWriter final : public ThriftWriter {
 public:
  using ThriftWriter::i32;
  using ThriftWriter::i64;
  using ThriftWriter::text;
  explicit ThriftBinaryWriter(std::string& out) noexcept : out_(out) {}
  void field(std::int16_t id, ThriftType type) override;
  void boolean(std::int16_t id, bool value) override;
  void begin_list(ThriftType type, std::size_t count) override;
  void begin_struct() override {}
  void end_struct() override { out_ += '\0'; }
  void i32(std::int32_t value) override { big_endian(static_cast<std::uint32_t>(value), 4); }
  void i64(std::int64_t value) override { big_endian(static_cast<std::uint64_t>(value), 8); }
  void real(double value) override;
  void text(std::string_view value) override;

 private:
  void big_endian(std::uint64_t value, unsigned bytes);
  std::string& out_;
};

// TCompactProtocol: variable sizes, fields told by their distance.
class ThriftCompactWriter final : public ThriftWriter {
 public:
  using ThriftWriter::i32;
  using ThriftWriter::i64;
  using ThriftWriter::text;
  explicit ThriftCompactWriter(std::string& out) noexcept : out_(out) {}
  // A one-way call; a struct with its arguments follows.
  void begin_call(std::string_view name, std::uint32_t sequence);
  void field(std::int16_t id, ThriftType type) override;
  void boolean(std::int16_t id, bool value) override;
  void begin_list(ThriftType type, std::size_t count) override;
  void begin_struct() override;
  void end_struct() override;
  void i32(std::int32_t value) override { zigzag(value); }
  void i64(std::int64_t value) override { zigzag(value); }
  void real(double value) override;
  void text(std::string_view value) override;

 private:
  void head(std::int16_t id, unsigned type);
  void varint(std::uint64_t value);
  void zigzag(std::int64_t value);
  std::string& out_;
  std::string::size_type depth_ = 0;
  std::int16_t last_[16] = {};  // the field before, of each struct that is open
};

}  // namespace ngo::trace
