// What is wrong with some input: every mistake, each with its place, not only the first. Used wherever text
// becomes a struct: JSON bodies, queries, forms, path parameters, configuration.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/base/error.hpp"

namespace ngo {

// One mistake. `path` is a JSON pointer (RFC 6901): "" is the whole, "/items/2/qty" a member. `code` is for
// programs: type, range, length, pattern, required, unknown, duplicate, check, syntax, encoding, depth, size.
// `message` is for people and says what would have been right.
struct Problem {
  std::string path;
  std::string code;
  std::string message;

  friend bool operator==(const Problem&, const Problem&) = default;
};

using Problems = std::vector<Problem>;

// "/title: 0 characters; expected 1 to 200" , one a line.
[[nodiscard]] std::string to_string(const Problems& problems);

// Input that is wrong, with the list of what is wrong in it; invalid_argument. The message is
// to_string(problems).
class InvalidInput : public Error {
 public:
  explicit InvalidInput(Problems problems);
  [[nodiscard]] const Problems& problems() const noexcept { return problems_; }

 private:
  Problems problems_;
};

// Where a walk over nested values stands: a chain of frames on the stack, spelt out only when a problem is
// found. A frame must not outlive its parent, nor the text of its key.
class Path {
 public:
  Path() = default;
  explicit Path(const Path& parent) : parent_(&parent) {}
  Path(const Path& parent, std::string_view key) : parent_(&parent), key_(key) {}
  Path(const Path& parent, std::size_t index) : parent_(&parent), index_(index) {}
  Path& operator=(const Path&) = delete;

  void at(std::string_view key) noexcept {
    key_ = key;
    index_ = kNoIndex;
  }
  void at(std::size_t index) noexcept { index_ = index; }

  // The JSON pointer, with "~" and "/" inside keys escaped; keys of more than 128 bytes are cut.
  [[nodiscard]] std::string pointer() const;

 private:
  static constexpr std::size_t kNoIndex = static_cast<std::size_t>(-1);
  void append_to(std::string& out) const;

  const Path* parent_ = nullptr;
  std::string_view key_;
  std::size_t index_ = kNoIndex;
};

// The name that is nearest to `name` by edit distance, when it is near enough to be meant; else empty.
class Nearest {
 public:
  explicit Nearest(std::string_view name) : name_(name) {}
  // Offers a candidate; its text must live as long as this.
  void offer(std::string_view candidate);
  [[nodiscard]] std::string_view best() const noexcept { return best_; }

 private:
  std::string_view name_;
  std::string_view best_;
  std::size_t distance_ = static_cast<std::size_t>(-1);
};

// Text as it stands in a message: in double quotes, control characters and quotes escaped, cut off after
// about 80 bytes at the edge of a character.
[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace ngo
