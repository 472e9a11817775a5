// Cookies (RFC 6265bis): reading those of a request, and writing one for a response. Values go as they are in
// both directions; what has other characters than a cookie may have is encoded by whoever sets it, with
// url::encode_query() for example.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ngo {

// Which requests from other sites a browser sends the cookie with: none of them, those that open a page, all.
enum class SameSite : std::uint8_t { strict, lax, none };

// A cookie to be set. The defaults are the careful ones: for the whole site, not over plain HTTP, invisible
// to scripts, not with requests of other sites, until the browser closes.
struct SetCookie {
  SetCookie(std::string its_name, std::string its_value)
      : name(std::move(its_name)), value(std::move(its_value)) {}

  std::string name;   // "__Secure-..." needs `secure`; "__Host-..." that, the path "/" and no domain
  std::string value;  // printable ASCII but blank, quotation mark, comma, semicolon and backslash
  std::string path = "/";
  std::string domain;  // empty: this host alone; else that domain with all below it
  std::optional<std::chrono::seconds> max_age;
  std::optional<std::chrono::system_clock::time_point> expires;
  bool secure = true;
  bool http_only = true;
  SameSite same_site = SameSite::lax;
  bool partitioned = false;  // kept apart for each site that embeds this one (CHIPS)
};

namespace http {

// The value of a Set-Cookie field. Throws Error{internal} for what no browser would take, and for everything
// that could smuggle in an attribute or a line.
[[nodiscard]] std::string to_string(const SetCookie& cookie);

// Walks the cookies of one Cookie field in their order. A piece without "=" or without a name is passed over.
//   for (CookieReader reader(field); reader.next();) use(reader.name(), reader.value());
class CookieReader {
 public:
  explicit CookieReader(std::string_view field) noexcept : rest_(field) {}
  // False at the end.
  bool next() noexcept;
  [[nodiscard]] std::string_view name() const noexcept { return name_; }
  [[nodiscard]] std::string_view value() const noexcept { return value_; }

 private:
  std::string_view rest_;
  std::string_view name_;
  std::string_view value_;
};

}  // namespace http
}  // namespace ngo
