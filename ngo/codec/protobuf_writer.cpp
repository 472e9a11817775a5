#include "ngo/codec/protobuf_writer.hpp"

#include <bit>

namespace ngo {
namespace {

constexpr std::size_t kLongestVarint = 10;
constexpr unsigned kLengthDelimited = 2;

char* put_varint(std::uint64_t value, char* at) noexcept {
  for (; value >= 0x80; value >>= 7U) *at++ = static_cast<char>(value | 0x80U);
  *at++ = static_cast<char>(value);
  return at;
}
char* put_tag(std::uint32_t field, unsigned wire_type, char* at) noexcept {
  return put_varint(std::uint64_t{field} << 3U | wire_type, at);
}
std::size_t varint_size(std::uint64_t value) noexcept {
  return static_cast<std::size_t>(std::bit_width(value | 1) + 6) / 7;
}

}  // namespace

void ProtobufWriter::packed_varint(std::uint64_t value) {
  char bytes[kLongestVarint];
  out_.append(bytes, put_varint(value, bytes));
}

void ProtobufWriter::varint(std::uint32_t field, std::uint64_t value) {
  char bytes[2 * kLongestVarint];
  out_.append(bytes, put_varint(value, put_tag(field, 0, bytes)));
}

void ProtobufWriter::zigzag(std::uint32_t field, std::int64_t value) {
  varint(field, static_cast<std::uint64_t>(value) << 1U ^ static_cast<std::uint64_t>(value >> 63));
}

void ProtobufWriter::fixed32(std::uint32_t field, std::uint32_t value) {
  char bytes[kLongestVarint + 4];
  char* at = put_tag(field, 5, bytes);
  for (unsigned shift = 0; shift < 32; shift += 8) *at++ = static_cast<char>(value >> shift);
  out_.append(bytes, at);
}

void ProtobufWriter::fixed64(std::uint32_t field, std::uint64_t value) {
  char bytes[kLongestVarint + 8];
  char* at = put_tag(field, 1, bytes);
  for (unsigned shift = 0; shift < 64; shift += 8) *at++ = static_cast<char>(value >> shift);
  out_.append(bytes, at);
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
  char bytes[2 * kLongestVarint];
  out_.append(bytes, put_varint(value.size(), put_tag(field, kLengthDelimited, bytes)));
  out_ += value;
}

// The lengths are known beforehand, so that nothing is moved up.
void ProtobufWriter::text_entry(std::uint32_t field, std::string_view key, std::string_view value) {
  const std::size_t inner = 1 + varint_size(value.size()) + value.size();
  const std::size_t whole = 1 + varint_size(key.size()) + key.size() + 1 + varint_size(inner) + inner;
  char bytes[4 * kLongestVarint];
  char* at = put_varint(whole, put_tag(field, kLengthDelimited, bytes));
  out_.append(bytes, put_varint(key.size(), put_tag(1, kLengthDelimited, at)));
  out_ += key;
  at = put_varint(inner, put_tag(2, kLengthDelimited, bytes));
  out_.append(bytes, put_varint(value.size(), put_tag(1, kLengthDelimited, at)));
  out_ += value;
}

// One byte is kept for the length, enough for most messages; a longer one is moved up.
std::size_t ProtobufWriter::begin(std::uint32_t field) {
  char bytes[kLongestVarint + 1];
  char* at = put_tag(field, kLengthDelimited, bytes);
  *at++ = '\0';
  out_.append(bytes, at);
  return out_.size();
}

void ProtobufWriter::end(std::size_t start) {
  const std::size_t size = out_.size() - start;
  if (size < 0x80) {
    out_[start - 1] = static_cast<char>(size);
    return;
  }
  char bytes[kLongestVarint];
  out_.replace(start - 1, 1, bytes, static_cast<std::size_t>(put_varint(size, bytes) - bytes));
}

}  // namespace ngo
