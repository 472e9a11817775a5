// The head of an HTTP/1.1 request, parsed and checked (RFC 9112 sections 2 to 6, RFC 9110).
//
// Guarantee: a request whose end two programs could see in different places is refused. One way of writing
// each thing is accepted: CRLF line ends, single spaces, one valid Host, one length or `chunked`, never both.
// What is accepted is described by offsets into the caller's bytes; an ordinary request costs no allocation.
// Bytes may arrive in any pieces: each is looked at twice at most, and the verdict does not depend on the
// pieces. Not for responses; HTTP/2 makes its heads by http2/head_builder_impl.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ngo/http/headers.hpp"
#include "ngo/http/method.hpp"
#include "ngo/http/target.hpp"

namespace ngo::http {

struct HeadLimits {
  std::uint32_t target_bytes = 8 * 1024;  // a longer target: 414
  std::uint32_t head_bytes = 32 * 1024;   // a longer head (request line, fields, empty line): 431
  std::uint32_t fields = 100;             // more field lines: 431
  QueryRule query = QueryRule::rfc3986;
};

// What the head says. Views point into the bytes given to RequestParser::parse; when the buffer has moved,
// call rebase() with the new address of the request's first byte. Reusable; about 700 bytes, little of it
// touched.
class RequestHead {
 public:
  [[nodiscard]] Method method() const noexcept { return method_; }
  [[nodiscard]] std::string_view method_name() const noexcept { return view(method_name_); }
  // The target as it was sent.
  [[nodiscard]] std::string_view target() const noexcept { return view(target_); }
  [[nodiscard]] TargetForm form() const noexcept { return form_; }
  // The path, still percent-encoded, with its leading "/"; "*" for the asterisk form, empty for the authority
  // form.
  [[nodiscard]] std::string_view path() const noexcept {
    return path_.length != 0 ? view(path_) : path_of_no_bytes();
  }
  // Whether the path holds percent escapes.
  [[nodiscard]] bool path_has_escapes() const noexcept { return path_has_escapes_; }
  [[nodiscard]] std::string_view query() const noexcept { return view(query_); }
  [[nodiscard]] bool has_query() const noexcept { return has_query_; }
  // 1, or 2 for what came by HTTP/2.
  [[nodiscard]] int major_version() const noexcept { return major_version_; }
  // 0 or 1. A higher minor version is taken as 1 (RFC 9110 section 2.5); 0 for HTTP/2.
  [[nodiscard]] int minor_version() const noexcept { return minor_version_; }
  // Whom the request is for, host[:port]: the target's authority when it has one, else the Host field (RFC
  // 9112 section 3.3). May be empty.
  [[nodiscard]] std::string_view authority() const noexcept { return view(authority_); }
  [[nodiscard]] const HeaderTable& headers() const noexcept { return headers_; }

  // The body's length as announced; nothing when no length was (no body then, unless chunked()).
  [[nodiscard]] std::optional<std::uint64_t> content_length() const noexcept {
    return has_content_length_ ? std::optional<std::uint64_t>(content_length_) : std::nullopt;
  }
  [[nodiscard]] bool chunked() const noexcept { return chunked_; }
  // Whether bytes of a body follow the head. In HTTP/2 a body of unknown length is one of chunked() form.
  [[nodiscard]] bool has_body() const noexcept { return chunked_ || content_length_ != 0; }
  // Whether the client wants the connection kept (RFC 9112 section 9.3).
  [[nodiscard]] bool keep_alive() const noexcept { return keep_alive_; }
  // Whether the client waits for 100 before it sends the body: only in HTTP/1.1 and with a body.
  [[nodiscard]] bool expect_continue() const noexcept { return expect_continue_; }
  // Whether `Connection: upgrade` came together with an Upgrade field, in HTTP/1.1.
  [[nodiscard]] bool upgrade() const noexcept { return upgrade_; }
  // The bytes of the head with its empty line(s); the body begins there.
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }

  void rebase(const char* first_byte) noexcept { headers_.rebase(first_byte); }

 private:
  friend class RequestParser;
  friend class HeadBuilder;
  // An absolute target without a path means the root, or the server as a whole (RFC 9112 section 3.2.4).
  [[nodiscard]] std::string_view path_of_no_bytes() const noexcept {
    if (form_ != TargetForm::absolute) return {};
    return method_ == Method::options && !has_query_ ? "*" : "/";
  }
  struct Range {
    std::uint32_t begin = 0;
    std::uint32_t length = 0;
  };
  [[nodiscard]] std::string_view view(Range range) const noexcept {
    return {headers_.base() + range.begin, range.length};
  }

  Range method_name_;
  Range target_;
  Range path_;
  Range query_;
  Range authority_;
  std::uint64_t content_length_ = 0;
  std::uint32_t size_ = 0;
  Method method_ = Method::unknown;
  TargetForm form_ = TargetForm::origin;
  std::uint8_t major_version_ = 1;
  std::uint8_t minor_version_ = 1;
  bool path_has_escapes_ = false;
  bool has_query_ = false;
  bool has_content_length_ = false;
  bool chunked_ = false;
  bool keep_alive_ = true;
  bool expect_continue_ = false;
  bool upgrade_ = false;
  HeaderTable headers_;
};

enum class Progress : std::uint8_t { need_more, done, error };

// Parses one request head after another. Holds no bytes: call parse() with everything from the request's
// first byte on, again with more whenever it needs more, and reset() before the next request. Not
// thread-safe. `limits` must outlive the parser.
class RequestParser {
 public:
  explicit RequestParser(const HeadLimits& limits) noexcept : limits_(&limits) {}

  // `data` is the request's first byte, `size` counts all bytes there are from it on, never fewer than
  // before, and those seen before have not changed (but may have moved). `head` is the same object until
  // done.
  //   need_more  the head is not complete;
  //   done       head.size() bytes were the head;
  //   error      status() and reason() say why; the connection cannot be used further.
  Progress parse(const char* data, std::size_t size, RequestHead& head);

  // The status to answer an error with: 400, 413, 414, 417, 431, 501 or 505.
  [[nodiscard]] int status() const noexcept { return status_; }
  // What is wrong and where, one sentence for the answer and the log: "header line 3: space before the
  // colon".
  [[nodiscard]] std::string reason() const;

  void reset() noexcept;

 private:
  enum class Phase : std::uint8_t { request_line, fields };

  Progress parse_request_line(const char* data, std::size_t end, RequestHead& head);
  Progress parse_method(const char*& position, const char* end, RequestHead& head);
  Progress parse_version(const char*& position, const char* end, RequestHead& head);
  Progress parse_fields(const char* data, std::size_t end, RequestHead& head);
  Progress fail_name(const char* name, const char* at) noexcept;
  Progress fail_line_end(const char* at) noexcept;
  Progress fail(int status, const char* text, int byte = -1) noexcept;

  // request_framing.cpp: the fields that decide where the request ends and what becomes of the connection.
  bool take_framing_field(KnownHeader known, std::uint32_t begin, std::string_view value, RequestHead& head);
  bool take_host(std::uint32_t begin, std::string_view value, RequestHead& head);
  bool take_content_length(std::string_view value, RequestHead& head);
  bool take_transfer_encoding(std::string_view value, RequestHead& head);
  bool take_connection(std::string_view value);
  bool finish(RequestHead& head);

  const HeadLimits* limits_;
  const char* text_ = nullptr;     // of the error: static text
  std::uint32_t line_begin_ = 0;   // the line that is being parsed
  std::uint32_t searched_ = 0;     // up to here that line has no end
  std::uint32_t line_number_ = 0;  // of the header line that is wrong, from 1; 0 when the whole head is
  std::int16_t byte_ = -1;         // the offending byte, or -1
  std::int16_t status_ = 0;
  Phase phase_ = Phase::request_line;
  bool skipped_empty_line_ = false;
  bool connection_close_ = false;
  bool connection_keep_alive_ = false;
  bool connection_upgrade_ = false;
  bool expects_continue_ = false;
};

}  // namespace ngo::http
