// Base64 (RFC 4648 section 4): bytes as letters, for credentials and for what JSON carries.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ngo::base64 {

// With "=" at the end, without line breaks.
[[nodiscard]] std::string encode(std::string_view bytes);
// Nothing for text with other characters than the 64 letters, with or without "=" at its end.
[[nodiscard]] std::optional<std::string> decode(std::string_view text);

}  // namespace ngo::base64
