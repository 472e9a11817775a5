// The fields of a request that decide where it ends and what becomes of its connection. Each has one accepted
// spelling; whatever another implementation might read differently is refused (RFC 9112 sections 6, 9.3
// and 11.2).
#include <limits>

#include "ngo/base/text.hpp"
#include "ngo/http/characters_impl.hpp"
#include "ngo/http/request_parser.hpp"
#include "ngo/http/status.hpp"

namespace ngo::http {
namespace {

constexpr std::uint64_t kMaxLength = std::numeric_limits<std::int64_t>::max();

}  // namespace

bool RequestParser::take_framing_field(KnownHeader known, std::uint32_t begin, std::string_view value,
                                       RequestHead& head) {
  switch (known) {
    case KnownHeader::host: return take_host(begin, value, head);
    case KnownHeader::content_length: return take_content_length(value, head);
    case KnownHeader::transfer_encoding: return take_transfer_encoding(value, head);
    case KnownHeader::connection: return take_connection(value);
    default: break;
  }
  // Expect (RFC 9110 section 10.1.1): one expectation is defined.
  for (std::string_view member; next_list_member(value, member);) {
    if (!equals_ignoring_case(member, "100-continue")) {
      fail(status::kExpectationFailed, "the only expectation that can be met is 100-continue");
      return false;
    }
    expects_continue_ = true;
  }
  return true;
}

// RFC 9112 section 3.2: one, valid, and in HTTP/1.1 present. It may be empty: that is what a client sends
// whose target has no authority. An absolute target overrules it (section 3.2.2), yet it must be valid.
bool RequestParser::take_host(std::uint32_t begin, std::string_view value, RequestHead& head) {
  if (head.headers_.contains(KnownHeader::host)) {
    fail(status::kBadRequest, "Host is repeated");
    return false;
  }
  if (!value.empty() && !is_authority(value)) {
    fail(status::kBadRequest, "the value of Host is no valid host[:port]");
    return false;
  }
  if (head.form_ == TargetForm::origin || head.form_ == TargetForm::asterisk) {
    head.authority_ = {begin, static_cast<std::uint32_t>(value.size())};
  }
  return true;
}

// RFC 9110 section 8.6: digits. No list, not even of equal numbers, and no second field.
bool RequestParser::take_content_length(std::string_view value, RequestHead& head) {
  if (head.headers_.contains(KnownHeader::content_length)) {
    fail(status::kBadRequest, "Content-Length is repeated");
    return false;
  }
  if (head.chunked_) {
    fail(status::kBadRequest, "Content-Length and Transfer-Encoding exclude each other");
    return false;
  }
  std::uint64_t length = 0;
  bool too_large = false;
  for (const char byte : value) {
    if (!detail::is_digit(byte)) {
      fail(status::kBadRequest, "the value of Content-Length is not a number in plain digits");
      return false;
    }
    const auto digit = static_cast<unsigned>(byte - '0');
    too_large = too_large || length > (kMaxLength - digit) / 10;
    if (!too_large) length = length * 10 + digit;
  }
  if (value.empty()) {
    fail(status::kBadRequest, "the value of Content-Length is empty");
    return false;
  }
  if (too_large) {
    fail(status::kContentTooLarge, "the value of Content-Length is beyond any possible length");
    return false;
  }
  head.has_content_length_ = true;
  head.content_length_ = length;
  return true;
}

// RFC 9112 section 6.1: `chunked` is understood, alone. Where it is not the last coding the end of the
// request cannot be known (section 6.3): 400. Where it is, behind others, the others are what is not
// implemented: 501.
bool RequestParser::take_transfer_encoding(std::string_view value, RequestHead& head) {
  if (head.minor_version_ == 0) {
    fail(status::kBadRequest, "Transfer-Encoding does not exist in HTTP/1.0");
    return false;
  }
  if (head.headers_.contains(KnownHeader::transfer_encoding)) {
    fail(status::kBadRequest, "Transfer-Encoding is repeated");
    return false;
  }
  if (head.has_content_length_) {
    fail(status::kBadRequest, "Content-Length and Transfer-Encoding exclude each other");
    return false;
  }
  if (equals_ignoring_case(value, "chunked")) {
    head.chunked_ = true;
    return true;
  }
  bool last_is_chunked = false;
  std::size_t times_chunked = 0;
  std::size_t others = 0;
  for (std::string_view member; next_list_member(value, member);) {
    last_is_chunked = equals_ignoring_case(member, "chunked");
    ++(last_is_chunked ? times_chunked : others);
  }
  if (last_is_chunked && times_chunked == 1 && others > 0) {
    fail(status::kNotImplemented, "the only transfer coding that is implemented is chunked, alone");
  } else {
    fail(status::kBadRequest, "Transfer-Encoding must be chunked, once");
  }
  return false;
}

// RFC 9110 section 7.6.1: a list of tokens, over any number of lines. Options that mean nothing here are
// ignored.
bool RequestParser::take_connection(std::string_view value) {
  if (equals_ignoring_case(value, "keep-alive")) {  // what browsers send
    connection_keep_alive_ = true;
    return true;
  }
  for (std::string_view member; next_list_member(value, member);) {
    if (!is_token(member)) {
      fail(status::kBadRequest, "the value of Connection is no list of tokens");
      return false;
    }
    connection_close_ = connection_close_ || equals_ignoring_case(member, "close");
    connection_keep_alive_ = connection_keep_alive_ || equals_ignoring_case(member, "keep-alive");
    connection_upgrade_ = connection_upgrade_ || equals_ignoring_case(member, "upgrade");
  }
  return true;
}

// All fields are there.
bool RequestParser::finish(RequestHead& head) {
  const bool version_1_1 = head.minor_version_ == 1;
  if (version_1_1 && !head.headers_.contains(KnownHeader::host)) {
    fail(status::kBadRequest, "the Host header field is missing");
    return false;
  }
  // RFC 9112 section 9.3: close wins; HTTP/1.0 must ask to stay.
  head.keep_alive_ = !connection_close_ && (version_1_1 || connection_keep_alive_);
  // RFC 9110 section 10.1.1: ignored in HTTP/1.0; there is nothing to wait for without a body.
  head.expect_continue_ = expects_continue_ && version_1_1 && head.has_body();
  // Section 7.8: an Upgrade field counts only with its connection option, and never in HTTP/1.0.
  head.upgrade_ = connection_upgrade_ && version_1_1 && head.headers_.contains(KnownHeader::upgrade);
  return true;
}

}  // namespace ngo::http
