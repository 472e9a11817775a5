// A number of bytes, and its text: "64KiB", "10MB", "512", "5 MB", "1gb". The factor is always 1024, KB and
// KiB alike and in any case: that is what existing configuration files mean by it. Written back as KiB, MiB,
// ...
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace ngo {

struct ByteSize {
  // NOLINTNEXTLINE(google-explicit-constructor): `ngo::ByteSize limit = 4096;` is how defaults are written
  constexpr ByteSize(std::uint64_t bytes = 0) : bytes_(bytes) {}
  static constexpr ByteSize kib(std::uint64_t count) { return {count << 10}; }
  static constexpr ByteSize mib(std::uint64_t count) { return {count << 20}; }
  static constexpr ByteSize gib(std::uint64_t count) { return {count << 30}; }

  [[nodiscard]] constexpr std::uint64_t bytes() const noexcept { return bytes_; }
  friend constexpr auto operator<=>(ByteSize, ByteSize) = default;

 private:
  std::uint64_t bytes_;
};

// Reads a size from the whole text: digits, optionally a fraction that gives whole bytes ("1.5MiB"),
// optionally spaces and a unit: b, k, kb, kib, m, mb, mib, g, gb, gib, t, tb, tib, in any case. On failure
// returns false and sets `problem`.
[[nodiscard]] bool parse_byte_size(std::string_view text, ByteSize& out, std::string& problem);
// The same; throws Error{invalid_argument}.
[[nodiscard]] ByteSize parse_byte_size(std::string_view text);

// The largest unit that divides the size exactly: "64KiB", "1536MiB", "1000B", "0B".
[[nodiscard]] std::string format_byte_size(ByteSize size);

}  // namespace ngo
