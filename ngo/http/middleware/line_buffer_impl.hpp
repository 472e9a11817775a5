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

  // Writes a text whose characters all stand for themselves, and returns the place behind it; null when one
  // has to be escaped. There is room for the text.
  [[nodiscard]] static char* put_plain(std::string_view text, char* at) noexcept {
    const std::size_t size = text.size();
    const char* const from = text.data();
#if defined(__SSE2__)
    if (size >= 16) {  // the last piece overlaps the one before
      for (std::size_t done = 0;; done += 16) {
        if (done + 16 > size) done = size - 16;
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + done));
        if (guarded(bytes) != 0) return nullptr;
        _mm_storeu_si128(reinterpret_cast<__m128i*>(at + done), bytes);
        if (done + 16 == size) return at + size;
      }
    }
    if (size >= 8) return put_halves<std::uint64_t>(from, size, at);
    if (size >= 4) return put_halves<std::uint32_t>(from, size, at);
#endif
    for (std::size_t i = 0; i < size; ++i) {
      const auto byte = static_cast<unsigned char>(from[i]);
      if (byte < 0x20 || byte >= 0x7f || byte == '"' || byte == '\\') return nullptr;
      at[i] = from[i];
    }
    return at + size;
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
    if (char* const end = put_plain(text, at)) return end_at(end);
    for (std::size_t done = 0; done < text.size();) {
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
  // Of one to two halves' bytes, by two halves that overlap.
  template <class Half>
  static char* put_halves(const char* from, std::size_t size, char* at) noexcept {
    Half first = 0;
    Half last = 0;
    std::memcpy(&first, from, sizeof(Half));
    std::memcpy(&last, from + size - sizeof(Half), sizeof(Half));
    __m128i both{};
    if constexpr (sizeof(Half) == 8) {
      both = _mm_set_epi64x(static_cast<std::int64_t>(last), static_cast<std::int64_t>(first));
    } else {
      both = _mm_set1_epi64x(static_cast<std::int64_t>(std::uint64_t{last} << 32U | first));
    }
    if (guarded(both) != 0) return nullptr;
    std::memcpy(at, &first, sizeof(Half));
    std::memcpy(at + size - sizeof(Half), &last, sizeof(Half));
    return at + size;
  }

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
