#include "ngo/codec/protobuf_writer.hpp"

#include <algorithm>
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
  return value < 0x80 ? 1 : static_cast<std::size_t>(std::bit_width(value) + 6) / 7;
}
std::size_t tag_size(std::uint32_t field) noexcept { return varint_size(std::uint64_t{field} << 3U); }

template <class Number>
char* put_fixed(Number value, char* at) noexcept {
  for (unsigned shift = 0; shift < 8 * sizeof(Number); shift += 8) *at++ = static_cast<char>(value >> shift);
  return at;
}
char* put_text(std::uint32_t field, std::string_view value, char* at) noexcept {
  at = put_varint(value.size(), put_tag(field, kLengthDelimited, at));
  std::copy_n(value.data(), value.size(), at);
  return at + value.size();
}

}  // namespace

// So many bytes more, which the caller writes.
char* ProtobufWriter::extend(std::size_t bytes) {
  const std::size_t before = out_.size();
  out_.resize(before + bytes);
  return out_.data() + before;
}

void ProtobufWriter::packed_varint(std::uint64_t value) { put_varint(value, extend(varint_size(value))); }

void ProtobufWriter::varint(std::uint32_t field, std::uint64_t value) {
  put_varint(value, put_tag(field, 0, extend(tag_size(field) + varint_size(value))));
}

void ProtobufWriter::zigzag(std::uint32_t field, std::int64_t value) {
  varint(field, static_cast<std::uint64_t>(value) << 1U ^ static_cast<std::uint64_t>(value >> 63));
}

void ProtobufWriter::fixed32(std::uint32_t field, std::uint32_t value) {
  put_fixed(value, put_tag(field, 5, extend(tag_size(field) + 4)));
}

void ProtobufWriter::fixed64(std::uint32_t field, std::uint64_t value) {
  put_fixed(value, put_tag(field, 1, extend(tag_size(field) + 8)));
}

void ProtobufWriter::packed_fixed64(std::uint64_t value) { put_fixed(value, extend(8)); }

void ProtobufWriter::number(std::uint32_t field, double value) {
  fixed64(field, std::bit_cast<std::uint64_t>(value));
}

void ProtobufWriter::text(std::uint32_t field, std::string_view value) {
  char* const at = extend(tag_size(field) + varint_size(value.size()) + value.size());
  put_text(field, value, at);
}

// The lengths are known beforehand, so that nothing is moved up.
void ProtobufWriter::text_entry(std::uint32_t field, std::string_view key, std::string_view value) {
  const std::size_t inner = 1 + varint_size(value.size()) + value.size();
  const std::size_t whole = 1 + varint_size(key.size()) + key.size() + 1 + varint_size(inner) + inner;
  char* at = extend(tag_size(field) + varint_size(whole) + whole);
  at = put_varint(whole, put_tag(field, kLengthDelimited, at));
  at = put_text(1, key, at);
  at = put_varint(inner, put_tag(2, kLengthDelimited, at));
  put_text(1, value, at);
}

// One byte is kept for the length, enough for most messages; a longer one is moved up.
std::size_t ProtobufWriter::begin(std::uint32_t field) {
  put_tag(field, kLengthDelimited, extend(tag_size(field) + 1));
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
