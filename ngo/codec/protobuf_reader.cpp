#include "ngo/codec/protobuf_reader.hpp"

#include <cstddef>

namespace ngo {

bool ProtobufReader::take_varint(std::uint64_t& value) noexcept {
  value = 0;
  for (unsigned i = 0; i < 10 && i < rest_.size(); ++i) {
    const auto byte = static_cast<unsigned char>(rest_[i]);
    value |= std::uint64_t{byte & 0x7fU} << (7 * i);
    if (byte >= 0x80) continue;
    rest_.remove_prefix(i + 1);
    return i < 9 || byte <= 1;
  }
  return false;
}

bool ProtobufReader::take_fixed(std::size_t size) noexcept {
  if (rest_.size() < size) return false;
  for (std::size_t i = 0; i < size; ++i)
    number_ |= std::uint64_t{static_cast<unsigned char>(rest_[i])} << (8 * i);
  rest_.remove_prefix(size);
  return true;
}

bool ProtobufReader::take_field() noexcept {
  std::uint64_t tag = 0;
  if (!take_varint(tag) || tag >> 3U == 0 || tag >> 32U != 0) return false;
  field_ = static_cast<std::uint32_t>(tag >> 3U);
  wire_ = static_cast<Wire>(tag & 7U);
  number_ = 0;
  bytes_ = {};
  if (wire_ == Wire::varint) return take_varint(number_);
  if (wire_ == Wire::fixed64) return take_fixed(8);
  if (wire_ == Wire::fixed32) return take_fixed(4);
  std::uint64_t size = 0;
  if (wire_ != Wire::bytes || !take_varint(size) || size > rest_.size()) return false;
  bytes_ = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return true;
}

bool ProtobufReader::next() noexcept {
  if (rest_.empty() || failed_) return false;
  failed_ = !take_field();
  return !failed_;
}

}  // namespace ngo
