// Percent-encoding (RFC 3986, section 2.1) and the key=value form of queries and of
// application/x-www-form-urlencoded bodies. Decoding is strict: a "%" that two hexadecimal digits do not
// follow is an error, and nothing is decoded twice. "+" is a space in queries and forms, and a plus
// everywhere else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ngo/base/problem.hpp"
#include "ngo/base/type.hpp"

namespace ngo::url {

// Appends the decoded text to `out`; false at a broken escape, and then `out` is as it was. The bytes may be
// anything, NUL and invalid UTF-8 too. Split a path at "/" before, not after: "%2F" is no separator.
[[nodiscard]] bool decode_path(std::string_view text, std::string& out);
// The same for a key or a value of a query or form: "+" becomes a space.
[[nodiscard]] bool decode_query(std::string_view text, std::string& out);

// Text as one segment of a path: everything but letters, digits and "-._~" is escaped, "/" too. The segments
// "." and ".." have no escaped form and mean what they always mean.
[[nodiscard]] std::string encode_segment(std::string_view text);
// Text as a key or a value of a query or form. A space becomes %20, which every reader understands.
[[nodiscard]] std::string encode_query(std::string_view text);

}  // namespace ngo::url

namespace ngo::query {

// One key=value, decoded. Views into the raw text, or into the reader where there was something to decode.
struct Pair {
  std::string_view key;
  std::string_view value;
};

// Walks the pairs of "a=1&b=2" in order, without allocating unless there are escapes. A piece without "=" has
// an empty value, empty pieces are passed over, and what stands behind the first "=" is value.
class Reader {
 public:
  explicit Reader(std::string_view raw) : rest_(raw) {}

  // The next pair into `out`, whose views hold until the next call; false at the end. Pairs with a broken
  // escape come with broken() set and undecoded.
  bool next(Pair& out);
  [[nodiscard]] bool broken() const noexcept { return broken_; }

 private:
  std::string_view decoded(std::string_view text, std::string& scratch);

  std::string_view rest_;
  std::string key_;
  std::string value_;
  bool broken_ = false;
};

// The first value under that key; nothing when there is none, or only behind a broken escape.
[[nodiscard]] std::optional<std::string> find(std::string_view raw, std::string_view key);

struct BindOptions {
  bool ignore_unknown = false;
  std::size_t max_problems = 50;
};

// Reads a query or form into a struct whose members are scalars, optionals of scalars, or lists of scalars,
// which take a key as often as it comes; or into a map of those. A scalar whose key comes twice is a problem,
// and so is an unknown key. Rules are checked. Adds all problems with the path "/key"; false when there were
// any.
bool bind_into(const Type& type, void* value, std::string_view raw, const BindOptions& options,
               Problems& problems);
inline bool bind_into(const Type& type, void* value, std::string_view raw, Problems& problems) {
  return bind_into(type, value, raw, BindOptions(), problems);
}

// The query as a T. Throws InvalidInput with all problems.
template <class T>
[[nodiscard]] T bind(std::string_view raw, const BindOptions& options = {}) {
  T value{};
  Problems problems;
  if (!bind_into(type_of<T>(), &value, raw, options, problems)) throw InvalidInput(std::move(problems));
  return value;
}

// What makes a type impossible to bind (a nested struct, say), as a sentence; empty when it can be bound. For
// whoever wants to report it before the first request does.
[[nodiscard]] std::string why_not_bindable(const Type& type);

}  // namespace ngo::query
