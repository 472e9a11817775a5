#include "ngo/http/client/url.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>

#include "ngo/base/error.hpp"
#include "ngo/base/text.hpp"
#include "ngo/codec/url.hpp"
#include "ngo/config/secret.hpp"
#include "ngo/http/characters_impl.hpp"
#include "ngo/net/address.hpp"

namespace ngo {
namespace {

namespace byte = http::detail;
constexpr std::size_t kNone = std::string_view::npos;
constexpr std::size_t kLongest = 64 * 1024;

// scheme, RFC 3986 section 3.1; the length before the colon, or none.
std::size_t scheme_of(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = byte::to_lower(text[at]);
    if (c == ':' && at > 0) return at;
    const bool letter = c >= 'a' && c <= 'z';
    if (!letter && (at == 0 || !(byte::is_digit(c) || c == '+' || c == '-' || c == '.'))) return kNone;
  }
  return kNone;
}

bool is_unix(std::string_view scheme) noexcept { return scheme == "http+unix"; }

// Appends the text with everything escaped that has `not_allowed`; escapes in it stay. False: a broken escape
// or a control character.
const char* append_encoded(std::string& out, std::string_view text, std::uint8_t not_allowed) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '%') {
      if (!byte::is_escape(text, at)) return "a percent sign must be followed by two hexadecimal digits";
      out.append(text.substr(at, 3));
      at += 2;
    } else if (!byte::has(c, not_allowed)) {
      std::size_t end = at + 1;
      while (end < text.size() && text[end] != '%' && !byte::has(text[end], not_allowed)) ++end;
      out.append(text, at, end - at);
      at = end - 1;
    } else {
      const auto value = static_cast<unsigned char>(c);
      if (value < 0x20 || value == 0x7f) return "it has a control character";
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      out.append(1, '%').append(1, kDigits[value >> 4U]).append(1, kDigits[value & 15U]);
    }
  }
  return nullptr;
}

void append_lower(std::string& out, std::string_view text) {
  const std::size_t begin = out.size();
  out += text;
  for (std::size_t at = begin; at < out.size(); ++at) out[at] = byte::to_lower(out[at]);
}

// "." and ".." also where a dot is written as %2e, since servers may decode before they resolve.
std::size_t dots_of(std::string_view segment) noexcept {
  std::size_t dots = 0;
  while (!segment.empty()) {
    if (segment.front() == '.') {
      segment.remove_prefix(1);
    } else if (segment.size() >= 3 && segment[0] == '%' && segment[1] == '2' &&
               byte::to_lower(segment[2]) == 'e') {
      segment.remove_prefix(3);
    } else {
      return 0;
    }
    if (++dots > 2) return 0;
  }
  return dots;
}

// RFC 3986 section 5.2.4, in place of the path that begins at `begin` of `text`.
void remove_dot_segments(std::string& text, std::size_t begin) {
  if (text.find("/.", begin) == kNone && text.find("/%2", begin) == kNone) return;
  const std::string path = text.substr(begin);
  text.resize(begin);
  for (std::size_t at = 0; at < path.size();) {
    std::size_t end = path.find('/', at + 1);
    if (end == kNone) end = path.size();
    const std::string_view segment = std::string_view(path).substr(at + 1, end - at - 1);
    const std::size_t dots = dots_of(segment);
    if (dots == 0) {
      text.append(1, '/').append(segment);
    } else {
      if (dots == 2) text.resize(std::max(begin, text.size() > begin ? text.rfind('/') : begin));
      if (end == path.size()) text += '/';
    }
    at = end;
  }
}

}  // namespace

// "//" has been taken. Appends host[:port].
const char* Url::take_authority(std::string_view text) {
  if (text.find('@') != kNone) {
    const std::size_t at = text.rfind('@');
    const char* problem = append_encoded(user_info_, text.substr(0, at), byte::kNotPath);
    if (problem != nullptr) return problem;
    text.remove_prefix(at + 1);
  }
  authority_begin_ = static_cast<std::uint32_t>(text_.size());
  if (is_unix(scheme())) {
    if (!url::decode_path(text, socket_path_) || socket_path_.empty() || socket_path_.front() != '/')
      return "behind http+unix:// there must be the socket's path, percent-encoded: %2Frun%2Fapp.sock";
    if (socket_path_.find('\0') != kNone) return "the socket's path has a NUL";
    text_.append(url::encode_segment(socket_path_));
    host_begin_ = host_end_ = authority_begin_;
    return nullptr;
  }
  std::string_view host;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find(']');
    if (bracket == kNone) return "an IPv6 address must end with ]";
    host = text.substr(1, bracket - 1);
    const auto address = net::Address::parse_numeric(host);
    if (!address || address->family() != net::Address::Family::ipv6)
      return "between [ and ] there must be an IPv6 address";
    host_begin_ = authority_begin_ + 1;
    text_.append(1, '[');
    port = text.substr(bracket + 1);
    if (!port.empty() && port.front() != ':') return "behind ] there may only be a port";
  } else {
    const std::size_t colon = text.find(':');
    host = text.substr(0, colon);
    if (host.empty()) return "the host is missing";
    for (const char c : host) {
      if (byte::has(c, byte::kRegisteredName)) continue;
      return static_cast<unsigned char>(c) >= 0x80
                 ? "a host with letters beyond ASCII must be written in punycode (xn--...)"
                 : "the host has a character that is not allowed";
    }
    host_begin_ = authority_begin_;
    if (colon != kNone) port = text.substr(colon);
  }
  append_lower(text_, host);
  host_end_ = static_cast<std::uint32_t>(text_.size());
  if (host_begin_ != authority_begin_) text_ += ']';
  port_ = secure_ ? 443 : 80;
  if (port.size() > 1) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(port.data() + 1, port.data() + port.size(), value);
    if (error != std::errc() || end != port.data() + port.size() || value == 0 || value > 65535)
      return "the port must be a number from 1 to 65535";
    if (value != port_) {
      if (port[1] != '0') {
        text_ += port;  // as it would be written anyway
      } else {
        text_.append(1, ':').append(std::to_string(value));
      }
    }
    port_ = static_cast<std::uint16_t>(value);
  }
  return nullptr;
}

const char* Url::take_path_and_query(std::string_view path, std::string_view query, bool with_query) {
  path_begin_ = static_cast<std::uint32_t>(text_.size());
  if (!path.starts_with('/')) text_ += '/';
  if (const char* problem = append_encoded(text_, path, byte::kNotPath)) return problem;
  remove_dot_segments(text_, path_begin_);
  path_end_ = static_cast<std::uint32_t>(text_.size());
  if (!with_query) return nullptr;
  text_ += '?';
  return append_encoded(text_, query, byte::kNotQuery);
}

// Keeps the memory, for the next URL.
void Url::clear() noexcept {
  for (std::string* part : {&text_, &user_info_, &fragment_, &socket_path_}) part->clear();
  scheme_end_ = authority_begin_ = host_begin_ = host_end_ = path_begin_ = path_end_ = 0;
  port_ = 0;
  secure_ = false;
}

bool Url::parse(std::string_view text, Url& out, std::string& problem) {
  const auto refuse = [&problem](std::string_view why) {
    problem = why;
    return false;
  };
  out.clear();
  text = trim(text);
  if (text.empty()) return refuse("it is empty");
  if (text.size() > kLongest) return refuse("it is longer than 64 KiB");
  const std::size_t colon = scheme_of(text);
  if (colon == kNone || text.substr(colon, 3) != "://")
    return refuse("it must begin with http://, https:// or http+unix://");
  out.text_.reserve(text.size() + 2);
  append_lower(out.text_, text.substr(0, colon));
  out.scheme_end_ = static_cast<std::uint32_t>(colon);
  out.secure_ = out.scheme() == "https";
  if (!out.secure_ && out.scheme() != "http" && !is_unix(out.scheme()))
    return refuse("its scheme must be http, https or http+unix");
  out.text_ += "://";

  std::string_view rest = text.substr(colon + 3);
  if (const std::size_t hash = rest.find('#'); hash != kNone) {
    out.fragment_ = rest.substr(hash + 1);
    rest = rest.substr(0, hash);
  }
  std::size_t authority_end = 0;
  while (authority_end < rest.size() && rest[authority_end] != '/' && rest[authority_end] != '?')
    ++authority_end;
  const char* wrong = out.take_authority(rest.substr(0, authority_end));
  if (wrong != nullptr) return refuse(wrong);
  rest.remove_prefix(authority_end);
  const std::size_t question = rest.find('?');
  wrong = out.take_path_and_query(rest.substr(0, question),
                                  question == kNone ? std::string_view() : rest.substr(question + 1),
                                  question != kNone);
  if (wrong != nullptr) return refuse(wrong);
  return true;
}

Url& Url::assign(std::string_view text) {
  std::string problem;
  if (parse(text, *this, problem)) return *this;
  throw Error(Code::invalid_argument,
              "\"" + config::mask_urls(text.substr(0, 200)) + "\" is no URL that can be called: " + problem);
}

Url Url::join(std::string_view reference) const {
  reference = trim(reference);
  if (const std::size_t colon = scheme_of(reference); colon != kNone) return Url(reference);
  if (reference.starts_with("//")) return Url(std::string(scheme()).append(1, ':').append(reference));
  std::string whole;
  if (reference.starts_with('/')) {
    whole.append(origin()).append(reference);
  } else if (reference.empty()) {
    whole = text_;
  } else if (reference.starts_with('?')) {
    whole.append(origin()).append(path()).append(reference);
  } else if (reference.starts_with('#')) {
    whole.append(text_).append(reference);
  } else {
    whole.append(origin()).append(path().substr(0, path().rfind('/') + 1)).append(reference);
  }
  Url joined(whole);
  joined.user_info_ = user_info_;
  return joined;
}

void Url::add_raw_query(std::string_view encoded) {
  if (encoded.empty()) return;
  text_ += !has_query() ? '?' : '&';
  if (text_.ends_with("?&")) text_.pop_back();
  text_ += encoded;
}

void Url::add_query(std::string_view key, std::string_view value) {
  std::string pair = url::encode_query(key);
  pair.append(1, '=').append(url::encode_query(value));
  add_raw_query(pair);
}

std::string Url::masked() const {
  if (!has_query()) return text_;
  std::string shown(part(0, path_end_));
  char before = '?';
  std::string_view rest = query();
  while (true) {
    const std::size_t end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    const std::size_t equals = pair.find('=');
    shown += before;
    before = '&';
    if (equals != kNone && config::is_secret_name(pair.substr(0, equals))) {
      shown.append(pair.substr(0, equals + 1)).append(config::kMask);
    } else {
      shown += pair;
    }
    if (end == kNone) return shown;
    rest.remove_prefix(end + 1);
  }
}

void UrlArgument::set(std::int64_t value) noexcept {
  const auto result = std::to_chars(digits_, digits_ + sizeof digits_, value);
  text_ = {digits_, static_cast<std::size_t>(result.ptr - digits_)};
}
void UrlArgument::set(std::uint64_t value) noexcept {
  const auto result = std::to_chars(digits_, digits_ + sizeof digits_, value);
  text_ = {digits_, static_cast<std::size_t>(result.ptr - digits_)};
}

namespace http {
namespace {

[[noreturn]] void refuse_expansion(std::string_view pattern, std::string_view why) {
  throw Error(Code::invalid_argument, "the URL \"" + std::string(pattern) + "\": " + std::string(why));
}

}  // namespace

std::string expand_url(std::string_view pattern, std::span<const UrlArgument* const> arguments) {
  std::string url;
  url.reserve(pattern.size() + 16 * arguments.size());
  // Where the path begins: behind the authority of an absolute URL, at once in "/users/{id}".
  const std::size_t scheme = pattern.find("://");
  const bool absolute = scheme != kNone && scheme < pattern.find('/');
  const std::size_t path = absolute ? pattern.find_first_of("/?#", scheme + 3) : 0;
  std::size_t used = 0;
  std::size_t segment = 0;  // of `url`: where the segment begins that an argument stands in
  bool in_query = false;
  bool replaced = false;  // something in this segment
  const auto end_segment = [&] {
    const std::string_view made = std::string_view(url).substr(segment);
    if (replaced && !in_query && (made.empty() || dots_of(made) != 0))
      refuse_expansion(pattern, "an argument makes a segment of the path empty, \".\" or \"..\"");
    replaced = false;
  };
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (c != '{') {
      if (c == '/' || c == '?' || c == '#') {
        end_segment();
        in_query = in_query || c != '/';
        segment = url.size() + 1;
      }
      url += c;
      continue;
    }
    const std::size_t close = pattern.find('}', at);
    if (close == kNone) refuse_expansion(pattern, "a { has no }");
    if (path == kNone || at < path)
      refuse_expansion(pattern, "a placeholder must not stand in the authority");
    if (used == arguments.size())
      refuse_expansion(pattern, "it has more placeholders than there are arguments (" +
                                    std::to_string(arguments.size()) + ")");
    const std::string_view value = arguments[used++]->text();
    url += in_query ? url::encode_query(value) : url::encode_segment(value);
    replaced = true;
    at = close;
  }
  end_segment();
  if (used != arguments.size())
    refuse_expansion(pattern, "it has " + std::to_string(used) + " placeholders for " +
                                  std::to_string(arguments.size()) + " arguments");
  return url;
}

}  // namespace http
}  // namespace ngo
