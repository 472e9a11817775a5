// The head of an HTTP/1.1 response, parsed and checked (RFC 9112 sections 4 to 6), as strictly as the server
// reads requests.
//
// Guarantee: a response whose end two programs could see in different places is refused, since what follows
// it would be taken for the answer to somebody else's request. Content-Length and Transfer-Encoding exclude
// each other, neither may be repeated, folded lines and bare line feeds are refused, and so is a body where
// there can be none. Offsets into the caller's bytes; an ordinary response costs no allocation. Not for
// HTTP/2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ngo/http/headers.hpp"
#include "ngo/http/method.hpp"
#include "ngo/http/request_parser.hpp"

namespace ngo::http {

struct ClientExchange;

struct ResponseLimits {
  std::uint32_t head_bytes = 32 * 1024;  // status line, fields, empty line
  std::uint32_t fields = 128;
};

// What the head says. Views point into the bytes given to ResponseParser::parse; when the buffer has moved,
// call rebase() with the new address of the response's first byte. Reusable.
class ResponseHead {
 public:
  // How the end of the body is found (RFC 9112 section 6.3).
  enum class Body : std::uint8_t { none, length, chunked, until_close };

  // 100 to 999.
  [[nodiscard]] int status() const noexcept { return status_; }
  // "Not Found"; may be empty.
  [[nodiscard]] std::string_view reason_phrase() const noexcept {
    return {headers_.base() + reason_begin_, reason_length_};
  }
  // 0 or 1. A higher minor version is taken as 1.
  [[nodiscard]] int minor_version() const noexcept { return minor_version_; }
  [[nodiscard]] const HeaderTable& headers() const noexcept { return headers_; }
  [[nodiscard]] std::optional<std::uint64_t> content_length() const noexcept {
    return has_content_length_ ? std::optional<std::uint64_t>(content_length_) : std::nullopt;
  }
  [[nodiscard]] bool chunked() const noexcept { return chunked_; }
  // The answer to a request of that method.
  [[nodiscard]] Body body(Method method) const noexcept;
  // Whether the server keeps the connection (RFC 9112 section 9.3), the body's end permitting.
  [[nodiscard]] bool keep_alive() const noexcept { return keep_alive_; }
  // The seconds of `Keep-Alive: timeout=`: for how long the server keeps an idle connection.
  [[nodiscard]] std::optional<std::uint32_t> keep_alive_seconds() const noexcept;
  [[nodiscard]] bool interim() const noexcept { return status_ < 200; }
  // The bytes of the head with its empty line; the body begins there.
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }

  void rebase(const char* first_byte) noexcept { headers_.rebase(first_byte); }
  // Forgets the fields.
  void clear() noexcept { headers_.clear(); }

 private:
  friend class ResponseParser;
  friend void take_http2_head(ClientExchange& x, int status);
  std::uint64_t content_length_ = 0;
  std::uint32_t reason_begin_ = 0;
  std::uint32_t reason_length_ = 0;
  std::uint32_t size_ = 0;
  std::int16_t status_ = 0;
  std::uint8_t minor_version_ = 1;
  bool has_content_length_ = false;
  bool chunked_ = false;
  bool keep_alive_ = true;
  HeaderTable headers_;
};

// Parses one response head after another. Holds no bytes: call parse() with everything from the response's
// first byte on, again with more whenever it needs more, and reset() before the next one. `limits` must
// outlive the parser.
class ResponseParser {
 public:
  explicit ResponseParser(const ResponseLimits& limits) noexcept : limits_(&limits) {}

  // As RequestParser::parse.
  Progress parse(const char* data, std::size_t size, ResponseHead& head);

  // What is wrong and where, one sentence: "header line 3: space before the colon".
  [[nodiscard]] std::string reason() const;

  void reset() noexcept { *this = ResponseParser(*limits_); }

 private:
  Progress parse_status_line(const char* data, std::size_t end, ResponseHead& head);
  Progress parse_fields(const char* data, std::size_t end, ResponseHead& head);
  Progress fail_name(const char* name, const char* at) noexcept;
  Progress fail_line_end(const char* at) noexcept;
  Progress fail(const char* text, int byte = -1) noexcept;

  bool take_framing_field(KnownHeader known, std::string_view value, ResponseHead& head);
  bool take_content_length(std::string_view value, ResponseHead& head);
  bool take_transfer_encoding(std::string_view value, ResponseHead& head);
  bool take_connection(std::string_view value);
  bool finish(ResponseHead& head);

  const ResponseLimits* limits_;
  const char* text_ = nullptr;     // of the error: static text
  std::uint32_t line_begin_ = 0;   // the line that is being parsed
  std::uint32_t searched_ = 0;     // up to here that line has no end
  std::uint32_t line_number_ = 0;  // of the header line that is wrong, from 1; 0 when the whole head is
  std::int16_t byte_ = -1;         // the offending byte, or -1
  bool in_fields_ = false;
  bool whole_head_ = false;  // the error is about all of it
  bool connection_close_ = false;
  bool connection_keep_alive_ = false;
};

}  // namespace ngo::http
