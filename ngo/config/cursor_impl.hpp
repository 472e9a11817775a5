// A place in a text that moves on and knows its line and column; what the readers of formats are made of.
// A mistake of syntax ends the reading: fail() puts it into the report and throws Stop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ngo/config/node.hpp"
#include "ngo/config/report.hpp"

namespace ngo::config {

// Ends the reading of a text; the report says why.
struct Stop {};

class Cursor {
 public:
  Cursor(std::string_view text, std::shared_ptr<const std::string> source, Report& report) noexcept
      : text_(text), source_(std::move(source)), report_(report) {}

  [[nodiscard]] bool at_end() const noexcept { return text_.empty(); }
  // The next character; 0 at the end (texts hold no zero byte, see prepare_text).
  [[nodiscard]] char peek(std::size_t ahead = 0) const noexcept {
    return ahead < text_.size() ? text_[ahead] : '\0';
  }
  [[nodiscard]] std::string_view rest() const noexcept { return text_; }
  char take() noexcept;
  // Takes the word when it stands here.
  bool accept(std::string_view word) noexcept;
  // Takes what stands before one of these characters, or everything.
  std::string_view take_until(std::string_view characters) noexcept;
  void skip(std::string_view characters) noexcept;
  // The rest of the line, without its end, which is taken as well.
  std::string_view take_line() noexcept;

  [[nodiscard]] Place place() const { return {source_, line_, column_}; }
  [[nodiscard]] Report& report() const noexcept { return report_; }
  [[noreturn]] void fail(const std::string& message) const { fail(place(), message); }
  [[noreturn]] void fail(const Place& place, const std::string& message) const;

 private:
  std::string_view text_;
  std::shared_ptr<const std::string> source_;
  Report& report_;
  std::uint32_t line_ = 1;
  std::uint32_t column_ = 1;
};

// Takes a byte order mark away. False, with the place in the report: the text is not UTF-8, or holds control
// characters.
bool prepare_text(std::string_view& text, const std::shared_ptr<const std::string>& source, Report& report);

// Takes the four hexadecimal digits behind \u, and those of the second half of a pair, and appends the
// character in UTF-8.
void append_unicode_escape(Cursor& at, std::string& out);

// "true", "12" and "1.5" without quotes are what they look like; the rest is text.
[[nodiscard]] Node plain_scalar(std::string_view text, const Place& place);

}  // namespace ngo::config
