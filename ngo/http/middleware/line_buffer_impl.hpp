// Where lines of the access log are put together: bytes that are appended with one comparison each, and texts
// from outside that are escaped on the way, sixteen bytes at a time. For the sources of this folder only.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "ngo/base/utf8.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ngo::http::detail {

class LineBuffer {
 public:
  [[nodiscard]] std::string_view view() const noexcept { return {data_.get(), size_}; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  void cut(std::size_t size) noexcept { size_ = size; }
  void drop_front(std::size_t count) noexcept {
    std::memmove(data_.get(), data_.get() + count, size_ - count);
    size_ -= count;
  }

  // At least `wanted` bytes behind the content.
  [[nodiscard]] char* room(std::size_t wanted) {
    if (capacity_ - size_ < wanted) [[unlikely]]
      grow(wanted);
    return data_.get() + size_;
  }
  void commit(std::size_t count) noexcept { size_ += count; }
  void end_at(const char* end) noexcept { size_ = static_cast<std::size_t>(end - data_.get()); }

  void add(char c) {
    *room(1) = c;
    ++size_;
  }
  void add(std::string_view text) {
    std::memcpy(room(text.size()), text.data(), text.size());
    size_ += text.size();
  }
  // Zeros behind texts that are copied by pieces of a fixed size.
  static constexpr std::size_t kPadding = 32;
  void add_number(std::uint64_t number) {
    char* const at = room(20);
    end_at(std::to_chars(at, at + 20, number).ptr);
  }

  // The characters that could end a line, close a quote or steer a terminal are written so that they cannot:
  // as Apache does, \" \\ \n \r \t and \xhh, everything beyond ASCII included.
  void add_escaped(std::string_view text) { add_guarded<false>(text); }
  // The inside of a JSON string, in ASCII only; bytes that are no UTF-8 become U+FFFD.
  void add_json(std::string_view text) { add_guarded<true>(text); }

 private:
  template <bool Json>
  void add_guarded(std::string_view text) {
    char* at = room(text.size() * (Json ? 6 : 4) + 16);
    std::size_t done = 0;
#if defined(__SSE2__)
    while (text.size() - done >= 16) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + done));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(at), bytes);
      const unsigned mask = guarded(bytes);
      if (mask == 0) {
        at += 16;
        done += 16;
        continue;
      }
      const auto plain = static_cast<unsigned>(__builtin_ctz(mask));
      at += plain;
      done += plain;
      at = escape<Json>(text, done, at);
    }
    // What is left, when it is plain, by two halves that overlap.
    const std::size_t left = text.size() - done;
    if (left >= 8) {
      std::int64_t first = 0;
      std::int64_t last = 0;
      std::memcpy(&first, text.data() + done, 8);
      std::memcpy(&last, text.data() + text.size() - 8, 8);
      if (guarded(_mm_set_epi64x(last, first)) == 0) {
        std::memcpy(at, &first, 8);
        std::memcpy(at + left - 8, &last, 8);
        return end_at(at + left);
      }
    }
#endif
    while (done < text.size()) {
      const auto byte = static_cast<unsigned char>(text[done]);
      if (byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\') {
        *at++ = static_cast<char>(byte);
        ++done;
      } else {
        at = escape<Json>(text, done, at);
      }
    }
    end_at(at);
  }

#if defined(__SSE2__)
  // A bit for each byte that is not plain, that is, 0x20 to 0x7e but for two; as signed bytes, those beyond
  // ASCII are below 0x20 as well.
  static unsigned guarded(__m128i bytes) noexcept {
    const __m128i bad = _mm_or_si128(
        _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)), _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f))),
        _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
    return static_cast<unsigned>(_mm_movemask_epi8(bad));
  }
#endif

  // Writes what stands for the character at `done`, and moves `done` behind it.
  template <bool Json>
  static char* escape(std::string_view text, std::size_t& done, char* at) noexcept {
    const auto byte = static_cast<unsigned char>(text[done]);
    if (Json && byte >= 0x80) {
      std::string_view rest = text.substr(done);
      const char32_t point = take_code_point(rest);
      if (point == kNoCodePoint) {
        ++done;
        return unit(0xfffd, at);
      }
      done = text.size() - rest.size();
      if (point < 0x10000) return unit(point, at);
      at = unit(0xd800 + ((point - 0x10000) >> 10U), at);
      return unit(0xdc00 + ((point - 0x10000) & 0x3ffU), at);
    }
    ++done;
    switch (byte) {
      case '"':
      case '\\':
        *at++ = '\\';
        *at++ = static_cast<char>(byte);
        return at;
      case '\n': return std::copy_n("\\n", 2, at);
      case '\r': return std::copy_n("\\r", 2, at);
      case '\t': return std::copy_n("\\t", 2, at);
      default: break;
    }
    if (Json) return unit(byte, at);
    *at++ = '\\';
    *at++ = 'x';
    *at++ = kDigits[byte >> 4U];
    *at++ = kDigits[byte & 15U];
    return at;
  }
  static char* unit(char32_t value, char* at) noexcept {
    *at++ = '\\';
    *at++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4) *at++ = kDigits[(value >> shift) & 15U];
    return at;
  }

  void grow(std::size_t wanted) {
    std::size_t capacity = capacity_ == 0 ? 8192 : capacity_;
    while (capacity - size_ < wanted) capacity *= 2;
    auto larger = std::make_unique<char[]>(capacity);
    if (size_ != 0) std::memcpy(larger.get(), data_.get(), size_);
    data_ = std::move(larger);
    capacity_ = capacity;
  }

  static constexpr char kDigits[] = "0123456789abcdef";
  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace ngo::http::detail
