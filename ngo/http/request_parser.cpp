#include "ngo/http/request_parser.hpp"

#include <algorithm>
#include <cstring>

#include "ngo/http/scan_impl.hpp"
#include "ngo/http/status.hpp"

namespace ngo::http {
namespace {

using detail::has;

constexpr std::size_t kMaxHeadBytes = (1U << 24U) - 1;  // what the offsets of HeaderTable can hold
constexpr std::size_t kMaxMethodBytes = 32;
constexpr std::size_t kVersionBytes = 10;  // with its CRLF

using detail::EndsName;
using detail::EndsTarget;
using detail::EndsValue;
using detail::find;
using detail::find_not_token;
using detail::recognise;

constexpr std::uint64_t bit(KnownHeader header) noexcept {
  return std::uint64_t{1} << static_cast<unsigned>(header);
}

constexpr std::uint64_t kFraming = bit(KnownHeader::host) | bit(KnownHeader::content_length) |
                                   bit(KnownHeader::transfer_encoding) | bit(KnownHeader::connection) |
                                   bit(KnownHeader::expect);

std::uint64_t load_word(const char* from) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, from, sizeof word);
  return word;
}

}  // namespace

void RequestParser::reset() noexcept { *this = RequestParser(*limits_); }

Progress RequestParser::fail(int status, const char* text, int byte) noexcept {
  status_ = static_cast<std::int16_t>(status);
  text_ = text;
  byte_ = static_cast<std::int16_t>(byte);
  return Progress::error;
}

std::string RequestParser::reason() const {
  if (text_ == nullptr) return {};
  std::string sentence;
  if (phase_ == Phase::request_line) {
    sentence = "request line: ";
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

// The parts of the request line are called from one place each; inlined they cost a tenth of a small request
// less.

// Takes the method and the space behind it. A longer one than any that is known is answered with 501 (section
// 3).
[[gnu::always_inline]] inline Progress RequestParser::parse_method(const char*& position, const char* end,
                                                                   RequestHead& head) {
  const char* const begin = position;
  const auto take = [&](Method method, std::size_t length) {
    head.method_ = method;
    head.method_name_ = {static_cast<std::uint32_t>(begin - head.headers_.base()),
                         static_cast<std::uint32_t>(length)};
    position = begin + length + 1;
    return Progress::done;
  };
  if (end - begin >= 4 && std::memcmp(begin, "GET ", 4) == 0) return take(Method::get, 3);
  if (end - begin >= 5 && std::memcmp(begin, "POST ", 5) == 0) return take(Method::post, 4);

  const char* const reach =
      end - begin > static_cast<std::ptrdiff_t>(kMaxMethodBytes) ? begin + kMaxMethodBytes : end;
  const char* const method_end = find_not_token(begin, reach);
  if (method_end == end) return Progress::need_more;
  const auto length = static_cast<std::size_t>(method_end - begin);
  if (*method_end != ' ') {
    if (has(*method_end, detail::kToken)) {
      return fail(status::kNotImplemented, "the method is longer than any that is implemented");
    }
    if (*method_end == '\r' || *method_end == '\n') {
      return fail(status::kBadRequest, length == 0 ? "the line is empty" : "the target is missing");
    }
    return fail(status::kBadRequest, "the method contains a character that is not allowed",
                static_cast<unsigned char>(*method_end));
  }
  if (length == 0) return fail(status::kBadRequest, "a space stands before the method");
  return take(method_from_string({begin, length}), length);
}

// Takes "HTTP/1.1" and the line end. RFC 9112 section 2.3: case-sensitive, one digit each.
[[gnu::always_inline]] inline Progress RequestParser::parse_version(const char*& position, const char* end,
                                                                    RequestHead& head) {
  constexpr std::string_view kPattern = "HTTP/0.0\r\n";  // 0: a digit
  const char* const begin = position;
  const bool complete = end - begin >= static_cast<std::ptrdiff_t>(kVersionBytes);
  if (complete && load_word(begin) == load_word("HTTP/1.1") && begin[8] == '\r' && begin[9] == '\n') {
    head.minor_version_ = 1;
    position = begin + kVersionBytes;
    return Progress::done;
  }
  for (std::size_t at = 0; at < kVersionBytes; ++at) {
    if (begin + at == end) return Progress::need_more;
    const bool right = kPattern[at] == '0' ? detail::is_digit(begin[at]) : begin[at] == kPattern[at];
    if (right) continue;
    if (at == 0 && begin[at] == ' ') return fail(status::kBadRequest, "two spaces before the HTTP version");
    if (at >= 8) return fail(status::kBadRequest, "the line does not end with CRLF after the HTTP version");
    return fail(status::kBadRequest, "the HTTP version must be written as HTTP/1.1 or HTTP/1.0");
  }
  if (begin[5] != '1')
    return fail(status::kHttpVersionNotSupported, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  head.minor_version_ =
      begin[7] == '0' ? 0 : 1;  // RFC 9110 section 2.5: a higher minor version is taken as 1
  position = begin + kVersionBytes;
  return Progress::done;
}

// RFC 9112 section 3: method SP request-target SP HTTP-version CRLF, with exactly these spaces.
[[gnu::always_inline]] inline Progress RequestParser::parse_request_line(const char* data, std::size_t size,
                                                                         RequestHead& head) {
  const char* const end = data + size;
  const char* position = data + line_begin_;
  if (position == end) return Progress::need_more;

  // Section 2.2 asks to ignore at least one empty line here, for clients that end a body with a CRLF that is
  // not counted. One it is: more would only be a way to keep a connection busy.
  if (*position == '\r' && !skipped_empty_line_) {
    if (position + 1 == end) return Progress::need_more;
    if (position[1] != '\n') return fail_line_end(position);
    skipped_empty_line_ = true;
    position += 2;
    line_begin_ += 2;
    if (position == end) return Progress::need_more;
  }

  Progress progress = parse_method(position, end, head);
  if (progress != Progress::done) return progress;

  const char* const target = position;
  const char* const target_end = find<EndsTarget>(data, target, end);
  const auto target_length = static_cast<std::size_t>(target_end - target);
  if (target_length > limits_->target_bytes) {
    return fail(status::kUriTooLong, "the target is longer than this server accepts");
  }
  if (target_end == end) return Progress::need_more;
  if (*target_end != ' ') {
    if (*target_end == '\r' || *target_end == '\n')
      return fail(status::kBadRequest, "the HTTP version is missing");
    return fail(status::kBadRequest, "the target contains a byte that is no visible ASCII character",
                static_cast<unsigned char>(*target_end));
  }
  if (target_length == 0) return fail(status::kBadRequest, "two spaces before the target");

  position = target_end + 1;
  progress = parse_version(position, end, head);
  if (progress != Progress::done) return progress;

  Target parsed;
  if (const TargetProblem problem =
          parse_target(head.method_, {target, target_length}, limits_->query, parsed)) {
    return fail(status::kBadRequest, problem.text, problem.byte);
  }
  const auto range = [data](const char* begin, std::size_t length) {
    return RequestHead::Range{static_cast<std::uint32_t>(begin - data), static_cast<std::uint32_t>(length)};
  };
  const auto range_of = [&](std::string_view part) {
    return part.empty() ? RequestHead::Range{} : range(part.data(), part.size());
  };
  const bool path_was_sent = parsed.path.data() >= target && parsed.path.data() < target_end;
  head.major_version_ = 1;
  head.target_ = range(target, target_length);
  head.form_ = parsed.form;
  head.path_ = path_was_sent ? range_of(parsed.path) : RequestHead::Range{};
  head.query_ = range_of(parsed.query);
  head.authority_ = range_of(parsed.authority);
  head.has_query_ = parsed.has_query;
  head.path_has_escapes_ = parsed.has_escapes;
  head.has_content_length_ = head.chunked_ = head.expect_continue_ = head.upgrade_ = false;
  head.content_length_ = 0;

  phase_ = Phase::fields;
  line_begin_ = static_cast<std::uint32_t>(position - data);
  return Progress::done;
}

// RFC 9112 section 5: *( field-name ":" OWS field-value OWS CRLF ) CRLF
Progress RequestParser::parse_fields(const char* data, std::size_t size, RequestHead& head) {
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
      line_number_ = 0;
      return finish(head) ? Progress::done : Progress::error;
    }
    if (head.headers_.size() >= limits_->fields) {
      line_number_ = 0;
      return fail(status::kRequestHeaderFieldsTooLarge,
                  "the request has more header fields than this server accepts");
    }

    const char* const colon = find<EndsName>(data, line, end);
    const auto name_length = static_cast<std::size_t>(colon - line);
    const KnownHeader known =
        colon != end && colon != line ? recognise(line, name_length, end) : KnownHeader::other;
    if (known == KnownHeader::other) {
      const char* const name_end = find_not_token(line, colon);
      if (name_end == end) return Progress::need_more;
      if (name_end != colon || colon == line) return fail_name(line, name_end);
    }

    const char* value = colon + 1;
    while (value != end && detail::is_whitespace(*value)) ++value;
    const char* const line_end = find<EndsValue>(data, value, end);
    if (line_end == end || line_end + 1 == end) {
      if (line_end == end || *line_end == '\r') return Progress::need_more;
    }
    if (*line_end != '\r' || line_end[1] != '\n') return fail_line_end(line_end);
    const char* value_end = line_end;
    while (value_end != value && detail::is_whitespace(value_end[-1])) --value_end;

    const auto value_begin = static_cast<std::uint32_t>(value - data);
    const auto value_length = static_cast<std::size_t>(value_end - value);
    // Before the field is stored: what was there already makes a repetition.
    if ((kFraming >> static_cast<unsigned>(known) & 1U) != 0 &&
        !take_framing_field(known, value_begin, {value, value_length}, head)) {
      return Progress::error;
    }
    head.headers_.add(known, line_begin_, static_cast<std::uint32_t>(name_length), value_begin,
                      static_cast<std::uint32_t>(value_length));
    line = line_end + 2;
  }
}

// The name that begins at `name` ends at `at` with something else than a colon, or is empty.
Progress RequestParser::fail_name(const char* name, const char* at) noexcept {
  const char byte = *at;
  if (at == name) {
    // Section 5.2: obs-fold is refused, and so is a first line that looks like one (section 2.2).
    if (detail::is_whitespace(byte)) return fail(status::kBadRequest, "folded lines are not accepted");
    if (byte == ':') return fail(status::kBadRequest, "the field name is missing");
    if (byte == '\n') return fail(status::kBadRequest, "a line ends with LF alone instead of CRLF");
  }
  if (detail::is_whitespace(byte)) return fail(status::kBadRequest, "space before the colon");  // section 5.1
  if (byte == '\r' || byte == '\n') return fail(status::kBadRequest, "the line has no colon");
  return fail(status::kBadRequest, "the field name contains a character that is not allowed",
              static_cast<unsigned char>(byte));
}

// `at` is a control where only CRLF may be.
Progress RequestParser::fail_line_end(const char* at) noexcept {
  if (*at == '\r') return fail(status::kBadRequest, "a CR stands without LF");
  if (*at == '\n') return fail(status::kBadRequest, "a line ends with LF alone instead of CRLF");
  return fail(status::kBadRequest, "the field value contains a control character",
              static_cast<unsigned char>(*at));
}

Progress RequestParser::parse(const char* data, std::size_t size, RequestHead& head) {
  if (status_ != 0) return Progress::error;
  const std::size_t limit = std::min<std::size_t>(limits_->head_bytes, kMaxHeadBytes);
  const std::size_t end = std::min(size, limit);
  head.rebase(data);
  if (searched_ == 0) {
    head.headers_.clear();
  } else {
    // A line that was cut off is parsed again only when its end has come, or when it has become too long to
    // be right: so each byte is parsed twice at most, in whatever pieces it comes.
    const bool may_be_too_long =
        phase_ == Phase::request_line && end - line_begin_ > kMaxMethodBytes + 1 + limits_->target_bytes;
    if (end < limit && !may_be_too_long && std::memchr(data + searched_, '\n', end - searched_) == nullptr) {
      searched_ = static_cast<std::uint32_t>(end);
      return Progress::need_more;
    }
  }
  Progress progress = Progress::done;
  if (phase_ == Phase::request_line) progress = parse_request_line(data, end, head);
  if (progress == Progress::done) progress = parse_fields(data, end, head);
  if (progress == Progress::need_more) {
    searched_ = static_cast<std::uint32_t>(end);
    if (end == limit) {
      line_number_ = 0;
      return fail(status::kRequestHeaderFieldsTooLarge,
                  "the request head is longer than this server accepts");
    }
  }
  return progress;
}

}  // namespace ngo::http
