// The request target (RFC 9112 section 3.2), taken apart and checked, never changed.
//
// Guaranteed of an accepted path: it begins with "/", consists of the characters of RFC 3986 and whole
// percent escapes, holds no %00, and no "." or ".." segment in any spelling ("%2e", or fenced by %2F or %5C
// instead of "/"). Such a target is refused with 400 and not resolved: browsers and libraries resolve before
// they send, and what a proxy has checked must be what a handler sees. The path stays encoded; the router
// decodes once, by segment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ngo/http/method.hpp"

namespace ngo::http {

enum class TargetForm : std::uint8_t {
  origin,     // /path?query
  absolute,   // http://host/path?query
  authority,  // host:port, only with CONNECT
  asterisk,   // *, only with OPTIONS
};

struct Target {
  TargetForm form = TargetForm::origin;
  bool has_query = false;      // "?" was there, be the query empty
  bool has_escapes = false;    // the path holds at least one percent escape
  std::string_view authority;  // host[:port], of the absolute and the authority form
  std::string_view
      path;  // with the leading "/"; "/" when the absolute form has none, "*", or empty (authority)
  std::string_view query;  // without the "?"
};

// What may stand in the query besides the characters of RFC 3986: browsers leave [ ] { } | \ ^ ` as they are.
enum class QueryRule : std::uint8_t { rfc3986, browser };

// What is wrong with a target: a sentence of static text, and the byte that it is about, or -1.
struct TargetProblem {
  const char* text = nullptr;
  int byte = -1;
  explicit operator bool() const noexcept { return text != nullptr; }
};

// Takes `text` apart into views of itself. Everything but its length is checked.
[[nodiscard]] TargetProblem parse_target(Method method, std::string_view text, QueryRule rule,
                                         Target& target) noexcept;

// Whether `text` is uri-host [ ":" port ] with a host that is not empty: a registered name, an IPv4 address,
// or an IP literal in brackets (RFC 9110 section 7.2, RFC 3986 section 3.2.2). No user information.
[[nodiscard]] bool is_authority(std::string_view text) noexcept;

}  // namespace ngo::http
