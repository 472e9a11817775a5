// Values that stand inside of request headers. For the sources of this folder only.
#pragma once

#include <string>
#include <string_view>

namespace ngo::http {

class HeaderTable;

// The user of `Authorization: Basic` (RFC 7617); empty for another scheme or what is no Base64. Decoded into
// `storage`.
[[nodiscard]] std::string_view basic_user(const HeaderTable& headers, std::string& storage);

// The value of the first cookie of that name (RFC 6265, 5.4), without quotes; empty when there is none.
[[nodiscard]] std::string_view cookie_value(const HeaderTable& headers, std::string_view name) noexcept;

}  // namespace ngo::http
