#include <optional>

#include "ngo/base/utf8.hpp"
#include "ngo/config/cursor_impl.hpp"

namespace ngo::config {
namespace {

std::optional<std::uint32_t> four_hex_digits(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  std::uint32_t out = 0;
  for (const char c : text.substr(0, 4)) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return std::nullopt;
    out = out * 16 + static_cast<std::uint32_t>(digit);
  }
  return out;
}

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

}  // namespace

char Cursor::take() noexcept {
  if (text_.empty()) return '\0';
  const char c = text_.front();
  text_.remove_prefix(1);
  column_ = c == '\n' ? 1 : column_ + 1;
  line_ += c == '\n' ? 1 : 0;
  return c;
}

bool Cursor::accept(std::string_view word) noexcept {
  if (!text_.starts_with(word)) return false;
  for (std::size_t i = 0; i < word.size(); ++i) take();
  return true;
}

std::string_view Cursor::take_until(std::string_view characters) noexcept {
  const std::string_view from = text_;
  while (!text_.empty() && characters.find(text_.front()) == std::string_view::npos) take();
  return from.substr(0, from.size() - text_.size());
}

void Cursor::skip(std::string_view characters) noexcept {
  while (!text_.empty() && characters.find(text_.front()) != std::string_view::npos) take();
}

std::string_view Cursor::take_line() noexcept {
  std::string_view line = take_until("\n");
  take();
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

void Cursor::fail(const Place& place, const std::string& message) const {
  report_.error(place, {}, message);
  throw Stop();
}

bool prepare_text(std::string_view& text, const std::shared_ptr<const std::string>& source, Report& report) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::size_t wrong_utf8 = find_invalid_utf8(text);
  std::size_t at = 0;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) >= 0x20 || text[at] == '\n' ||
                              text[at] == '\r' || text[at] == '\t')) {
    ++at;
  }
  if (at == text.size() && wrong_utf8 == std::string_view::npos) return true;
  const bool control = at < wrong_utf8;
  Place place{source, 1, 1};
  for (const char c : text.substr(0, control ? at : wrong_utf8)) {
    place.column = c == '\n' ? 1 : place.column + 1;
    place.line += c == '\n' ? 1 : 0;
  }
  report.error(place, {},
               control ? "a control character stands here; is this a text file?"
                       : "the file is not valid UTF-8 from here on");
  return false;
}

void append_unicode_escape(Cursor& at, std::string& out) {
  const Place start = at.place();
  const auto unit = [&at, &start]() -> std::uint32_t {
    const std::optional<std::uint32_t> code = four_hex_digits(at.rest());
    if (!code) at.fail(start, "expected four hexadecimal digits behind \"\\u\"");
    for (int i = 0; i < 4; ++i) at.take();
    return *code;
  };
  std::uint32_t code = unit();
  if (code >= 0xD800 && code < 0xDC00 && at.accept("\\u")) {
    const std::uint32_t low = unit();
    if (low < 0xDC00 || low > 0xDFFF) at.fail(start, "\"\\u\" names half a character");
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  } else if (code >= 0xD800 && code < 0xE000) {
    at.fail(start, "\"\\u\" names half a character");
  }
  append_utf8(out, code);
}

Node plain_scalar(std::string_view text, const Place& place) {
  return text.empty() ? Node("", false, place) : Node(std::string(text), true, place);
}

}  // namespace ngo::config
