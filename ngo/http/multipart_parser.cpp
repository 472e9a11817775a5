#include "ngo/http/multipart_parser.hpp"

#include <algorithm>
#include <utility>

#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"
#include "ngo/base/utf8.hpp"
#include "ngo/http/content_type.hpp"
#include "ngo/http/headers.hpp"
#include "ngo/http/problem.hpp"
#include "ngo/http/status.hpp"

namespace ngo::http {
namespace {

constexpr std::size_t kLargestPreamble = 1024;
constexpr std::size_t kLongestPadding = 64;  // blanks between a boundary and its line's end
constexpr std::size_t kMostHeaders = 16;

// bchars of RFC 2046, without a blank at the end.
bool is_boundary(std::string_view text) noexcept {
  constexpr std::string_view kOthers = "'()+_,-./:=? ";
  return !text.empty() && text.size() <= 70 && text.back() != ' ' &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           const char lower = ascii_lower(c);
           return is_ascii_digit(c) || (lower >= 'a' && lower <= 'z') ||
                  kOthers.find(c) != std::string_view::npos;
         });
}

// A name as browsers and other clients quote it: \" and \\ are escapes, any other backslash stands for itself
// (old browsers sent whole paths). False: the quotation mark is not closed.
bool take_quoted(std::string_view& rest, std::string& out) {
  std::size_t at = 1;
  for (; at < rest.size() && rest[at] != '"'; ++at) {
    if (rest[at] == '\\' && at + 1 < rest.size() && (rest[at + 1] == '"' || rest[at + 1] == '\\')) ++at;
    out += rest[at];
  }
  if (at >= rest.size()) return false;
  rest.remove_prefix(at + 1);
  return true;
}

}  // namespace

std::string boundary_of(std::string_view content_type) {
  const std::optional<MediaType> type = MediaType::parse(content_type);
  if (!type || !type->is("multipart/form-data")) {
    throw StatusError(status::kUnsupportedMediaType, Code::invalid_argument,
                      "the body is " + in_quotes(content_type) + "; this address takes multipart/form-data");
  }
  std::optional<std::string> boundary = type->parameter("boundary");
  if (!boundary || !is_boundary(*boundary)) {
    throw StatusError(status::kBadRequest, Code::invalid_argument,
                      "Content-Type has no good boundary, which is 1 to 70 letters, digits or '()+_,-./:=?");
  }
  return std::move(*boundary);
}

MultipartParser::MultipartParser(std::string_view boundary, const MultipartLimits& limits)
    : delimiter_("\r\n--" + std::string(boundary)), limits_(limits) {}

bool MultipartParser::refuse(int status, std::string reason) {
  state_ = State::failed;
  status_ = status;
  reason_ = std::move(reason);
  return false;
}

MultipartParser::Step MultipartParser::fail(int status, std::string reason) {
  refuse(status, std::move(reason));
  return {Kind::error, 0, {}};
}

MultipartParser::Step MultipartParser::next(std::string_view input) {
  switch (state_) {
    case State::preamble: return read_preamble(input);
    case State::boundary: return read_boundary(input);
    case State::headers: return read_headers(input);
    case State::content: return read_content(input);
    case State::done: return {Kind::done, input.size(), {}};
    case State::failed: break;
  }
  return {Kind::error, 0, {}};
}

// Text before the first boundary, for mail readers that do not know multipart; hardly anybody sends any.
MultipartParser::Step MultipartParser::read_preamble(std::string_view input) {
  const std::string_view first = std::string_view(delimiter_).substr(2);
  if (input.size() < first.size()) return {Kind::need_more, 0, {}};
  if (input.starts_with(first)) {
    state_ = State::boundary;
    Step step = read_boundary(input.substr(first.size()));
    step.consumed += first.size();
    return step;
  }
  const std::size_t at = input.find(delimiter_);
  const bool found = at != std::string_view::npos;
  if (found ? at > kLargestPreamble : input.size() > kLargestPreamble + delimiter_.size())
    return fail(status::kBadRequest, "the multipart body does not begin with its boundary");
  if (!found) return {Kind::need_more, 0, {}};
  state_ = State::boundary;
  Step step = read_boundary(input.substr(at + delimiter_.size()));
  step.consumed += at + delimiter_.size();
  return step;
}

// What follows the delimiter: "--" at the very end, else blanks and the line's end.
MultipartParser::Step MultipartParser::read_boundary(std::string_view input) {
  if (input.size() < 2) return {Kind::need_more, 0, {}};
  if (input.starts_with("--")) {
    state_ = State::done;
    return {Kind::done, input.size(), {}};
  }
  std::size_t padding = 0;
  while (padding < input.size() && padding <= kLongestPadding &&
         (input[padding] == ' ' || input[padding] == '\t'))
    ++padding;
  const std::string_view end = input.substr(padding, 2);
  if (padding > kLongestPadding || !std::string_view("\r\n").starts_with(end)) {
    return fail(status::kBadRequest, "a boundary of the multipart body does not end its line");
  }
  if (end.size() < 2) return {Kind::need_more, 0, {}};
  if (++parts_ > limits_.max_parts) {
    return fail(status::kContentTooLarge,
                "the multipart body has more than " + std::to_string(limits_.max_parts) + " parts");
  }
  state_ = State::headers;
  Step step = read_headers(input.substr(padding + 2));
  step.consumed += padding + 2;
  return step;
}

MultipartParser::Step MultipartParser::read_headers(std::string_view input) {
  std::size_t end = input.starts_with("\r\n") ? 0 : input.find("\r\n\r\n");
  // Without their end all that is known is that it does not begin before the last three bytes.
  const std::uint64_t seen =
      end == std::string_view::npos ? input.size() - std::min<std::size_t>(input.size(), 3) : end;
  if (seen > limits_.max_header_size.bytes()) {
    return fail(
        status::kRequestHeaderFieldsTooLarge,
        "the headers of a part have more than " + std::to_string(limits_.max_header_size.bytes()) + " bytes");
  }
  if (end == std::string_view::npos) return {Kind::need_more, 0, {}};
  part_ = Part();
  has_disposition_ = false;
  std::string_view lines = input.substr(0, end);
  while (!lines.empty()) {
    const std::size_t line_end = std::min(lines.find("\r\n"), lines.size());
    if (!take_header(lines.substr(0, line_end))) return {Kind::error, 0, {}};
    lines.remove_prefix(std::min(line_end + 2, lines.size()));
  }
  if (!has_disposition_)
    return fail(status::kBadRequest, "a part of the multipart body has no Content-Disposition");
  state_ = State::content;
  content_begun_ = false;
  part_bytes_ = 0;
  return {Kind::part, end + 2, {}};
}

bool MultipartParser::take_header(std::string_view line) {
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (colon == std::string_view::npos || !is_token(name))
    return refuse(status::kBadRequest, "a header line of a part is none: " + in_quotes(line));
  const std::string_view value = trim_whitespace(line.substr(colon + 1));
  if (!is_field_value(value))
    return refuse(status::kBadRequest, "a header of a part has control characters: " + in_quotes(name));
  if (part_.headers.size() == kMostHeaders)
    return refuse(status::kRequestHeaderFieldsTooLarge, "a part has more than 16 headers");
  part_.headers.emplace_back(name, value);
  if (equals_ignoring_case(name, "Content-Disposition")) return take_disposition(value);
  if (equals_ignoring_case(name, "Content-Type")) {
    if (!part_.content_type.empty())
      return refuse(status::kBadRequest, "a part has two headers Content-Type");
    part_.content_type = value;
  }
  if (equals_ignoring_case(name, "Content-Transfer-Encoding") && !equals_ignoring_case(value, "binary") &&
      !equals_ignoring_case(value, "8bit") && !equals_ignoring_case(value, "7bit")) {
    return refuse(status::kBadRequest,
                  "a part has the transfer encoding " + in_quotes(value) + "; HTTP has none (RFC 7578, 4.7)");
  }
  return true;
}

// form-data; name="field"; filename="photo.jpg". filename* is passed over, as RFC 7578 (4.2) wants it.
bool MultipartParser::take_disposition(std::string_view value) {
  if (std::exchange(has_disposition_, true))
    return refuse(status::kBadRequest, "a part has two headers Content-Disposition");
  std::string_view rest = value;
  const std::size_t end = std::min(rest.find(';'), rest.size());
  if (!equals_ignoring_case(trim_whitespace(rest.substr(0, end)), "form-data"))
    return refuse(status::kBadRequest, "Content-Disposition of a part is not form-data: " + in_quotes(value));
  rest.remove_prefix(end);
  bool named = false;
  while (!rest.empty()) {
    rest = trim_whitespace(rest.substr(1));  // the semicolon
    if (rest.empty()) break;
    const std::size_t equals = rest.find('=');
    const std::string_view name = rest.substr(0, equals);
    if (equals == std::string_view::npos || !is_token(name))
      return refuse(status::kBadRequest, "Content-Disposition of a part cannot be read: " + in_quotes(value));
    rest.remove_prefix(equals + 1);
    std::string text;
    if (!rest.empty() && rest[0] == '"') {
      if (!take_quoted(rest, text))
        return refuse(status::kBadRequest, "a quotation mark in a part's Content-Disposition is not closed");
    } else {
      const std::size_t stop = std::min(rest.find(';'), rest.size());
      text = trim_whitespace(rest.substr(0, stop));
      rest.remove_prefix(stop);
    }
    rest = trim_whitespace(rest);
    if (!rest.empty() && rest[0] != ';')
      return refuse(status::kBadRequest, "Content-Disposition of a part cannot be read: " + in_quotes(value));
    if (equals_ignoring_case(name, "name")) {
      if (std::exchange(named, true)) return refuse(status::kBadRequest, "a part has two names");
      if (text.size() > limits_.max_name_length)
        return refuse(status::kBadRequest,
                      "a part's name has more than " + std::to_string(limits_.max_name_length) + " bytes");
      part_.name = std::move(text);
    } else if (equals_ignoring_case(name, "filename")) {
      if (part_.file_name) return refuse(status::kBadRequest, "a part has two file names");
      if (text.size() > limits_.max_file_name_length)
        return refuse(status::kBadRequest, "a part's file name has more than " +
                                               std::to_string(limits_.max_file_name_length) + " bytes");
      part_.file_name = std::move(text);
    }
  }
  if (!named) return refuse(status::kBadRequest, "a part of the multipart body has no name");
  if (!is_utf8(part_.name)) return refuse(status::kBadRequest, "a part's name is not valid UTF-8");
  return true;
}

MultipartParser::Step MultipartParser::read_content(std::string_view input) {
  const auto piece = [&](std::string_view data) -> Step {
    part_bytes_ += data.size();
    if (limits_.max_part_size.bytes() != 0 && part_bytes_ > limits_.max_part_size.bytes()) {
      return fail(status::kContentTooLarge, "the part " + in_quotes(part_.name) + " has more than " +
                                                std::to_string(limits_.max_part_size.bytes()) + " bytes");
    }
    return {Kind::data, data.size(), data};
  };
  const auto end_part = [&]() -> Step {
    state_ = State::boundary;
    return {Kind::part_end, delimiter_.size(), {}};
  };
  if (!content_begun_) {
    // The input stands before the empty line's end, which may be the one that belongs to the delimiter.
    if (input.starts_with(delimiter_)) return end_part();
    if (std::string_view(delimiter_).starts_with(input)) return {Kind::need_more, 0, {}};
    content_begun_ = true;
    Step step = read_content(input.substr(2));
    step.consumed += 2;
    return step;
  }
  const std::size_t at = input.find(delimiter_);
  if (at == 0) return end_part();
  if (at != std::string_view::npos) return piece(input.substr(0, at));
  // What could be the beginning of a delimiter waits for more.
  std::size_t kept = std::min(input.size(), delimiter_.size() - 1);
  while (kept > 0 && !std::string_view(delimiter_).starts_with(input.substr(input.size() - kept))) --kept;
  if (kept == input.size()) return {Kind::need_more, 0, {}};
  return piece(input.substr(0, input.size() - kept));
}

}  // namespace ngo::http
