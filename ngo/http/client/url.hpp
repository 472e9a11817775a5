// A URL to be called: http, https, or http+unix (a Unix socket: http+unix://%2Frun%2Fapp.sock/path).
//
// parse() normalises: scheme and host in lower case, the scheme's own port left out, dot segments resolved,
// what RFC 3986 does not allow percent-encoded. Broken escapes, control characters and hosts that are none
// are refused. Two URLs are equal when their texts are. A value.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace ngo {

class Url {
 public:
  Url() = default;
  // Throws Error{invalid_argument} that says what is wrong with which URL.
  explicit Url(std::string_view text) { assign(text); }
  // The same with the memory that is there.
  Url& assign(std::string_view text);

  // The same without an exception: false, and `problem` says why ("the host is missing").
  [[nodiscard]] static bool parse(std::string_view text, Url& out, std::string& problem);
  // Resolves a reference, such as a Location field's, against this URL (RFC 3986 section 5.2). Throws
  // Error{invalid_argument}.
  [[nodiscard]] Url join(std::string_view reference) const;

  // "http", "https" or "http+unix".
  [[nodiscard]] std::string_view scheme() const noexcept { return part(0, scheme_end_); }
  // Whether it is spoken over TLS.
  [[nodiscard]] bool secure() const noexcept { return secure_; }
  // In lower case; an IPv6 address without its brackets; empty for a Unix socket.
  [[nodiscard]] std::string_view host() const noexcept { return part(host_begin_, host_end_); }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  // The path of the Unix socket; empty for the rest.
  [[nodiscard]] const std::string& socket_path() const noexcept { return socket_path_; }
  // host[:port] as it stands in a Host field; the scheme's own port is left out.
  [[nodiscard]] std::string_view authority() const noexcept { return part(authority_begin_, path_begin_); }
  // "https://example.com:8443": who is asked. Two URLs with the same origin are served by the same server.
  [[nodiscard]] std::string_view origin() const noexcept { return part(0, path_begin_); }
  // Percent-encoded, with its leading "/".
  [[nodiscard]] std::string_view path() const noexcept { return part(path_begin_, path_end_); }
  // Without the "?".
  [[nodiscard]] std::string_view query() const noexcept {
    return has_query() ? part(path_end_ + 1, static_cast<std::uint32_t>(text_.size())) : std::string_view();
  }
  [[nodiscard]] bool has_query() const noexcept { return path_end_ < text_.size(); }
  // Path and query, as a request line has them.
  [[nodiscard]] std::string_view target() const noexcept {
    return part(path_begin_, static_cast<std::uint32_t>(text_.size()));
  }
  // "user:password", still percent-encoded; empty when there is none. In no text that this class gives out.
  [[nodiscard]] const std::string& user_info() const noexcept { return user_info_; }
  // Without the "#".
  [[nodiscard]] const std::string& fragment() const noexcept { return fragment_; }
  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

  // Appends key=value, percent-encoded.
  void add_query(std::string_view key, std::string_view value);
  // Appends to the query what is encoded already ("a=1&b=2").
  void add_raw_query(std::string_view encoded);

  // Without user information and fragment.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  // For messages and logs: values of query parameters whose names tell of a secret are masked.
  [[nodiscard]] std::string masked() const;

  friend bool operator==(const Url& a, const Url& b) noexcept { return a.text_ == b.text_; }

 private:
  [[nodiscard]] std::string_view part(std::uint32_t begin, std::uint32_t end) const noexcept {
    return std::string_view(text_).substr(begin, end - begin);
  }
  void clear() noexcept;
  const char* take_authority(std::string_view text);
  const char* take_path_and_query(std::string_view path, std::string_view query, bool with_query);

  std::string text_;
  std::string user_info_;
  std::string fragment_;
  std::string socket_path_;
  std::uint32_t scheme_end_ = 0;
  std::uint32_t authority_begin_ = 0;
  std::uint32_t host_begin_ = 0;
  std::uint32_t host_end_ = 0;
  std::uint32_t path_begin_ = 0;
  std::uint32_t path_end_ = 0;
  std::uint16_t port_ = 0;
  bool secure_ = false;
};

// One value for a "{placeholder}" of a URL: a number, bool or text. Refers to text that it was made of.
class UrlArgument {
 public:
  // NOLINTBEGIN(google-explicit-constructor): arguments of get("/users/{id}", id)
  template <class T>
    requires std::is_integral_v<T>
  UrlArgument(T value) noexcept {
    if constexpr (std::is_same_v<T, bool>) {
      text_ = value ? "true" : "false";
    } else if constexpr (std::is_signed_v<T>) {
      set(static_cast<std::int64_t>(value));
    } else {
      set(static_cast<std::uint64_t>(value));
    }
  }
  UrlArgument(std::string_view text) noexcept : text_(text) {}
  UrlArgument(const std::string& text) noexcept : text_(text) {}
  UrlArgument(const char* text) noexcept : text_(text) {}
  // NOLINTEND(google-explicit-constructor)
  UrlArgument(const UrlArgument&) = delete;
  UrlArgument& operator=(const UrlArgument&) = delete;

  [[nodiscard]] std::string_view text() const noexcept { return text_; }

 private:
  void set(std::int64_t value) noexcept;
  void set(std::uint64_t value) noexcept;
  std::string_view text_;
  char digits_[20];  // not initialised
};

namespace http {

// Puts the arguments in place of the placeholders of "http://users/{id}/posts?tag={tag}", in their order and
// percent-encoded, so that no value can add a segment, a parameter or a host. Throws Error{invalid_argument}
// when there are more or fewer arguments than placeholders, for a placeholder in the authority, and for a
// segment of the path that an argument makes empty, "." or "..".
[[nodiscard]] std::string expand_url(std::string_view pattern, std::span<const UrlArgument* const> arguments);

}  // namespace http
}  // namespace ngo
