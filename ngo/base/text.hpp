// Small things about names in text: comparing them as configuration and HTTP do, and listing them in
// messages. ASCII only; everything else is compared and copied byte by byte. For "did you mean" see Nearest
// in problem.hpp.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace ngo {

[[nodiscard]] constexpr char ascii_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] constexpr bool is_ascii_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Whether both are equal when upper and lower case letters are taken as the same.
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;

// Whether both are the same name however it is spelt: maxBodySize, max-body-size, max_body_size, MAXBODYSIZE.
[[nodiscard]] bool same_name(std::string_view a, std::string_view b) noexcept;

// The one of all its spellings without joints and capital letters: "maxbodysize".
[[nodiscard]] std::string plain_name(std::string_view name);

// "max_body_size" and "max-body-size" become "maxBodySize"; a name in camelCase stays as it is.
[[nodiscard]] std::string to_camel_case(std::string_view name);

// The text without spaces, tabs and line ends around it.
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

// "a, b, c"
[[nodiscard]] std::string join(std::span<const std::string> parts, std::string_view separator);

// "a", "b" or "c", each in quotes; "none" when there are no names.
[[nodiscard]] std::string list_or(std::span<const std::string> names);

}  // namespace ngo
