#include "ngo/http/client/cookie_jar.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "ngo/base/text.hpp"
#include "ngo/http/headers.hpp"
#include "ngo/net/address.hpp"

namespace ngo::http {
namespace {

constexpr SystemTime kNever = SystemTime::max();

// Section 5.1.3.
bool domain_matches(std::string_view host, std::string_view domain) noexcept {
  if (host == domain) return true;
  return host.size() > domain.size() && host.ends_with(domain) &&
         host[host.size() - domain.size() - 1] == '.' && !net::Address::parse_numeric(host);
}

// Section 5.1.4.
bool path_matches(std::string_view path, std::string_view of_cookie) noexcept {
  if (!path.starts_with(of_cookie)) return false;
  return path.size() == of_cookie.size() || of_cookie.ends_with('/') || path[of_cookie.size()] == '/';
}

std::string default_path(std::string_view path) {
  const std::size_t last = path.rfind('/');
  return last == 0 || last == std::string_view::npos ? "/" : std::string(path.substr(0, last));
}

// HTTP dates, and the older form with hyphens that many servers send.
std::optional<SystemTime> cookie_date(std::string_view text) {
  if (const auto time = parse_http_date(text)) return time;
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '-', ' ');
  return parse_http_date(spaced);
}

bool has_control(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

}  // namespace

bool CookieJar::parse(const Url& url, std::string_view text, SystemTime now, Cookie& cookie) {
  if (text.size() > kLongest || has_control(text)) return false;
  std::size_t end = std::min(text.find(';'), text.size());
  const std::string_view pair = text.substr(0, end);
  const std::size_t equals = pair.find('=');
  if (equals == std::string_view::npos) return false;
  cookie.name = trim_whitespace(pair.substr(0, equals));
  cookie.value = trim_whitespace(pair.substr(equals + 1));
  if (cookie.name.empty()) return false;
  cookie.domain = url.host();
  cookie.path = default_path(url.path());
  cookie.expires = kNever;
  bool has_max_age = false;
  bool has_path = false;
  while (end < text.size()) {
    const std::size_t begin = end + 1;
    end = std::min(text.find(';', begin), text.size());
    const std::string_view attribute = text.substr(begin, end - begin);
    const std::size_t sign = attribute.find('=');
    const std::string_view name = trim_whitespace(attribute.substr(0, sign));
    const std::string_view value =
        sign == std::string_view::npos ? std::string_view() : trim_whitespace(attribute.substr(sign + 1));
    if (equals_ignoring_case(name, "Secure")) {
      cookie.secure = true;
    } else if (equals_ignoring_case(name, "Path")) {
      has_path = value.starts_with('/');
      cookie.path = has_path ? std::string(value) : default_path(url.path());
    } else if (equals_ignoring_case(name, "Domain")) {
      std::string domain;
      for (const char c : value.starts_with('.') ? value.substr(1) : value) domain += ascii_lower(c);
      if (domain.empty()) continue;
      if (domain == url.host()) {
        cookie.host_only = net::Address::parse_numeric(domain).has_value();
      } else if (domain.find('.') == std::string::npos || !domain_matches(url.host(), domain)) {
        return false;
      } else {
        cookie.host_only = false;
      }
      cookie.domain = std::move(domain);
    } else if (equals_ignoring_case(name, "Max-Age")) {
      std::int64_t seconds = 0;
      const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
      if (error != std::errc() || stop != value.data() + value.size()) continue;
      has_max_age = true;
      constexpr std::int64_t kYear = 400 * 24 * 3600;
      cookie.expires = seconds <= 0 ? SystemTime() : now + std::chrono::seconds(std::min(seconds, kYear));
    } else if (equals_ignoring_case(name, "Expires") && !has_max_age) {
      if (const auto date = cookie_date(value)) cookie.expires = *date;
    }
  }
  // RFC 6265bis section 4.1.3: names that promise something.
  if (cookie.secure && !url.secure()) return false;
  if (cookie.name.starts_with("__Secure-") && !cookie.secure) return false;
  if (cookie.name.starts_with("__Host-") &&
      (!cookie.secure || !cookie.host_only || !has_path || cookie.path != "/"))
    return false;
  return true;
}

void CookieJar::take(const Url& url, std::string_view set_cookie, SystemTime now) {
  Cookie cookie;
  if (!parse(url, set_cookie, now, cookie)) return;
  const std::lock_guard lock(mutex_);
  const auto same = std::find_if(cookies_.begin(), cookies_.end(), [&](const Cookie& other) {
    return other.name == cookie.name && other.domain == cookie.domain && other.path == cookie.path &&
           other.host_only == cookie.host_only;
  });
  if (same != cookies_.end()) {
    // A server without TLS must not replace what one with TLS has set.
    if (same->secure && !url.secure()) return;
    cookie.order = same->order;
    cookies_.erase(same);
  } else {
    cookie.order = ++order_;
  }
  if (cookie.expires <= now) return;
  if (cookies_.size() >= kMost) {
    std::erase_if(cookies_, [now](const Cookie& other) { return other.expires <= now; });
    if (cookies_.size() >= kMost) cookies_.erase(cookies_.begin());
  }
  cookies_.push_back(std::move(cookie));
}

std::string CookieJar::cookies_for(const Url& url, SystemTime now) {
  const std::lock_guard lock(mutex_);
  std::vector<const Cookie*> fitting;
  for (const Cookie& cookie : cookies_) {
    if (cookie.expires <= now || (cookie.secure && !url.secure())) continue;
    if (cookie.host_only ? url.host() != cookie.domain : !domain_matches(url.host(), cookie.domain)) continue;
    if (path_matches(url.path(), cookie.path)) fitting.push_back(&cookie);
  }
  std::sort(fitting.begin(), fitting.end(), [](const Cookie* a, const Cookie* b) {
    return a->path.size() != b->path.size() ? a->path.size() > b->path.size() : a->order < b->order;
  });
  std::string text;
  for (const Cookie* cookie : fitting) {
    if (!text.empty()) text += "; ";
    text.append(cookie->name).append(1, '=').append(cookie->value);
  }
  return text;
}

std::size_t CookieJar::size() const {
  const std::lock_guard lock(mutex_);
  return cookies_.size();
}

void CookieJar::clear() {
  const std::lock_guard lock(mutex_);
  cookies_.clear();
}

}  // namespace ngo::http
