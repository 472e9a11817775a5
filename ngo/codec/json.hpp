// JSON (RFC 8259) straight between bytes and plain structs, both ways, by their ngo::Type.
//
// Reading is strict: UTF-8 only, no comments, nothing behind the document, no member twice, integers without
// fraction or exponent. Every mistake is reported with its path; only a syntax error ends the reading.
// Members that are absent keep their default. Limits on depth and size stop hostile documents. Writing:
// durations and sizes as their text ("1m30s", "64KiB"), enumerators as their names, an empty optional as
// null, doubles in their shortest exact form, NaN and infinities as null, bytes that are not UTF-8 as U+FFFD.
// A variant is written as its alternative; when several of its alternatives are structs, those carry a member
// "type" with the struct's name (ngo::type_name changes it), and reading looks for it. Otherwise reading
// takes the alternative by the JSON type: the first string-like one that accepts a string, an integer before
// a floating one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "ngo/base/problem.hpp"
#include "ngo/base/type.hpp"

namespace ngo::json {

struct ReadOptions {
  bool ignore_unknown = false;       // members that the struct does not have; they must still be valid JSON
  unsigned max_depth = 64;           // arrays and objects inside each other
  std::size_t max_size = 64U << 20;  // bytes of the document
  std::size_t max_problems = 50;     // reading stops at this many
};

// What a document got wrong. A problem with the code "syntax" ends with its line and column.
class ParseError : public InvalidInput {
 public:
  using InvalidInput::InvalidInput;
};

// Reads the document into the value, which must be of that type. Adds to `problems` and returns false when
// anything is wrong; the value is then partly filled, but valid.
bool parse_into(const Type& type, void* value, std::string_view text, const ReadOptions& options,
                Problems& problems);

// The document as a T. Throws ParseError with all problems.
template <class T>
[[nodiscard]] T parse(std::string_view text, const ReadOptions& options = {}) {
  T value{};
  Problems problems;
  if (!parse_into(type_of<T>(), &value, text, options, problems)) throw ParseError(std::move(problems));
  return value;
}

// Where a writer puts its bytes: [cursor, limit) is free. `grow` makes room for at least that many bytes
// more, and moves cursor and limit; what was written stays before the cursor. It never fails but by throwing.
// Lets the HTTP layer have JSON written in place.
struct Output {
  char* cursor;
  char* limit;
  void (*grow)(Output& output, std::size_t bytes);
};

// Appends the value as JSON.
void write(Output& out, const Type& type, const void* value);
void write(std::string& out, const Type& type, const void* value);
template <class T>
void write(std::string& out, const T& value) {
  write(out, type_of<T>(), &value);
}
template <class T>
[[nodiscard]] std::string to_string(const T& value) {
  std::string out;
  write(out, type_of<T>(), &value);
  return out;
}

}  // namespace ngo::json
