// UTF-8, strictly by the Unicode standard's table 3-7: no overlong forms, no surrogates, nothing above
// U+10FFFF.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ngo {

// Where the first byte stands that is not part of a valid sequence; npos when all of the text is UTF-8.
[[nodiscard]] std::size_t find_invalid_utf8(std::string_view text) noexcept;

[[nodiscard]] inline bool is_utf8(std::string_view text) noexcept {
  return find_invalid_utf8(text) == std::string_view::npos;
}

// Takes one code point from the front of `text`, which must not be empty. An invalid sequence gives
// kNoCodePoint and takes its longest prefix that could have begun a sequence, as the Unicode standard
// recommends.
inline constexpr char32_t kNoCodePoint = 0xFFFFFFFF;
[[nodiscard]] char32_t take_code_point(std::string_view& text) noexcept;

// The number of code points; an invalid sequence counts as one.
[[nodiscard]] std::size_t count_code_points(std::string_view text) noexcept;

// At most so many bytes of it, cut off between two characters.
[[nodiscard]] constexpr std::string_view cut_utf8(std::string_view text, std::size_t most) noexcept {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0U) == 0x80) --most;
  return text.substr(0, most);
}

// Appends the code point's bytes. It must be a Unicode scalar value.
void append_utf8(std::string& out, char32_t code_point);

}  // namespace ngo
