#include "ngo/codec/url.hpp"

#include <array>

namespace ngo::url {
namespace {

// The value of a hexadecimal digit; 16 and above: none.
constexpr std::array<unsigned char, 256> kHexValues = [] {
  std::array<unsigned char, 256> values{};
  for (auto& value : values) value = 16;
  for (unsigned char i = 0; i < 10; ++i) values[static_cast<unsigned char>('0' + i)] = i;
  for (unsigned char i = 0; i < 6; ++i) {
    values[static_cast<unsigned char>('a' + i)] = static_cast<unsigned char>(10 + i);
    values[static_cast<unsigned char>('A' + i)] = static_cast<unsigned char>(10 + i);
  }
  return values;
}();

constexpr std::array<bool, 256> kUnreserved = [] {
  std::array<bool, 256> table{};
  for (unsigned char c = '0'; c <= '9'; ++c) table[c] = true;
  for (unsigned char c = 'a'; c <= 'z'; ++c) table[c] = true;
  for (unsigned char c = 'A'; c <= 'Z'; ++c) table[c] = true;
  for (const unsigned char c : {'-', '.', '_', '~'}) table[c] = true;
  return table;
}();

unsigned hex_value(char c) { return kHexValues[static_cast<unsigned char>(c)]; }

bool decode(std::string_view text, std::string& out, bool plus_is_space) {
  const std::size_t before = out.size();
  out.reserve(before + text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      const unsigned high = i + 2 < text.size() ? hex_value(text[i + 1]) : 16;
      const unsigned low = i + 2 < text.size() ? hex_value(text[i + 2]) : 16;
      if (high > 15 || low > 15) {
        out.resize(before);
        return false;
      }
      out += static_cast<char>(static_cast<unsigned char>(high << 4 | low));
      i += 2;
    } else {
      out += c == '+' && plus_is_space ? ' ' : c;
    }
  }
  return true;
}

std::string encode(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (kUnreserved[byte]) {
      out += c;
    } else {
      const char escape[] = {'%', kDigits[byte >> 4], kDigits[byte & 15]};
      out.append(escape, sizeof(escape));
    }
  }
  return out;
}

}  // namespace

bool decode_path(std::string_view text, std::string& out) { return decode(text, out, false); }
bool decode_query(std::string_view text, std::string& out) { return decode(text, out, true); }
std::string encode_segment(std::string_view text) { return encode(text); }
std::string encode_query(std::string_view text) { return encode(text); }

}  // namespace ngo::url
