#include "ngo/base/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace ngo {
namespace {

unsigned byte_at(std::string_view text, std::size_t index) { return static_cast<unsigned char>(text[index]); }

bool continues(std::string_view text, std::size_t index) {
  return index < text.size() && (byte_at(text, index) & 0xC0U) == 0x80U;
}

}  // namespace

char32_t take_code_point(std::string_view& text) noexcept {
  const unsigned lead = byte_at(text, 0);
  if (lead < 0x80) {
    text.remove_prefix(1);
    return lead;
  }
  std::size_t length = 0;
  unsigned low = 0x80;  // what the second byte may be
  unsigned high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  }
  if (length == 0 || text.size() < 2 || byte_at(text, 1) < low || byte_at(text, 1) > high) {
    text.remove_prefix(1);
    return kNoCodePoint;
  }
  char32_t code_point = lead & (0xFFU >> (length + 1));
  code_point = code_point << 6 | (byte_at(text, 1) & 0x3FU);
  for (std::size_t i = 2; i < length; ++i) {
    if (!continues(text, i)) {
      text.remove_prefix(i);
      return kNoCodePoint;
    }
    code_point = code_point << 6 | (byte_at(text, i) & 0x3FU);
  }
  text.remove_prefix(length);
  return code_point;
}

std::size_t find_invalid_utf8(std::string_view text) noexcept {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  std::string_view rest = text;
  while (!rest.empty()) {
    if (rest.size() >= 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, rest.data(), 8);
      if ((word & kHighBits) == 0) {
        rest.remove_prefix(8);
        continue;
      }
    }
    const std::size_t here = text.size() - rest.size();
    if (take_code_point(rest) == kNoCodePoint) return here;
  }
  return std::string_view::npos;
}

std::size_t count_code_points(std::string_view text) noexcept {
  std::size_t count = 0;
  while (!text.empty()) {
    (void)take_code_point(text);
    ++count;
  }
  return count;
}

void append_utf8(std::string& out, char32_t code_point) {
  const auto put = [&](char32_t bits) { out += static_cast<char>(static_cast<unsigned char>(bits)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | code_point >> 6);
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 0x3F));
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
}

}  // namespace ngo
