#include "ngo/http/chunked.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/http/characters_impl.hpp"
#include "ngo/http/status.hpp"

namespace ngo::http {

using detail::has;
using detail::is_whitespace;

enum class ChunkedDecoder::State : std::uint8_t {
  size_begin,
  size,
  before_semicolon,  // the states from here to after_quoted are inside of an extension
  before_name,
  name,
  after_name,
  before_value,
  value,
  quoted,
  quoted_pair,
  after_quoted,
  size_lf,
  data,
  data_cr,
  data_lf,
  trailer_begin,
  trailer,
  trailer_lf,
  last_lf,
  done,
};

struct ChunkedDecoder::Trailers {
  std::string bytes;
  std::size_t line_begin = 0;
  HeaderTable fields;
};

ChunkedDecoder::ChunkedDecoder(const ChunkedLimits& limits) noexcept : limits_(limits) {}
ChunkedDecoder::ChunkedDecoder(ChunkedDecoder&&) noexcept = default;
ChunkedDecoder& ChunkedDecoder::operator=(ChunkedDecoder&&) noexcept = default;
ChunkedDecoder::~ChunkedDecoder() = default;

void ChunkedDecoder::reset() noexcept {
  remaining_ = 0;
  trailers_.reset();
  text_ = nullptr;
  extension_bytes_ = 0;
  status_ = 0;
  state_ = State::size_begin;
  digits_ = 0;
}

const HeaderTable& ChunkedDecoder::trailers() const noexcept {
  static const HeaderTable kNoFields;
  if (trailers_ == nullptr) return kNoFields;
  return trailers_->fields;
}

std::string ChunkedDecoder::reason() const {
  return text_ == nullptr ? std::string() : std::string("chunked body: ") + text_;
}

bool ChunkedDecoder::fail(const char* text, int status) noexcept {
  text_ = text;
  status_ = static_cast<std::int16_t>(status);
  return false;
}

ChunkedDecoder::Step ChunkedDecoder::next(std::string_view input) {
  if (status_ != 0) return {Kind::error, 0, {}};
  std::size_t at = 0;
  while (state_ != State::done) {
    if (at == input.size()) return {Kind::need_more, at, {}};
    if (state_ == State::data) {
      const std::size_t piece = std::min<std::uint64_t>(remaining_, input.size() - at);
      remaining_ -= piece;
      if (remaining_ == 0) state_ = State::data_cr;
      return {Kind::data, at + piece, input.substr(at, piece)};
    }
    if (!take(input[at])) return {Kind::error, at, {}};
    ++at;
  }
  return {Kind::done, at, {}};
}

bool ChunkedDecoder::take(char byte) {
  switch (state_) {
    case State::size_begin:
      if (!has(byte, detail::kHexDigit))
        return fail("a chunk must begin with its size in hexadecimal digits");
      digits_ = 0;
      state_ = State::size;
      return take_size_digit(byte);
    case State::size:
      if (has(byte, detail::kHexDigit)) return take_size_digit(byte);
      return take_extension_byte(byte);
    case State::size_lf:
      if (byte != '\n') return fail("the line of a chunk size does not end with CRLF");
      state_ = remaining_ == 0 ? State::trailer_begin : State::data;
      return true;
    case State::data_cr:
      if (byte != '\r') return fail("the data of a chunk is not followed by CRLF");
      state_ = State::data_lf;
      return true;
    case State::data_lf:
      if (byte != '\n') return fail("the data of a chunk is not followed by CRLF");
      state_ = State::size_begin;
      return true;
    case State::trailer_begin:
    case State::trailer:
    case State::trailer_lf:
    case State::last_lf: return take_trailer_byte(byte);
    case State::data:
    case State::done: return true;  // next() takes no byte of framing there
    default: return take_extension_byte(byte);
  }
}

bool ChunkedDecoder::take_size_digit(char byte) {
  constexpr std::uint64_t kMaxSize = std::numeric_limits<std::int64_t>::max();
  const unsigned digit = detail::hex_value(byte);
  if (++digits_ > 16) return fail("a chunk size has more than 16 digits");
  if (remaining_ > (kMaxSize - digit) / 16) return fail("a chunk size is beyond any possible size");
  remaining_ = remaining_ * 16 + digit;
  return true;
}

// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ), RFC 9112 section 7.1.1. The
// content is ignored; the grammar is not, for a parser that skips "to the line end" can be made to miss one.
bool ChunkedDecoder::take_extension_byte(char byte) {
  const bool may_end = state_ == State::size || state_ == State::name || state_ == State::value ||
                       state_ == State::after_quoted;
  if (byte == '\r' && may_end) {
    state_ = State::size_lf;
    return true;
  }
  if (++extension_bytes_ > limits_.extension_bytes)
    return fail("the chunk extensions are longer than accepted");

  constexpr const char* kWrong = "a chunk extension is not well-formed";
  const bool token = has(byte, detail::kToken);
  switch (state_) {
    case State::size:
      if (byte != ';' && !is_whitespace(byte))
        return fail("a chunk size is followed by a character that is not allowed");
      [[fallthrough]];
    case State::after_quoted:
    case State::before_semicolon:
      if (byte == ';') {
        state_ = State::before_name;
      } else if (is_whitespace(byte)) {
        state_ = State::before_semicolon;
      } else {
        return fail(kWrong);
      }
      return true;
    case State::before_name:
      if (token) state_ = State::name;
      return token || is_whitespace(byte) || fail(kWrong);
    case State::name:
    case State::after_name:
      if (byte == '=') {
        state_ = State::before_value;
      } else if (byte == ';') {
        state_ = State::before_name;
      } else if (is_whitespace(byte)) {
        state_ = State::after_name;
      } else if (!token || state_ != State::name) {
        return fail(kWrong);
      }
      return true;
    case State::before_value:
      if (byte == '"') {
        state_ = State::quoted;
      } else if (token) {
        state_ = State::value;
      } else if (!is_whitespace(byte)) {
        return fail(kWrong);
      }
      return true;
    case State::value:
      if (byte == ';') {
        state_ = State::before_name;
      } else if (is_whitespace(byte)) {
        state_ = State::before_semicolon;
      } else if (!token) {
        return fail(kWrong);
      }
      return true;
    case State::quoted:
      if (byte == '"') {
        state_ = State::after_quoted;
      } else if (byte == '\\') {
        state_ = State::quoted_pair;
      }
      return has(byte, detail::kFieldValue) || fail(kWrong);
    case State::quoted_pair: state_ = State::quoted; return has(byte, detail::kFieldValue) || fail(kWrong);
    default: return fail(kWrong);
  }
}

bool ChunkedDecoder::take_trailer_byte(char byte) {
  if (state_ == State::last_lf) {
    if (byte != '\n') return fail("the last line of the body does not end with CRLF");
    state_ = State::done;
    return true;
  }
  if (state_ == State::trailer_lf) {
    if (byte != '\n') return fail("a CR stands without LF in the trailer section");
    state_ = State::trailer_begin;
    return finish_trailer_line();
  }
  if (byte == '\r') {
    state_ = state_ == State::trailer_begin ? State::last_lf : State::trailer_lf;
    return true;
  }
  if (byte == '\n') return fail("a line of the trailer section ends with LF alone instead of CRLF");
  if (trailers_ == nullptr) trailers_ = std::make_unique<Trailers>();
  if (trailers_->bytes.size() >= limits_.trailer_bytes) {
    return fail("the trailer section is longer than accepted", status::kRequestHeaderFieldsTooLarge);
  }
  trailers_->bytes += byte;
  state_ = State::trailer;
  return true;
}

// The rules of a field line are those of the head (RFC 9112 section 7.1.2).
bool ChunkedDecoder::finish_trailer_line() {
  Trailers& trailers = *trailers_;
  const std::string_view line = std::string_view(trailers.bytes).substr(trailers.line_begin);
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return fail("a line of the trailer section has no colon");
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim_whitespace(line.substr(colon + 1));
  if (!is_token(name)) return fail("a name in the trailer section is not valid");
  if (!is_field_value(value)) return fail("a value in the trailer section contains a control character");
  const KnownHeader known = known_header(name);
  if (is_forbidden_in_trailers(known))
    return fail("a field stands in the trailer section that must not stand there");
  if (trailers.fields.size() >= limits_.trailer_fields) {
    return fail("the trailer section has more fields than accepted", status::kRequestHeaderFieldsTooLarge);
  }
  const auto offset = [&trailers](std::string_view part) {
    return static_cast<std::uint32_t>(part.data() - trailers.bytes.data());
  };
  trailers.fields.add(known, offset(name), static_cast<std::uint32_t>(name.size()), offset(value),
                      static_cast<std::uint32_t>(value.size()));
  trailers.line_begin = trailers.bytes.size();
  trailers.fields.rebase(trailers.bytes.data());
  return true;
}

std::string_view chunk_head(std::uint64_t size, char (&buffer)[kChunkHeadBytes]) noexcept {
  constexpr std::string_view kDigits = "0123456789abcdef";
  char* const end = buffer + kChunkHeadBytes;
  char* begin = end;
  *--begin = '\n';
  *--begin = '\r';
  do {
    *--begin = kDigits[size & 15U];
    size >>= 4U;
  } while (size != 0);
  return {begin, static_cast<std::size_t>(end - begin)};
}

void append_chunk(std::string& out, std::string_view data) {
  if (data.empty()) return;
  char buffer[kChunkHeadBytes];
  out.append(chunk_head(data.size(), buffer)).append(data).append(kChunkEnd);
}

void append_last_chunk(std::string& out, const HeaderField* trailers, std::size_t count) {
  for (std::size_t index = 0; index < count; ++index) {
    const auto& [name, value] = trailers[index];
    if (!is_token(name)) {
      throw Error(Code::invalid_argument, "trailer name \"" + std::string(name) +
                                              "\" is not made of letters, digits "
                                              "and !#$%&'*+-.^_`|~ alone");
    }
    if (!is_field_value(value)) {
      throw Error(Code::invalid_argument,
                  "the value of trailer \"" + std::string(name) + "\" has a control character");
    }
    if (is_forbidden_in_trailers(known_header(name))) {
      throw Error(Code::invalid_argument,
                  "\"" + std::string(name) + "\" must be sent before the body, not as a trailer");
    }
  }
  out.append("0\r\n");
  for (std::size_t index = 0; index < count; ++index) {
    out.append(trailers[index].name).append(": ").append(trailers[index].value).append("\r\n");
  }
  out.append("\r\n");
}

}  // namespace ngo::http
