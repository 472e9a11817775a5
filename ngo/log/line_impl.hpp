// One log line while it is put together: bounded memory on the stack, and escaping by which no text can end
// the line, leave its quotes or control a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "ngo/codec/detail/json_scan.hpp"
#include "ngo/log/field.hpp"

namespace ngo::log {

// What a line may at most have; longer text is cut, with a note of how much is missing.
inline constexpr std::size_t kLongestLine = 16 * 1024;  // container runtimes cut lines there
inline constexpr std::size_t kLongestMessage = 8 * 1024;
inline constexpr std::size_t kLongestValue = 2 * 1024;

class Line {
 public:
  [[nodiscard]] std::string_view text() const noexcept { return {bytes_, size_}; }
  // Room for `size` bytes that are written by hand; commit() them.
  [[nodiscard]] char* room(std::size_t size) noexcept {
    return size <= kRoom - size_ ? bytes_ + size_ : nullptr;
  }
  void commit(std::size_t size) noexcept { size_ += size; }

  void add(char c) noexcept {
    if (size_ < kRoom) bytes_[size_++] = c;
  }
  // Text of ours, copied as it is.
  void add(std::string_view text) noexcept {
    const std::size_t size = text.size() < kRoom - size_ ? text.size() : kRoom - size_;
    std::memcpy(bytes_ + size_, text.data(), size);
    size_ += size;
  }
  void add(std::int64_t number) noexcept;
  void add(std::uint64_t number) noexcept;
  void add(double number) noexcept;

  enum class Style { plain, json };  // json: also what a JSON string may not hold as it is
  // Text of anyone: control characters and what is not UTF-8 are escaped. Takes at most `limit` bytes of the
  // line; `more` bytes of the text were cut off before.
  void add_escaped(std::string_view text, Style style, std::size_t limit, std::size_t more = 0) noexcept {
    // Nearly all text is plain and short.
    const std::size_t left = limit < kRoom - size_ ? limit : kRoom - size_;
    if (more == 0 && text.size() + kNote <= left &&
        json::detail::copy_plain<true>(bytes_ + size_, text.data(), text.size())) [[likely]] {
      size_ += text.size();
    } else {
      escape(text, style, left, more);
    }
  }

  // `"name":value`, with a comma before it unless it is the first of its object.
  void add_field(const Field& field) noexcept;
  // ` name=value`, text in quotes (logfmt).
  void add_pair(const Field& field) noexcept;
  // Each line of `text` behind `indent`, as far as there is room; the line before must be finished.
  void add_lines(std::string_view text, std::string_view indent) noexcept;

  // Ends the line, whatever room is left.
  void finish() noexcept { bytes_[size_++] = '\n'; }
  // Whether there is room for another field.
  [[nodiscard]] bool crowded() const noexcept { return kRoom - size_ < kLongestValue + 512; }

 private:
  void add_value(const Field& field) noexcept;
  void escape(std::string_view text, Style style, std::size_t left, std::size_t more) noexcept;

  static constexpr std::size_t kRoom = kLongestLine - 1;
  // Of it for a note such as "...(123456 bytes cut)".
  static constexpr std::size_t kNote = 48;

  std::size_t size_ = 0;
  char bytes_[kLongestLine];
};

}  // namespace ngo::log
