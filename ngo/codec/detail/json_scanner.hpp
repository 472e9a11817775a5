// The tokens of a JSON text (RFC 8259), one pass, strict, and where the reader stands in it. Innards of
// json.hpp: the readers for types (json_read.cpp) and for JsonValue (json_read_value.cpp) stand on it.
#pragma once

#include <string>
#include <string_view>

#include "ngo/codec/detail/json_scan.hpp"
#include "ngo/codec/json.hpp"

namespace ngo {
class JsonValue;
}

namespace ngo::json::detail {

inline bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

// A number's text, already found to follow the grammar.
struct Number {
  std::string_view text;
  bool negative;
  bool whole;  // no fraction, no exponent
};

// All functions return false when reading cannot go on (a syntax error, a limit), having noted the problem.
// Those that read a value expect at_ to stand at its first byte.
class Scanner {
 public:
  Scanner(std::string_view text, const ReadOptions& options, Problems& problems)
      : begin_(text.data()),
        at_(text.data()),
        end_(text.data() + text.size()),
        options_(options),
        problems_(problems),
        most_problems_(problems.size() + options.max_problems) {}
  Scanner(const Scanner&) = delete;
  Scanner& operator=(const Scanner&) = delete;

  // A JsonValue in place (json_read_value.cpp).
  bool dynamic(JsonValue& out, const Path& path);

 protected:
  // Notes a mistake that does not stop the reading, unless it is one too many.
  bool note(const Path& path, std::string_view code, std::string message);
  // Notes where the text is no JSON; always false.
  bool syntax(const Path& path, std::string_view what);
  // The value at hand is of another JSON type than `type` takes: notes it and skips the value.
  bool wrong(const Type& type, const Path& path);

  void skip_space() {
    while (at_ < end_ && is_space(*at_)) ++at_;
  }

  // Goes to the next value or punctuation; the document must not end here.
  bool next(const Path& path) {
    skip_space();
    return at_ < end_ || syntax(path, "expected a value");
  }

  bool word(std::string_view literal, const Path& path) {
    if (static_cast<std::size_t>(end_ - at_) < literal.size() ||
        !equal(at_, literal.data(), literal.size())) {
      return syntax(path, "expected a value");
    }
    at_ += literal.size();
    return true;
  }

  // A string, at its opening quote. The view is into the text, or into scratch_ when there were escapes, and
  // holds until the next string.
  bool string(std::string_view& out, const Path& path) {
    const char* const start = ++at_;
    std::uint64_t high = 0;
    at_ = find_special(at_, end_, high);
    if (high != 0 || at_ == end_ || *at_ != '"') return special_string(out, start, high, path);
    out = {start, static_cast<std::size_t>(at_ - start)};
    ++at_;
    return true;
  }

  // A number by the grammar of RFC 8259, section 6.
  bool number(Number& out, const Path& path);

  // Behind an element: true when another follows, and then at it; false at the end (`closed` set) or at an
  // error.
  bool more(char closing, bool& closed, const Path& path) {
    if (end_ - at_ > 1 && *at_ == ',' && static_cast<unsigned char>(at_[1]) > ' ' && at_[1] != closing) {
      ++at_;
      return true;
    }
    return more_slowly(closing, closed, path);
  }

  // Enters the array or object at hand and goes to its first element; `closed` when it has none.
  bool open(char closing, bool& closed, const Path& path) {
    if (++depth_ > options_.max_depth) return too_deep(path);
    ++at_;
    if (!next(path)) return false;
    closed = *at_ == closing;
    if (closed) ++at_;
    return true;
  }
  void leave() { --depth_; }

  // The name of a member and its colon; goes to the value.
  bool key(std::string_view& out, const Path& path);

  // Reads over a value and checks that it is JSON.
  bool skip(const Path& path);

  const char* begin_;
  const char* at_;
  const char* end_;
  const ReadOptions& options_;
  Problems& problems_;
  std::size_t most_problems_;
  unsigned depth_ = 0;
  std::string scratch_;

 private:
  bool special_string(std::string_view& out, const char* start, std::uint64_t high, const Path& path);
  bool escaped_string(std::uint64_t& high, const Path& path);
  bool escape(const Path& path);
  bool hex4(char32_t& out);
  bool unite_surrogates(char32_t& code_point);
  bool digits_behind(const Path& path);
  bool more_slowly(char closing, bool& closed, const Path& path);
  bool too_deep(const Path& path);
  bool skip_nested(const Path& path);
  bool dynamic_array(JsonValue& out, const Path& path);
  bool dynamic_object(JsonValue& out, const Path& path);
  bool no_duplicates(const JsonValue& object, const Path& path);
};

// A number for a message: a long one is cut.
[[nodiscard]] inline std::string short_number(std::string_view text) {
  return text.size() <= 40 ? std::string(text) : std::string(text.substr(0, 37)) + "...";
}

}  // namespace ngo::json::detail
