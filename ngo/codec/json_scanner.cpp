#include <algorithm>

#include "ngo/base/utf8.hpp"
#include "ngo/codec/detail/json_scanner.hpp"

namespace ngo::json::detail {

bool Scanner::note(const Path& path, std::string_view code, std::string message) {
  problems_.push_back({path.pointer(), std::string(code), std::move(message)});
  return problems_.size() < most_problems_;
}

bool Scanner::syntax(const Path& path, std::string_view what) {
  std::size_t line = 1;
  const char* line_start = begin_;
  for (const char* i = begin_; i < at_; ++i) {
    if (*i != '\n') continue;
    ++line;
    line_start = i + 1;
  }
  std::string message(what);
  if (at_ == end_) {
    message += ", the document ends";
  } else {
    constexpr std::size_t kExcerpt = 12;
    std::string_view rest(at_, std::min<std::size_t>(kExcerpt + 3, static_cast<std::size_t>(end_ - at_)));
    const char* const from = rest.data();
    while (!rest.empty() && rest.data() - from < static_cast<std::ptrdiff_t>(kExcerpt))
      (void)take_code_point(rest);
    message.append(", found ").append(in_quotes({from, static_cast<std::size_t>(rest.data() - from)}));
  }
  message.append(" at line ").append(std::to_string(line)).append(", column ");
  message.append(std::to_string(at_ - line_start + 1));
  note(path, "syntax", std::move(message));
  return false;
}

bool Scanner::wrong(const Type& type, const Path& path) {
  std::string message = "expected " + describe(type) + ", found ";
  switch (*at_) {
    case '{': message += "an object"; break;
    case '[': message += "an array"; break;
    case '"': message += "a string"; break;
    case 't':
    case 'f': message += "a bool"; break;
    case 'n': message += "null"; break;
    default: message += "a number"; break;
  }
  // Skipped first: what is no JSON at all is a syntax error and nothing else.
  const std::size_t before = problems_.size();
  const bool skipped = skip(path);
  return problems_.size() == before ? note(path, "type", std::move(message)) && skipped : skipped;
}

bool Scanner::special_string(std::string_view& out, const char* start, std::uint64_t high, const Path& path) {
  if (at_ < end_ && *at_ == '"') {
    out = {start, static_cast<std::size_t>(at_ - start)};
    ++at_;
  } else {
    scratch_.assign(start, at_);
    if (!escaped_string(high, path)) return false;
    out = scratch_;
  }
  if (high == 0 || is_utf8(out)) return true;
  at_ = start + std::min(find_invalid_utf8({start, static_cast<std::size_t>(end_ - start)}),
                         static_cast<std::size_t>(end_ - start));
  return syntax(path, "a string is not valid UTF-8");
}

// The rest of a string from its first special byte on, to its end, into scratch_.
bool Scanner::escaped_string(std::uint64_t& high, const Path& path) {
  while (true) {
    if (at_ == end_) return syntax(path, "expected the end of a string");
    if (*at_ == '"') break;
    if (*at_ != '\\') return syntax(path, "a control character in a string must be written as an escape");
    if (!escape(path)) return false;
    const char* const start = at_;
    at_ = find_special(at_, end_, high);
    scratch_.append(start, at_);
  }
  ++at_;
  return true;
}

bool Scanner::escape(const Path& path) {
  const char* const backslash = at_;
  ++at_;
  const char c = at_ < end_ ? *at_ : '\0';
  char plain = '\0';
  switch (c) {
    case '"':
    case '\\':
    case '/': plain = c; break;
    case 'b': plain = '\b'; break;
    case 'f': plain = '\f'; break;
    case 'n': plain = '\n'; break;
    case 'r': plain = '\r'; break;
    case 't': plain = '\t'; break;
    case 'u': {
      char32_t code_point = 0;
      ++at_;
      if (hex4(code_point) && unite_surrogates(code_point)) {
        append_utf8(scratch_, code_point);
        return true;
      }
      at_ = backslash;
      return syntax(path, "expected \\u and four hexadecimal digits, surrogates only in pairs");
    }
    default: at_ = backslash; return syntax(path, "no such escape in a string");
  }
  scratch_ += plain;
  ++at_;
  return true;
}

bool Scanner::hex4(char32_t& out) {
  if (end_ - at_ < 4) return false;
  out = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    const char c = *at_;
    const char lowered = static_cast<char>(c | 0x20);
    if (is_digit(c)) {
      out = out * 16 + static_cast<char32_t>(c - '0');
    } else if (lowered >= 'a' && lowered <= 'f') {
      out = out * 16 + static_cast<char32_t>(lowered - 'a' + 10);
    } else {
      return false;
    }
  }
  return true;
}

bool Scanner::unite_surrogates(char32_t& code_point) {
  if (code_point < 0xD800 || code_point > 0xDFFF) return true;
  if (code_point > 0xDBFF || end_ - at_ < 6 || at_[0] != '\\' || at_[1] != 'u') return false;
  at_ += 2;
  char32_t low = 0;
  if (!hex4(low) || low < 0xDC00 || low > 0xDFFF) return false;
  code_point = 0x10000 + ((code_point - 0xD800) << 10) + (low - 0xDC00);
  return true;
}

bool Scanner::number(Number& out, const Path& path) {
  const char* const start = at_;
  out.negative = *at_ == '-';
  if (out.negative) ++at_;
  if (at_ == end_ || !is_digit(*at_)) {
    if (!out.negative) return syntax(path, "expected a value");
    return syntax(path, "expected digits behind the minus sign");
  }
  if (*at_ == '0' && at_ + 1 < end_ && is_digit(at_[1]))
    return syntax(path, "a number must not begin with 0");
  while (at_ < end_ && is_digit(*at_)) ++at_;
  out.whole = true;
  if (at_ < end_ && *at_ == '.') {
    out.whole = false;
    if (!digits_behind(path)) return false;
  }
  if (at_ < end_ && (*at_ == 'e' || *at_ == 'E')) {
    out.whole = false;
    if (at_ + 1 < end_ && (at_[1] == '+' || at_[1] == '-')) ++at_;
    if (!digits_behind(path)) return false;
  }
  out.text = {start, static_cast<std::size_t>(at_ - start)};
  return true;
}

bool Scanner::digits_behind(const Path& path) {
  ++at_;
  if (at_ == end_ || !is_digit(*at_)) return syntax(path, "expected a digit in a number");
  while (at_ < end_ && is_digit(*at_)) ++at_;
  return true;
}

bool Scanner::more_slowly(char closing, bool& closed, const Path& path) {
  skip_space();
  if (at_ < end_ && *at_ == ',') {
    ++at_;
    if (!next(path)) return false;
    return *at_ != closing || syntax(path, "expected another element behind the comma");
  }
  if (at_ < end_ && *at_ == closing) {
    ++at_;
    closed = true;
    return false;
  }
  return syntax(path, closing == '}' ? "expected \",\" or \"}\"" : "expected \",\" or \"]\"");
}

bool Scanner::too_deep(const Path& path) {
  note(path, "depth", "arrays and objects may be nested " + std::to_string(options_.max_depth) + " deep");
  return false;
}

bool Scanner::key(std::string_view& out, const Path& path) {
  if (*at_ != '"') return syntax(path, "expected the name of a member in double quotes");
  if (!string(out, path)) return false;
  skip_space();
  if (at_ == end_ || *at_ != ':') return syntax(path, "expected \":\" behind the name of a member");
  ++at_;
  return next(path);
}

bool Scanner::skip(const Path& path) {
  switch (*at_) {
    case '"': {
      std::string_view ignored;
      return string(ignored, path);
    }
    case 't': return word("true", path);
    case 'f': return word("false", path);
    case 'n': return word("null", path);
    case '[':
    case '{': return skip_nested(path);
    default: {
      Number ignored{};
      return number(ignored, path);
    }
  }
}

bool Scanner::skip_nested(const Path& path) {
  const bool object = *at_ == '{';
  const char closing = object ? '}' : ']';
  bool closed = false;
  if (!open(closing, closed, path)) return false;
  std::string_view ignored;
  while (!closed) {
    if (object && !key(ignored, path)) return false;
    if (!skip(path)) return false;
    if (!more(closing, closed, path) && !closed) return false;
  }
  leave();
  return true;
}

}  // namespace ngo::json::detail
