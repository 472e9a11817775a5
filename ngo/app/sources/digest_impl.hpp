// Digests that centres ask for. Old ones: they sign and compare, they protect no secret.
#pragma once

#include <string>
#include <string_view>

namespace ngo::app {

// The 20 bytes of HMAC-SHA1 (RFC 2104).
[[nodiscard]] std::string hmac_sha1(std::string_view key, std::string_view text);
// The 32 hexadecimal digits of MD5 (RFC 1321).
[[nodiscard]] std::string md5_hex(std::string_view text);

}  // namespace ngo::app
