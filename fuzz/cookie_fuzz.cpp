// Cookies: what may be set comes back as it was, and never as more than one field, cookie or attribute.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "ngo/base/error.hpp"
#include "ngo/http/cookie.hpp"
#include "ngo/http/headers.hpp"

namespace {

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "cookie_fuzz: %s\n", what);
  std::abort();
}

void set(const ngo::SetCookie& cookie) {
  std::string text;
  try {
    text = ngo::http::to_string(cookie);
  } catch (const ngo::Error&) {
    return;
  }
  require(ngo::http::is_field_value(text), "it is no value of a field");
  std::size_t semicolons = 0;
  for (char c : text) semicolons += c == ';' ? 1 : 0;
  require(semicolons == (cookie.domain.empty() ? 4U : 5U), "an attribute was smuggled in");
  ngo::http::CookieReader reader(std::string_view(text).substr(0, text.find(';')));
  require(reader.next() && reader.name() == cookie.name && reader.value() == cookie.value && !reader.next(),
          "it does not come back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (ngo::http::CookieReader reader(text); reader.next();) {
    require(!reader.name().empty(), "a name is empty");
    require(reader.value().find(';') == std::string_view::npos, "a value goes on behind its end");
  }
  const std::size_t cut = text.find('\n');
  const std::string first(text.substr(0, cut));
  const std::string second(cut == std::string_view::npos ? std::string_view() : text.substr(cut + 1));
  set(ngo::SetCookie(first, second));
  set(ngo::SetCookie("a", first));
  ngo::SetCookie placed("a", "1");
  placed.path = first;
  placed.domain = second;
  set(placed);
  return 0;
}
