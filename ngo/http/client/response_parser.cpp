#include "ngo/http/client/response_parser.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "ngo/base/text.hpp"
#include "ngo/http/scan_impl.hpp"

namespace ngo::http {
namespace {

using detail::has;

constexpr std::size_t kMaxHeadBytes = (1U << 24U) - 1;  // what the offsets of HeaderTable can hold
constexpr std::size_t kMaxReason = 1024;

constexpr std::uint64_t bit(KnownHeader header) noexcept {
  return std::uint64_t{1} << static_cast<unsigned>(header);
}
constexpr std::uint64_t kFraming =
    bit(KnownHeader::content_length) | bit(KnownHeader::transfer_encoding) | bit(KnownHeader::connection);

}  // namespace

ResponseHead::Body ResponseHead::body(Method method) const noexcept {
  if (method == Method::head || status_ < 200 || status_ == 204 || status_ == 304) return Body::none;
  if (method == Method::connect && status_ < 300) return Body::none;
  if (chunked_) return Body::chunked;
  if (has_content_length_) return content_length_ == 0 ? Body::none : Body::length;
  return Body::until_close;
}

std::optional<std::uint32_t> ResponseHead::keep_alive_seconds() const noexcept {
  if (!headers_.contains(KnownHeader::keep_alive)) return std::nullopt;
  std::string_view rest = headers_.get(KnownHeader::keep_alive);
  for (std::string_view member; next_list_member(rest, member);) {
    constexpr std::string_view kName = "timeout=";
    if (member.size() <= kName.size() || !equals_ignoring_case(member.substr(0, kName.size()), kName))
      continue;
    std::uint32_t seconds = 0;
    for (const char byte : member.substr(kName.size())) {
      if (!detail::is_digit(byte) || seconds > 1'000'000) return std::nullopt;
      seconds = seconds * 10 + static_cast<std::uint32_t>(byte - '0');
    }
    return seconds;
  }
  return std::nullopt;
}

Progress ResponseParser::fail(const char* text, int byte) noexcept {
  text_ = text;
  byte_ = static_cast<std::int16_t>(byte);
  return Progress::error;
}

std::string ResponseParser::reason() const {
  if (text_ == nullptr) return {};
  std::string sentence;
  if (whole_head_) {
  } else if (!in_fields_) {
    sentence = "status line: ";
  } else if (line_number_ != 0) {
    sentence = "header line " + std::to_string(line_number_) + ": ";
  }
  sentence += text_;
  if (byte_ > ' ' && byte_ < 0x7f) {
    sentence.append(": '").append(1, static_cast<char>(byte_)).append("'");
  } else if (byte_ >= 0) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const auto byte = static_cast<unsigned>(byte_);
    sentence.append(": 0x").append(1, kDigits[byte >> 4U]).append(1, kDigits[byte & 15U]);
  }
  return sentence;
}

// RFC 9112 section 4: HTTP-version SP status-code SP [ reason-phrase ] CRLF. The second space is often left
// out together with the phrase; that much is forgiven.
Progress ResponseParser::parse_status_line(const char* data, std::size_t size, ResponseHead& head) {
  constexpr std::string_view kPattern = "HTTP/0.0 000";  // 0: a digit
  const char* const end = data + size;
  const bool usual = size >= kPattern.size() && std::memcmp(data, "HTTP/1.1 ", 9) == 0;
  for (std::size_t at = usual ? 9 : 0; at < kPattern.size(); ++at) {
    if (at == size) return Progress::need_more;
    const bool right = kPattern[at] == '0' ? detail::is_digit(data[at]) : data[at] == kPattern[at];
    if (right) continue;
    if (at < 5) return fail("this is no HTTP/1 response; it must begin with HTTP/1.1 or HTTP/1.0");
    if (at < 9) return fail("the HTTP version must be written as HTTP/1.1 or HTTP/1.0");
    return fail("the status is no number of three digits");
  }
  if (data[5] != '1') return fail("only HTTP/1.0 and HTTP/1.1 are understood here");
  head.minor_version_ = data[7] == '0' ? 0 : 1;
  head.status_ = static_cast<std::int16_t>((data[9] - '0') * 100 + (data[10] - '0') * 10 + (data[11] - '0'));
  if (head.status_ < 100) return fail("there is no status below 100");

  const char* at = data + kPattern.size();
  if (at == end) return Progress::need_more;
  if (detail::is_digit(*at)) return fail("the status has more than three digits");
  if (*at != ' ' && *at != '\r')
    return fail("the status is followed by neither a space nor the line's end",
                static_cast<unsigned char>(*at));
  if (*at == ' ') ++at;
  const char* const line_end = detail::find<detail::EndsValue>(data, at, end);
  if (static_cast<std::size_t>(line_end - at) > kMaxReason)
    return fail("the reason phrase is longer than accepted");
  if (line_end == end) return Progress::need_more;
  if (*line_end == '\r' && line_end + 1 == end) return Progress::need_more;
  if (*line_end != '\r' || line_end[1] != '\n') return fail_line_end(line_end);
  head.reason_begin_ = static_cast<std::uint32_t>(at - data);
  head.reason_length_ = static_cast<std::uint32_t>(line_end - at);
  head.has_content_length_ = head.chunked_ = false;
  head.content_length_ = 0;
  in_fields_ = true;
  line_begin_ = static_cast<std::uint32_t>(line_end + 2 - data);
  return Progress::done;
}

// RFC 9112 section 5: *( field-name ":" OWS field-value OWS CRLF ) CRLF
Progress ResponseParser::parse_fields(const char* data, std::size_t size, ResponseHead& head) {
  const char* const end = data + size;
  const char* line = data + line_begin_;
  while (true) {
    line_begin_ = static_cast<std::uint32_t>(line - data);
    if (line == end) return Progress::need_more;
    line_number_ = static_cast<std::uint32_t>(head.headers_.size() + 1);
    if (*line == '\r') {
      if (line + 1 == end) return Progress::need_more;
      if (line[1] != '\n') return fail_line_end(line);
      head.size_ = static_cast<std::uint32_t>(line + 2 - data);
      whole_head_ = true;
      return finish(head) ? Progress::done : Progress::error;
    }
    if (head.headers_.size() >= limits_->fields) {
      whole_head_ = true;
      return fail("it has more header fields than accepted");
    }
    const char* const colon = detail::find<detail::EndsName>(data, line, end);
    const auto name_length = static_cast<std::size_t>(colon - line);
    const KnownHeader known =
        colon != end && colon != line ? detail::recognise(line, name_length, end) : KnownHeader::other;
    if (known == KnownHeader::other) {
      const char* const name_end = detail::find_not_token(line, colon);
      if (name_end == end) return Progress::need_more;
      if (name_end != colon || colon == line) return fail_name(line, name_end);
    }
    const char* value = colon + 1;
    while (value != end && detail::is_whitespace(*value)) ++value;
    const char* const line_end = detail::find<detail::EndsValue>(data, value, end);
    if (line_end == end) return Progress::need_more;
    if (*line_end == '\r' && line_end + 1 == end) return Progress::need_more;
    if (*line_end != '\r' || line_end[1] != '\n') return fail_line_end(line_end);
    const char* value_end = line_end;
    while (value_end != value && detail::is_whitespace(value_end[-1])) --value_end;
    const auto value_length = static_cast<std::size_t>(value_end - value);
    // Before the field is stored: what was there already makes a repetition.
    if ((kFraming >> static_cast<unsigned>(known) & 1U) != 0 &&
        !take_framing_field(known, {value, value_length}, head)) {
      return Progress::error;
    }
    head.headers_.add(known, line_begin_, static_cast<std::uint32_t>(name_length),
                      static_cast<std::uint32_t>(value - data), static_cast<std::uint32_t>(value_length));
    line = line_end + 2;
  }
}

// The name that begins at `name` ends at `at` with something else than a colon, or is empty.
Progress ResponseParser::fail_name(const char* name, const char* at) noexcept {
  const char byte = *at;
  if (at == name) {
    if (detail::is_whitespace(byte)) return fail("folded lines are not accepted");  // RFC 9112 section 5.2
    if (byte == ':') return fail("the field name is missing");
    if (byte == '\n') return fail("a line ends with LF alone instead of CRLF");
  }
  if (detail::is_whitespace(byte)) return fail("space before the colon");  // section 5.1
  if (byte == '\r' || byte == '\n') return fail("the line has no colon");
  return fail("the field name contains a character that is not allowed", static_cast<unsigned char>(byte));
}

// `at` is a control where only CRLF may be.
Progress ResponseParser::fail_line_end(const char* at) noexcept {
  if (*at == '\r') return fail("a CR stands without LF");
  if (*at == '\n') return fail("a line ends with LF alone instead of CRLF");
  return fail(in_fields_ ? "the field value contains a control character"
                         : "the reason phrase contains a control character",
              static_cast<unsigned char>(*at));
}

bool ResponseParser::take_framing_field(KnownHeader known, std::string_view value, ResponseHead& head) {
  if (known == KnownHeader::content_length) return take_content_length(value, head);
  if (known == KnownHeader::transfer_encoding) return take_transfer_encoding(value, head);
  return take_connection(value);
}

// RFC 9110 section 8.6: digits. No list, not even of equal numbers, and no second field.
bool ResponseParser::take_content_length(std::string_view value, ResponseHead& head) {
  constexpr std::uint64_t kMaxLength = std::numeric_limits<std::int64_t>::max();
  const auto refuse = [this](const char* text) { return fail(text) != Progress::error; };
  if (head.has_content_length_) return refuse("Content-Length is repeated");
  if (head.chunked_) return refuse("Content-Length and Transfer-Encoding exclude each other");
  if (value.empty()) return refuse("the value of Content-Length is empty");
  std::uint64_t length = 0;
  for (const char byte : value) {
    if (!detail::is_digit(byte)) return refuse("the value of Content-Length is not a number in plain digits");
    const auto digit = static_cast<unsigned>(byte - '0');
    if (length > (kMaxLength - digit) / 10)
      return refuse("the value of Content-Length is beyond any possible length");
    length = length * 10 + digit;
  }
  head.has_content_length_ = true;
  head.content_length_ = length;
  return true;
}

// RFC 9112 section 6.1: `chunked` is understood, alone. A response with another last coding would end with
// the connection (section 6.3), cut off or not: refused.
bool ResponseParser::take_transfer_encoding(std::string_view value, ResponseHead& head) {
  const auto refuse = [this](const char* text) { return fail(text) != Progress::error; };
  if (head.minor_version_ == 0) return refuse("Transfer-Encoding does not exist in HTTP/1.0");
  if (head.headers_.contains(KnownHeader::transfer_encoding)) return refuse("Transfer-Encoding is repeated");
  if (head.has_content_length_) return refuse("Content-Length and Transfer-Encoding exclude each other");
  if (!equals_ignoring_case(value, "chunked"))
    return refuse("Transfer-Encoding must be chunked, alone and once");
  head.chunked_ = true;
  return true;
}

// RFC 9110 section 7.6.1: a list of tokens, over any number of lines.
bool ResponseParser::take_connection(std::string_view value) {
  if (equals_ignoring_case(value, "keep-alive")) {
    connection_keep_alive_ = true;
    return true;
  }
  for (std::string_view member; next_list_member(value, member);) {
    if (!is_token(member)) return fail("the value of Connection is no list of tokens") != Progress::error;
    connection_close_ = connection_close_ || equals_ignoring_case(member, "close");
    connection_keep_alive_ = connection_keep_alive_ || equals_ignoring_case(member, "keep-alive");
  }
  return true;
}

// All fields are there.
bool ResponseParser::finish(ResponseHead& head) {
  // Sections 6.1 and 6.3: these never have a body, so a server that announces one would send bytes that are
  // taken for the next response. The length of 0 with 204 is common and harmless.
  if (head.status_ < 200 || head.status_ == 204) {
    if (head.chunked_ || head.content_length_ != 0)
      return fail("a body is announced with a status that never has one") != Progress::error;
  }
  // Section 9.3: close wins; HTTP/1.0 must ask to stay.
  head.keep_alive_ = !connection_close_ && (head.minor_version_ == 1 || connection_keep_alive_);
  return true;
}

Progress ResponseParser::parse(const char* data, std::size_t size, ResponseHead& head) {
  if (text_ != nullptr) return Progress::error;
  const std::size_t limit = std::min<std::size_t>(limits_->head_bytes, kMaxHeadBytes);
  const std::size_t end = std::min(size, limit);
  head.rebase(data);
  if (searched_ == 0) {
    head.headers_.clear();
  } else if (end < limit && std::memchr(data + searched_, '\n', end - searched_) == nullptr &&
             (in_fields_ || end <= kMaxReason)) {
    // A line that was cut off is parsed again only when its end has come: each byte twice at most.
    searched_ = static_cast<std::uint32_t>(end);
    return Progress::need_more;
  }
  Progress progress = Progress::done;
  if (!in_fields_) progress = parse_status_line(data, end, head);
  if (progress == Progress::done) progress = parse_fields(data, end, head);
  if (progress == Progress::need_more) {
    searched_ = static_cast<std::uint32_t>(end);
    if (end == limit) {
      whole_head_ = true;
      return fail("its head is longer than accepted");
    }
  }
  return progress;
}

}  // namespace ngo::http
