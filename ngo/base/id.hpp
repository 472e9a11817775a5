// Identifiers that are made without asking anyone: trace and span ids, UUIDs. Each thread draws from a
// generator of its own (xoshiro256**, seeded by the kernel), so that an id costs a nanosecond and no lock.
// Unique for all purposes, but whoever sees some ids can compute the next: never use them as secrets.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ngo/base/civil_time.hpp"

namespace ngo {

template <class T>
struct TextFormat;

// 64 random bits, all equally likely. Differs between threads, processes and the two sides of a fork.
[[nodiscard]] std::uint64_t random_bits() noexcept;
// A number below `limit`, all equally likely; limit must not be 0.
[[nodiscard]] std::uint64_t random_below(std::uint64_t limit) noexcept;

// Writes 16 lower-case hexadecimal digits; returns their end.
char* write_hex(std::uint64_t number, char* out) noexcept;
// Reads exactly 16 lower-case hexadecimal digits. W3C Trace Context refuses upper case, and so does this.
[[nodiscard]] std::optional<std::uint64_t> read_hex(std::string_view digits) noexcept;

// The 16 bytes of a trace (W3C Trace Context); all zero means none.
struct TraceId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  [[nodiscard]] static TraceId generate() noexcept;
  // Nothing for anything but 32 lower-case hexadecimal digits that are not all zero.
  [[nodiscard]] static std::optional<TraceId> parse(std::string_view text) noexcept;
  [[nodiscard]] bool valid() const noexcept { return (high | low) != 0; }
  [[nodiscard]] std::string to_string() const;
  friend bool operator==(TraceId, TraceId) = default;
};

// The 8 bytes of a span; zero means none.
struct SpanId {
  std::uint64_t value = 0;

  [[nodiscard]] static SpanId generate() noexcept;
  // Nothing for anything but 16 lower-case hexadecimal digits that are not all zero.
  [[nodiscard]] static std::optional<SpanId> parse(std::string_view text) noexcept;
  [[nodiscard]] bool valid() const noexcept { return value != 0; }
  [[nodiscard]] std::string to_string() const;
  friend bool operator==(SpanId, SpanId) = default;
};

// A UUID (RFC 9562). In JSON, configuration and parameters it is its text.
struct Uuid {
  static constexpr std::size_t kTextSize = 36;

  std::uint64_t high = 0;
  std::uint64_t low = 0;

  // Version 4: 122 random bits.
  [[nodiscard]] static Uuid random() noexcept;
  // Version 7: milliseconds since 1970, then random bits. Sorts by time of creation, so it suits as a key of
  // rows and as the id of a request.
  [[nodiscard]] static Uuid at(SystemTime time) noexcept;
  // Any version; hexadecimal digits in either case with hyphens at the usual places. Nothing for other text.
  [[nodiscard]] static std::optional<Uuid> parse(std::string_view text) noexcept;
  // Writes "01890a5d-ac96-774b-bcce-b302099a8057"; returns its end.
  char* write(char* out) const noexcept;
  [[nodiscard]] std::string to_string() const;
  friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

template <>
struct TextFormat<Uuid> {
  static constexpr std::string_view kName = "UUID";
  static void write(const Uuid& value, std::string& out);
  static bool read(std::string_view text, Uuid& out, std::string& problem);
};

}  // namespace ngo
