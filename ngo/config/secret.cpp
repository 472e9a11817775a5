#include "ngo/config/secret.hpp"

#include <array>
#include <cstddef>

#include "ngo/base/text.hpp"

namespace ngo::config {

bool is_secret_name(std::string_view key) noexcept {
  std::array<char, 64> lowered{};
  std::size_t size = 0;
  for (const char c : key) {
    if (c != '_' && c != '-' && size < lowered.size()) lowered[size++] = ascii_lower(c);
  }
  const std::string_view name(lowered.data(), size);
  for (const std::string_view word : {"password", "passwd", "passphrase", "secret", "token", "credential"}) {
    if (name.find(word) != std::string_view::npos) return true;
  }
  return name == "pwd" || name == "dsn" || name.ends_with("pwd") || name.ends_with("dsn") ||
         name.ends_with("key");
}

std::string mask_urls(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos) return out.append(text);
    const std::size_t host = scheme + 3;
    const std::string_view authority = text.substr(host, text.substr(host).find_first_of("/?# \t\","));
    const std::size_t at = authority.rfind('@');
    const std::size_t colon = authority.find(':');
    const bool has_password = colon != std::string_view::npos && at != std::string_view::npos && colon < at;
    out.append(text.substr(0, has_password ? host + colon + 1 : host));
    if (has_password) out.append(kMask);
    text.remove_prefix(has_password ? host + at : host);
  }
}

}  // namespace ngo::config
