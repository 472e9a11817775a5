// Text of other character sets as UTF-8, by the name that a Content-Type gives it (charset=GBK).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ngo::http {

// The value of charset= in a Content-Type, as it was written; empty when there is none.
[[nodiscard]] std::string_view charset_of(std::string_view content_type) noexcept;

// `text` as UTF-8. Nothing when the character set is not known, when the bytes are none of it, and when there
// is nothing to do, since it is UTF-8 or ASCII already. The first use of a character set reads a file.
[[nodiscard]] std::optional<std::string> to_utf8(std::string_view text, std::string_view charset);

}  // namespace ngo::http
