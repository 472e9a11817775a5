#include "ngo/codec/protobuf_writer.hpp"

#include <bit>

namespace ngo {
namespace {

std::size_t write_varint(std::uint64_t value, char* out) noexcept {
  std::size_t size = 0;
  for (; value >= 0x80; value >>= 7U) out[size++] = static_cast<char>(value | 0x80U);
  out[size++] = static_cast<char>(value);
  return size;
}

}  // namespace

void ProtobufWriter::raw_varint(std::uint64_t value) {
  char bytes[10];
  out_.append(bytes, write_varint(value, bytes));
}

void ProtobufWriter::tag(std::uint32_t field, unsigned wire_type) {
  raw_varint(std::uint64_t{field} << 3U | wire_type);
}

void ProtobufWriter::varint(std::uint32_t field, std::uint64_t value) {
  tag(field, 0);
  raw_varint(value);
}

void ProtobufWriter::zigzag(std::uint32_t field, std::int64_t value) {
  varint(field, static_cast<std::uint64_t>(value) << 1U ^ static_cast<std::uint64_t>(value >> 63));
}

void ProtobufWriter::fixed32(std::uint32_t field, std::uint32_t value) {
  tag(field, 5);
  for (unsigned shift = 0; shift < 32; shift += 8) out_ += static_cast<char>(value >> shift);
}

void ProtobufWriter::fixed64(std::uint32_t field, std::uint64_t value) {
  tag(field, 1);
  packed_fixed64(value);
}

void ProtobufWriter::packed_fixed64(std::uint64_t value) {
  char bytes[8];
  for (unsigned i = 0; i < 8; ++i) bytes[i] = static_cast<char>(value >> (8 * i));
  out_.append(bytes, sizeof bytes);
}

void ProtobufWriter::number(std::uint32_t field, double value) {
  fixed64(field, std::bit_cast<std::uint64_t>(value));
}

void ProtobufWriter::text(std::uint32_t field, std::string_view value) {
  tag(field, 2);
  raw_varint(value.size());
  out_ += value;
}

// One byte is kept for the length, enough for most messages; a longer one is moved up.
std::size_t ProtobufWriter::begin(std::uint32_t field) {
  tag(field, 2);
  out_ += '\0';
  return out_.size();
}

void ProtobufWriter::end(std::size_t start) {
  char bytes[10];
  const std::size_t size = write_varint(out_.size() - start, bytes);
  out_.replace(start - 1, 1, bytes, size);
}

}  // namespace ngo
