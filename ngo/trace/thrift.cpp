#include <bit>

#include "ngo/trace/thrift_impl.hpp"

namespace ngo::trace {
namespace {

unsigned compact_type(ThriftType type) noexcept {
  switch (type) {
    case ThriftType::boolean: return 1;
    case ThriftType::i32: return 5;
    case ThriftType::i64: return 6;
    case ThriftType::real: return 7;
    case ThriftType::text: return 8;
    case ThriftType::list: return 9;
    case ThriftType::structure: break;
  }
  return 12;
}

}  // namespace

void ThriftBinaryWriter::big_endian(std::uint64_t value, unsigned bytes) {
  while (bytes > 0) out_ += static_cast<char>(value >> (8 * --bytes));
}

void ThriftBinaryWriter::field(std::int16_t id, ThriftType type) {
  out_ += static_cast<char>(type);
  big_endian(static_cast<std::uint16_t>(id), 2);
}

void ThriftBinaryWriter::boolean(std::int16_t id, bool value) {
  field(id, ThriftType::boolean);
  out_ += value ? '\1' : '\0';
}

void ThriftBinaryWriter::begin_list(ThriftType type, std::size_t count) {
  out_ += static_cast<char>(type);
  big_endian(count, 4);
}

void ThriftBinaryWriter::real(double value) { big_endian(std::bit_cast<std::uint64_t>(value), 8); }

void ThriftBinaryWriter::text(std::string_view value) {
  big_endian(value.size(), 4);
  out_ += value;
}

void ThriftCompactWriter::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U) out_ += static_cast<char>(value | 0x80U);
  out_ += static_cast<char>(value);
}

void ThriftCompactWriter::zigzag(std::int64_t value) {
  varint(static_cast<std::uint64_t>(value) << 1U ^ static_cast<std::uint64_t>(value >> 63));
}

void ThriftCompactWriter::begin_call(std::string_view name, std::uint32_t sequence) {
  constexpr unsigned char kProtocol = 0x82;
  constexpr unsigned char kOneWayVersion1 = 4U << 5U | 1U;
  out_ += static_cast<char>(kProtocol);
  out_ += static_cast<char>(kOneWayVersion1);
  varint(sequence);
  text(name);
}

void ThriftCompactWriter::head(std::int16_t id, unsigned type) {
  std::int16_t& last = last_[depth_];
  if (const int distance = id - last; distance > 0 && distance <= 15) {
    out_ += static_cast<char>(static_cast<unsigned>(distance) << 4U | type);
  } else {
    out_ += static_cast<char>(type);
    zigzag(id);
  }
  last = id;
}

void ThriftCompactWriter::field(std::int16_t id, ThriftType type) { head(id, compact_type(type)); }

void ThriftCompactWriter::boolean(std::int16_t id, bool value) { head(id, value ? 1 : 2); }

void ThriftCompactWriter::begin_list(ThriftType type, std::size_t count) {
  if (count < 15) {
    out_ += static_cast<char>(count << 4U | compact_type(type));
  } else {
    out_ += static_cast<char>(0xf0U | compact_type(type));
    varint(count);
  }
}

void ThriftCompactWriter::begin_struct() { last_[++depth_] = 0; }

void ThriftCompactWriter::end_struct() {
  out_ += '\0';
  --depth_;
}

// Little endian, unlike everything else of Thrift.
void ThriftCompactWriter::real(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  for (unsigned shift = 0; shift < 64; shift += 8) out_ += static_cast<char>(bits >> shift);
}

void ThriftCompactWriter::text(std::string_view value) {
  varint(value.size());
  out_ += value;
}

}  // namespace ngo::trace
