#include "ngo/http/middleware/access_log_values_impl.hpp"

#include <array>
#include <cstdint>

#include "ngo/base/text.hpp"
#include "ngo/http/headers.hpp"

namespace ngo::http {
namespace {

// The six bits of a Base64 digit; -1 for anything else.
int base64_digit(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

bool decode_base64(std::string_view text, std::string& out) {
  out.clear();
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int digit = base64_digit(c);
    if (digit < 0) return false;
    bits = bits << 6U | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xffU);
  }
  return true;
}

}  // namespace

std::string_view basic_user(const HeaderTable& headers, std::string& storage) {
  constexpr std::string_view kScheme = "Basic ";
  const std::string_view value = headers.get(KnownHeader::authorization);
  if (value.size() <= kScheme.size() || !equals_ignoring_case(value.substr(0, kScheme.size()), kScheme))
    return {};
  if (!decode_base64(trim_whitespace(value.substr(kScheme.size())), storage)) return {};
  const std::size_t colon = storage.find(':');
  if (colon == std::string::npos) return {};
  return std::string_view(storage).substr(0, colon);
}

std::string_view cookie_value(const HeaderTable& headers, std::string_view name) noexcept {
  for (std::size_t at = headers.find(KnownHeader::cookie, 0); at != HeaderTable::kNone;
       at = headers.find(KnownHeader::cookie, at + 1)) {
    std::string_view rest = headers[at].value;
    while (!rest.empty()) {
      const std::size_t end = rest.find(';');
      const std::string_view pair = trim_whitespace(rest.substr(0, end));
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      const std::size_t equals = pair.find('=');
      if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
      std::string_view value = pair.substr(equals + 1);
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        value = value.substr(1, value.size() - 2);
      return value;
    }
  }
  return {};
}

}  // namespace ngo::http
