#include "ngo/http/middleware/cors.hpp"

#include <cstring>

#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"
#include "ngo/http/headers.hpp"
#include "ngo/http/problem.hpp"
#include "ngo/http/response.hpp"
#include "ngo/http/status.hpp"

namespace ngo::http {
namespace {

bool is_host_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Each "*" stands for one or more characters of a host name or, behind a colon, digits of a port; never for
// ":", "/" or "@".
bool matches(std::string_view pattern, std::string_view text) noexcept {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (text.substr(0, star) != pattern.substr(0, star)) return false;
  const bool of_port = star > 0 && pattern[star - 1] == ':';
  pattern.remove_prefix(star + 1);
  text.remove_prefix(star);
  while (!text.empty() && (of_port ? is_digit(text.front()) : is_host_character(text.front()))) {
    text.remove_prefix(1);
    if (matches(pattern, text)) return true;
  }
  return false;
}

// Names of headers, as they may be repeated to a client.
bool is_list_of_tokens(std::string_view text) noexcept {
  bool any = false;
  for (std::string_view member; next_list_member(text, member); any = true) {
    if (!is_token(member)) return false;
  }
  return any;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = ascii_lower(c);
  return out;
}

std::string join(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out.append(out.empty() ? "" : ", ").append(part);
  return out;
}

// scheme://host[:port] without a path, with "*" where a label or the port may differ.
std::string mistake_of(std::string_view origin) {
  if (origin == "*" || origin == "null") return {};
  constexpr std::string_view kRight =
      "; right are https://a.example, https://*.example.com, http://localhost:*";
  const std::size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos || scheme == 0)
    return in_quotes(origin) + " is no origin: it has no scheme" + std::string(kRight);
  const std::string_view host = origin.substr(scheme + 3);
  if (host.empty()) return in_quotes(origin) + " is no origin: it has no host" + std::string(kRight);
  std::size_t stars = 0;
  for (const char c : host) {
    stars += c == '*' ? 1 : 0;
    if (!is_host_character(c) && c != '*' && c != ':' && c != '[' && c != ']')
      return in_quotes(origin) + " is no origin: it has no path and nothing else behind the port" +
             std::string(kRight);
  }
  if (stars > 2) return in_quotes(origin) + ": \"*\" can stand twice at most, in the host and for the port";
  return {};
}

bool has(const std::vector<std::string>& list, std::string_view what) {
  for (const std::string& each : list) {
    if (each == what) return true;
  }
  return false;
}

}  // namespace

std::string CorsOptions::mistake() const {
  if (!enabled) return {};
  if (origins.empty()) return "origins: at least one is needed, for example https://a.example";
  for (const std::string& origin : origins) {
    if (std::string mistake = mistake_of(origin); !mistake.empty()) return "origins: " + mistake;
  }
  if (credentials && has(origins, "*"))
    return "credentials: with the origin * every page could act for the user; list the origins";
  for (const std::string& method : methods) {
    if (!is_token(method)) return "methods: " + in_quotes(method) + " is no method";
  }
  for (const std::vector<std::string>* list : {&headers, &exposed_headers}) {
    for (const std::string& name : *list) {
      if (!is_token(name)) return in_quotes(name) + " is no name of a header";
    }
  }
  if (max_age < std::chrono::seconds::zero()) return "maxAge: cannot be negative";
  return {};
}

Cors::Cors(const CorsOptions& options)
    : any_(has(options.origins, "*")),
      methods_(join(options.methods)),
      headers_(has(options.headers, "*") ? "" : join(options.headers)),
      max_age_(std::to_string(options.max_age.count())),
      private_network_(options.private_network) {
  for (const std::string& origin : options.origins) {
    (origin.find('*') == std::string::npos ? origins_ : patterns_).push_back(lower(origin));
  }
  if (options.credentials) after_origin_ += "Access-Control-Allow-Credentials: true\r\n";
  if (!options.exposed_headers.empty())
    after_origin_ += "Access-Control-Expose-Headers: " + join(options.exposed_headers) + "\r\n";
}

bool Cors::allows(std::string_view origin) const noexcept {
  if (origin.empty()) return false;
  if (any_) return true;
  for (const std::string& each : origins_) {
    if (each == origin) return true;
  }
  for (const std::string& pattern : patterns_) {
    if (matches(pattern, origin)) return true;
  }
  return false;
}

char* Cors::write_head(std::string_view origin, const Response& response, char* at) const noexcept {
  const auto put = [&at](std::string_view text) {
    std::memcpy(at, text.data(), text.size());
    at += text.size();
  };
  // An answer that depends on the origin must not be given to another one by a cache.
  if (!any_) put("Vary: Origin\r\n");
  if (origin.empty() || response.header("Access-Control-Allow-Origin")) return at;
  put("Access-Control-Allow-Origin: ");
  put(any_ ? "*" : origin);
  put("\r\n");
  put(after_origin_);
  return at;
}

bool Cors::is_preflight(const HeaderTable& headers) noexcept {
  return headers.contains(KnownHeader::origin) && headers.contains("Access-Control-Request-Method");
}

void Cors::answer_preflight(const HeaderTable& headers, bool origin_allowed, MethodSet allowed,
                            Response& response) const {
  if (!origin_allowed) {
    return render_problem(status::kForbidden, "this service takes no calls from pages of that origin", {},
                          response);
  }
  response.status(status::kNoContent);
  response.header("Access-Control-Allow-Methods", methods_.empty() ? allowed.to_string() : methods_);
  const std::string_view asked = headers.get("Access-Control-Request-Headers");
  if (!headers_.empty()) {
    response.header("Access-Control-Allow-Headers", headers_);
  } else if (is_list_of_tokens(asked)) {
    response.header("Access-Control-Allow-Headers", std::string(asked));
  }
  response.header("Access-Control-Max-Age", max_age_);
  if (private_network_ && equals_ignoring_case(headers.get("Access-Control-Request-Private-Network"), "true"))
    response.header("Access-Control-Allow-Private-Network", "true");
  response.header("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers");
}

}  // namespace ngo::http
