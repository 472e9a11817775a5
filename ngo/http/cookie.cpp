#include "ngo/http/cookie.hpp"

#include <algorithm>
#include <array>

#include "ngo/base/civil_time.hpp"
#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"
#include "ngo/http/headers.hpp"

namespace ngo::http {
namespace {

constexpr std::size_t kLargestCookie = 4096;     // name and value together (RFC 6265bis, 5.6)
constexpr std::size_t kLargestAttribute = 1024;  // a longer one is ignored by browsers

bool is_cookie_octet(char c) noexcept {
  return c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\';
}

bool is_attribute_value(std::string_view text) noexcept {
  return text.size() <= kLargestAttribute &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f && c != ';'; });
}

bool has_prefix(std::string_view name, std::string_view prefix) noexcept {
  return name.size() >= prefix.size() && equals_ignoring_case(name.substr(0, prefix.size()), prefix);
}

// What is wrong with it; empty when nothing is.
std::string mistake(const SetCookie& cookie) {
  if (!is_token(cookie.name)) return "its name is no token";
  if (!std::all_of(cookie.value.begin(), cookie.value.end(), is_cookie_octet)) {
    return "its value has characters that must be encoded, with url::encode_query() for example";
  }
  if (cookie.name.size() + cookie.value.size() > kLargestCookie)
    return "name and value have more than 4096 bytes";
  if (cookie.path.empty() || cookie.path[0] != '/' || !is_attribute_value(cookie.path))
    return "its path must begin with \"/\" and have neither control characters nor \";\"";
  if (!is_attribute_value(cookie.domain) || cookie.domain.find(' ') != std::string::npos)
    return "its domain is none";
  if (cookie.same_site == SameSite::none && !cookie.secure) return "same_site none needs secure";
  if (cookie.partitioned && !cookie.secure) return "partitioned needs secure";
  if (has_prefix(cookie.name, "__Secure-") && !cookie.secure) return "its prefix __Secure- needs secure";
  if (has_prefix(cookie.name, "__Host-") && (!cookie.secure || cookie.path != "/" || !cookie.domain.empty()))
    return "its prefix __Host- needs secure, the path \"/\" and no domain";
  return {};
}

}  // namespace

std::string to_string(const SetCookie& cookie) {
  if (std::string wrong = mistake(cookie); !wrong.empty()) {
    throw Error(Code::internal, "the cookie " + in_quotes(cookie.name) + " cannot be set: " + wrong);
  }
  std::string text = cookie.name + "=" + cookie.value + "; Path=" + cookie.path;
  if (!cookie.domain.empty()) text += "; Domain=" + cookie.domain;
  if (cookie.max_age) text += "; Max-Age=" + std::to_string(cookie.max_age->count());
  if (cookie.expires) {
    std::array<char, kHttpDateSize> date;
    write_http_date(*cookie.expires, date.data());
    text.append("; Expires=").append(date.data(), date.size());
  }
  if (cookie.secure) text += "; Secure";
  if (cookie.http_only) text += "; HttpOnly";
  switch (cookie.same_site) {
    case SameSite::strict: text += "; SameSite=Strict"; break;
    case SameSite::lax: text += "; SameSite=Lax"; break;
    case SameSite::none: text += "; SameSite=None"; break;
  }
  if (cookie.partitioned) text += "; Partitioned";
  return text;
}

bool CookieReader::next() noexcept {
  while (!rest_.empty()) {
    const std::size_t end = rest_.find(';');
    const std::string_view pair = trim_whitespace(rest_.substr(0, end));
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    name_ = trim_whitespace(pair.substr(0, equals));
    value_ = trim_whitespace(pair.substr(equals + 1));
    if (!name_.empty()) return true;
  }
  return false;
}

}  // namespace ngo::http
