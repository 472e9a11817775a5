// Regular expressions for the `pattern` rule: a subset that is matched in time proportional to the text's
// length times the expression's, whatever the text, without recursion. The whole text must match.
//   literals   . any character   [a-z_] [^0-9] classes   \d \w \s \D \W \S   \. \\ \n \r \t escapes
//   (a|b) groups and alternatives   * + ? {2} {2,} {2,5} repetitions   ^ and $ only at the outer ends, where
//   they change nothing. Characters are Unicode code points; \d \w \s are ASCII. No back references, no
//   look-around, no captures, no lazy forms.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ngo {

class Pattern {
 public:
  // Throws Error{invalid_argument} that shows where the expression is wrong, or that it is too large (2000
  // steps).
  explicit Pattern(std::string_view expression);

  // Whether the whole text matches. Text that is not valid UTF-8 never does.
  [[nodiscard]] bool matches(std::string_view text) const;
  [[nodiscard]] const std::string& expression() const noexcept { return expression_; }

  // One step of the machine. Public for the compiler in the source only.
  struct Step {
    enum class Kind : std::uint8_t { one_of, fork, jump, match };
    Kind kind;
    std::uint32_t first;   // one_of: first range; fork, jump: a step
    std::uint32_t second;  // one_of: end of the ranges; fork: the other step
  };
  struct Range {
    char32_t low;
    char32_t high;
  };

 private:
  std::string expression_;
  std::vector<Step> steps_;
  std::vector<Range> ranges_;
};

}  // namespace ngo
