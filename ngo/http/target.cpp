#include "ngo/http/target.hpp"

#include <cstring>

#include "ngo/http/characters_impl.hpp"

namespace ngo::http {
namespace {

using detail::has;

constexpr std::size_t kNone = std::string_view::npos;

// The flags of all bytes, ORed. Four sums, so that the loads do not wait for each other.
std::uint8_t all_flags(std::string_view text) noexcept {
  unsigned sums[4] = {};
  std::size_t at = 0;
  for (; at + 4 <= text.size(); at += 4) {
    sums[0] |= detail::flags_of(text[at]);
    sums[1] |= detail::flags_of(text[at + 1]);
    sums[2] |= detail::flags_of(text[at + 2]);
    sums[3] |= detail::flags_of(text[at + 3]);
  }
  for (; at < text.size(); ++at) sums[0] |= detail::flags_of(text[at]);
  return static_cast<std::uint8_t>(sums[0] | sums[1] | sums[2] | sums[3]);
}

// The first byte of `text` that has `flag`, which one of them does.
int culprit(std::string_view text, std::uint8_t flag) noexcept {
  std::size_t at = 0;
  while (!has(text[at], flag)) ++at;
  return static_cast<unsigned char>(text[at]);
}

constexpr const char* kBrokenEscape = "a percent sign must be followed by two hexadecimal digits";

// Escapes must be whole and not NUL, and no segment may be "." or ".." once decoded, whether it is fenced by
// "/", %2F or %5C: whoever decodes the whole path later, or hands it to a file system, finds nothing to
// climb.
const char* check_path_escapes_and_dots(std::string_view path, bool& has_escapes) noexcept {
  std::size_t length = 0;  // of the decoded segment
  std::size_t dots = 0;
  for (std::size_t at = 0; at < path.size(); ++at) {
    char byte = path[at];
    if (byte == '%') {
      if (!detail::is_escape(path, at)) return kBrokenEscape;
      byte = detail::escaped_byte(path, at);
      if (byte == '\0') return "the path contains an encoded NUL";
      has_escapes = true;
      at += 2;
    }
    const bool separates = byte == '/' || byte == '\\';
    if (!separates) {
      ++length;
      if (byte == '.') ++dots;
    }
    if ((separates || at + 1 >= path.size()) && length == dots && (dots == 1 || dots == 2)) {
      return "the path contains a dot segment, which must be resolved before sending";
    }
    if (separates) length = dots = 0;
  }
  return nullptr;
}

const char* check_query_escapes(std::string_view query) noexcept {
  for (std::size_t at = query.find('%'); at != kNone; at = query.find('%', at + 3)) {
    if (!detail::is_escape(query, at)) return kBrokenEscape;
  }
  return nullptr;
}

// Splits and checks `path [ "?" query ]`.
TargetProblem take_path_and_query(std::string_view text, QueryRule rule, Target& target) noexcept {
  const std::size_t question = text.find('?');
  target.path = text.substr(0, question);
  const std::uint8_t path_flags = all_flags(target.path);
  if ((path_flags & detail::kNotPath) != 0) {
    const int byte = culprit(target.path, detail::kNotPath);
    if (byte == '#') return {"a request target has no fragment", -1};
    return {"the path contains a character that must be percent-encoded", byte};
  }
  if ((path_flags & detail::kPercentOrDot) != 0) {
    if (const char* text_of = check_path_escapes_and_dots(target.path, target.has_escapes)) return {text_of};
  }
  if (question == kNone) return {};

  target.has_query = true;
  target.query = text.substr(question + 1);
  const std::uint8_t forbidden = rule == QueryRule::rfc3986 ? detail::kNotQuery : detail::kNotBrowserQuery;
  const std::uint8_t query_flags = all_flags(target.query);
  if ((query_flags & forbidden) != 0) {
    const int byte = culprit(target.query, forbidden);
    if (byte == '#') return {"a request target has no fragment", -1};
    return {"the query contains a character that must be percent-encoded", byte};
  }
  if ((query_flags & detail::kPercentOrDot) != 0) {
    if (const char* text_of = check_query_escapes(target.query)) return {text_of};
  }
  return {};
}

// RFC 3986 section 3.2.2, IPv6address: eight groups of up to four digits, one run of them may be "::", and
// the last two may be written as an IPv4 address.
bool is_ipv4(std::string_view text) noexcept {
  int parts = 0;
  std::size_t at = 0;
  while (true) {
    unsigned value = 0;
    std::size_t digits = 0;
    for (; at < text.size() && detail::is_digit(text[at]) && digits < 4; ++at, ++digits) {
      value = value * 10 + static_cast<unsigned>(text[at] - '0');
    }
    const bool leading_zero = digits > 1 && text[at - digits] == '0';
    if (digits == 0 || digits > 3 || value > 255 || leading_zero) return false;
    ++parts;
    if (at == text.size()) return parts == 4;
    if (parts == 4 || text[at] != '.') return false;
    ++at;
  }
}

bool is_ipv6(std::string_view text) noexcept {
  int groups = 0;
  bool elided = false;
  std::size_t at = 0;
  if (text.substr(0, 2) == "::") {
    elided = true;
    at = 2;
  }
  while (at < text.size()) {
    if (groups <= 6 && is_ipv4(text.substr(at))) {
      groups += 2;
      break;
    }
    std::size_t digits = 0;
    while (at < text.size() && has(text[at], detail::kHexDigit)) ++at, ++digits;
    if (digits == 0 || digits > 4) return false;
    ++groups;
    if (at == text.size()) break;
    if (text[at] != ':' || at + 1 == text.size()) return false;
    ++at;
    if (text[at] == ':') {
      if (elided) return false;
      elided = true;
      ++at;
    }
  }
  return elided ? groups <= 7 : groups == 8;
}

// What stands between the brackets: IPv6address or IPvFuture.
bool is_ip_literal(std::string_view text) noexcept {
  if (text.empty() || detail::to_lower(text.front()) != 'v') return is_ipv6(text);
  const std::size_t dot = text.find('.');
  if (dot == kNone || dot == 1 || dot + 1 == text.size()) return false;
  for (const char byte : text.substr(1, dot - 1)) {
    if (!has(byte, detail::kHexDigit)) return false;
  }
  for (const char byte : text.substr(dot + 1)) {
    if (!has(byte, detail::kRegisteredName) && byte != ':') return false;
  }
  return true;
}

// [ ":" port ], where the port may be empty.
bool is_port(std::string_view text) noexcept {
  if (text.empty()) return true;
  if (text.front() != ':') return false;
  unsigned value = 0;
  for (const char byte : text.substr(1)) {
    if (!detail::is_digit(byte)) return false;
    value = value * 10 + static_cast<unsigned>(byte - '0');
    if (value > 65535) return false;
  }
  return true;
}

// The length of "http://" or "https://" at the front, in any case; 0 for none.
std::size_t scheme_length(std::string_view text) noexcept {
  for (const std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
    if (text.size() < scheme.size()) continue;
    std::size_t at = 0;
    while (at < scheme.size() && detail::to_lower(text[at]) == scheme[at]) ++at;
    if (at == scheme.size()) return at;
  }
  return 0;
}

TargetProblem take_absolute(Method method, std::string_view text, QueryRule rule, Target& target) noexcept {
  const std::size_t scheme = scheme_length(text);
  if (scheme == 0) return {"the target is neither a path nor an http or https URL", -1};
  target.form = TargetForm::absolute;
  const std::string_view rest = text.substr(scheme);
  const std::size_t authority_end = rest.find_first_of("/?#");
  target.authority = rest.substr(0, authority_end);
  // User information in a target serves to mislead; RFC 9110 section 4.2.4 asks to treat it as an error.
  if (!is_authority(target.authority)) return {"the target's authority is no valid host[:port]", -1};
  const std::string_view tail = authority_end == kNone ? std::string_view() : rest.substr(authority_end);
  const TargetProblem problem = take_path_and_query(tail, rule, target);
  if (problem) return problem;
  // An empty path means the root, or the server as a whole when OPTIONS asks (RFC 9112 section 3.2.4).
  if (target.path.empty()) target.path = method == Method::options && !target.has_query ? "*" : "/";
  return {};
}

}  // namespace

bool is_authority(std::string_view text) noexcept {
  if (text.empty()) return false;
  if (text.front() == '[') {
    const std::size_t bracket = text.find(']');
    return bracket != kNone && is_ip_literal(text.substr(1, bracket - 1)) &&
           is_port(text.substr(bracket + 1));
  }
  std::size_t at = 0;
  for (; at < text.size() && text[at] != ':'; ++at) {
    if (has(text[at], detail::kRegisteredName)) continue;
    if (text[at] != '%' || !detail::is_escape(text, at)) return false;
    at += 2;
  }
  return at > 0 && is_port(text.substr(at));
}

TargetProblem parse_target(Method method, std::string_view text, QueryRule rule, Target& target) noexcept {
  target = Target();
  if (text.empty()) return {"the target is missing", -1};
  if (method == Method::connect) {
    // RFC 9112 section 3.2.3: host and port, both required.
    const std::size_t colon = text.rfind(':');
    if (!is_authority(text) || colon == kNone || colon + 1 == text.size() || text.back() == ']') {
      return {"the target of CONNECT must be host:port", -1};
    }
    target.form = TargetForm::authority;
    target.authority = text;
    return {};
  }
  if (text.front() == '/') return take_path_and_query(text, rule, target);
  if (text == "*") {
    if (method != Method::options) return {"the target * belongs to OPTIONS alone", -1};
    target.form = TargetForm::asterisk;
    target.path = text;
    return {};
  }
  return take_absolute(method, text, rule, target);
}

}  // namespace ngo::http
