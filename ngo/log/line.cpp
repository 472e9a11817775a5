#include <charconv>
#include <cmath>
#include <cstring>

#include "ngo/base/utf8.hpp"
#include "ngo/codec/detail/number_text.hpp"
#include "ngo/log/line_impl.hpp"

namespace ngo::log {
namespace {

constexpr char kHex[] = "0123456789abcdef";

bool is_plain(char c, Line::Style style) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x7F && !(style == Line::Style::json && (c == '"' || c == '\\'));
}

// An ASCII character as it is written; the text of `buffer` or nothing.
std::size_t escape_ascii(unsigned char byte, char* buffer) noexcept {
  buffer[0] = '\\';
  switch (byte) {
    case '\n': buffer[1] = 'n'; return 2;
    case '\r': buffer[1] = 'r'; return 2;
    case '\t': buffer[1] = 't'; return 2;
    case '"':
    case '\\': buffer[1] = static_cast<char>(byte); return 2;
    default: break;
  }
  buffer[1] = 'u';
  buffer[2] = buffer[3] = '0';
  buffer[4] = kHex[byte >> 4];
  buffer[5] = kHex[byte & 15];
  return 6;
}

// Characters beyond ASCII that a terminal or a reader of lines may take for a control: C1, line and paragraph
// separator, and those that turn the direction of text.
bool is_control(char32_t point) noexcept {
  return point < 0xA0 || point == 0x2028 || point == 0x2029 || (point >= 0x202A && point <= 0x202E) ||
         (point >= 0x2066 && point <= 0x2069);
}

std::size_t escape_point(char32_t point, char* buffer) noexcept {
  buffer[0] = '\\';
  buffer[1] = 'u';
  for (int i = 0; i < 4; ++i) buffer[2 + i] = kHex[point >> (12 - 4 * i) & 15];
  return 6;
}

}  // namespace

void Line::add(std::int64_t number) noexcept {
  const auto [end, failed] = std::to_chars(bytes_ + size_, bytes_ + kRoom, number);
  if (failed == std::errc()) size_ = static_cast<std::size_t>(end - bytes_);
}

void Line::add(std::uint64_t number) noexcept {
  const auto [end, failed] = std::to_chars(bytes_ + size_, bytes_ + kRoom, number);
  if (failed == std::errc()) size_ = static_cast<std::size_t>(end - bytes_);
}

void Line::add(double number) noexcept {
  if (std::isnan(number)) return add("\"nan\"");
  if (std::isinf(number)) return add(number > 0 ? "\"inf\"" : "\"-inf\"");
  if (kRoom - size_ >= codec::kNumberRoom)
    size_ = static_cast<std::size_t>(codec::floating_to_text(bytes_ + size_, number) - bytes_);
}

void Line::escape(std::string_view text, Style style, std::size_t left, std::size_t more) noexcept {
  const std::size_t last = size_ + left;
  const std::size_t stop = left > kNote ? last - kNote : size_;
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain(text[plain], style)) ++plain;
    const std::size_t fitting = plain < stop - size_ ? plain : stop - size_;
    std::memcpy(bytes_ + size_, text.data(), fitting);
    size_ += fitting;
    text.remove_prefix(fitting);
    if (fitting < plain) break;
    if (text.empty()) break;
    char escaped[8];
    std::size_t size = 0;
    std::string_view rest = text;
    const char32_t point = take_code_point(rest);
    const std::size_t taken = text.size() - rest.size();
    if (point == kNoCodePoint) {
      // JSON has no way to write a stray byte: U+FFFD stands for it. Plain text shows what it is.
      if (style == Style::json) {
        std::memcpy(escaped, "\\ufffd", size = 6);
      } else {
        const auto byte = static_cast<unsigned char>(text.front());
        escaped[0] = '\\';
        escaped[1] = 'x';
        escaped[2] = kHex[byte >> 4];
        escaped[3] = kHex[byte & 15];
        size = 4;
        rest = text.substr(1);
      }
    } else if (point < 0x80) {
      size = escape_ascii(static_cast<unsigned char>(point), escaped);
    } else if (is_control(point)) {
      size = escape_point(point, escaped);
    } else {
      std::memcpy(escaped, text.data(), size = taken);
    }
    if (size > stop - size_) break;
    std::memcpy(bytes_ + size_, escaped, size);
    size_ += size;
    text = rest;
  }
  more += text.size();
  if (more == 0 || last - size_ < kNote) return;
  add("...(");
  add(std::uint64_t{more});
  add(" bytes cut)");
}

void Line::add_value(const Field& field) noexcept {
  switch (field.kind()) {
    case Field::Kind::null: add("null"); break;
    case Field::Kind::boolean: add(field.boolean() ? "true" : "false"); break;
    case Field::Kind::integer: add(field.integer()); break;
    case Field::Kind::natural: add(field.natural()); break;
    case Field::Kind::real: add(field.real()); break;
    case Field::Kind::text:
      add('"');
      add_escaped(field.text(), Style::json, kLongestValue);
      add('"');
      break;
  }
}

void Line::add_field(const Field& field) noexcept {
  if (size_ > 0 && bytes_[size_ - 1] != '{') add(',');
  add('"');
  add_escaped(field.name(), Style::json, 256);
  add("\":");
  add_value(field);
}

void Line::add_pair(const Field& field) noexcept {
  add(' ');
  for (const char c : field.name().substr(0, 128)) {
    const auto byte = static_cast<unsigned char>(c);
    add(byte > 0x20 && byte < 0x7F && c != '=' && c != '"' ? c : '_');
  }
  add('=');
  add_value(field);
}

void Line::add_lines(std::string_view text, std::string_view indent) noexcept {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view one = text.substr(0, end);
    if (kRoom - size_ < indent.size() + one.size() + 1) return;
    add(indent);
    add_escaped(one, Style::plain, one.size() + kNote);
    finish();
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

}  // namespace ngo::log
