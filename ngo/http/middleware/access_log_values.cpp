#include "ngo/http/middleware/access_log_values_impl.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "ngo/base/text.hpp"
#include "ngo/codec/base64.hpp"
#include "ngo/http/headers.hpp"

namespace ngo::http {
std::string_view basic_user(const HeaderTable& headers, std::string& storage) {
  constexpr std::string_view kScheme = "Basic ";
  const std::string_view value = headers.get(KnownHeader::authorization);
  if (value.size() <= kScheme.size() || !equals_ignoring_case(value.substr(0, kScheme.size()), kScheme))
    return {};
  std::optional<std::string> decoded = base64::decode(trim_whitespace(value.substr(kScheme.size())));
  if (!decoded) return {};
  storage = std::move(*decoded);
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
