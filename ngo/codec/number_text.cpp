#include "ngo/codec/detail/number_text.hpp"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace ngo::codec {
namespace {

// All powers of ten that a double holds exactly.
constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr std::uint64_t kMostMantissa = std::uint64_t{1} << 53;

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

// Whether a number that from_chars could not represent is too large rather than too small.
bool is_huge(std::string_view text) {
  long long point = 0;  // decimal places that the first significant digit stands before the point
  bool significant = false;
  bool behind_point = false;
  std::size_t i = text.front() == '-' ? 1 : 0;
  for (; i < text.size() && (is_digit(text[i]) || text[i] == '.'); ++i) {
    if (text[i] == '.') {
      behind_point = true;
      continue;
    }
    significant = significant || text[i] != '0';
    if (significant && !behind_point) ++point;
    if (!significant && behind_point) --point;
  }
  long long exponent = 0;
  if (i < text.size()) {
    ++i;
    const bool negative = text[i] == '-';
    if (text[i] == '-' || text[i] == '+') ++i;
    constexpr long long kEnough = 1'000'000'000'000;
    for (; i < text.size() && exponent < kEnough; ++i) exponent = exponent * 10 + (text[i] - '0');
    if (negative) exponent = -exponent;
  }
  return point + exponent > 0;
}

template <class T>
bool read_any(std::string_view text, T& out) noexcept {
  if (std::from_chars(text.data(), text.data() + text.size(), out).ec == std::errc()) return true;
  if (is_huge(text)) return false;
  out = text.front() == '-' ? -T{0} : T{0};
  return true;
}

// Numbers with at most 15 digits and 6 decimals: the only decimal of so few digits that is this double is
// also its shortest text. The division is correctly rounded, so it tells whether the candidate is right.
char* write_short(char* to, double number) noexcept {
  constexpr double kMost = 1e15;
  constexpr int kDecimals = 6;
  const double magnitude = std::fabs(number);
  if (!(magnitude < kMost)) return nullptr;
  for (int decimals = 0; decimals <= kDecimals; ++decimals) {
    const double scaled = magnitude * kPowersOfTen[decimals];
    if (scaled >= kMost) return nullptr;
    // NOLINTNEXTLINE(bugprone-incorrect-roundings): a candidate that is rounded wrongly is found out below
    const auto candidate = static_cast<std::uint64_t>(scaled + 0.5);
    if (static_cast<double>(candidate) / kPowersOfTen[decimals] != magnitude) continue;
    if (candidate == 0) return nullptr;  // zero of either sign
    if (number < 0) *to++ = '-';
    if (decimals == 0) return std::to_chars(to, to + kNumberRoom - 1, candidate).ptr;
    const auto unit = static_cast<std::uint64_t>(kPowersOfTen[decimals]);
    // Not rounded up by the double: a decimal so close to a whole number would have been taken for it.
    const auto whole = static_cast<std::uint64_t>(magnitude);
    to = std::to_chars(to, to + kNumberRoom - 1, whole).ptr;
    *to++ = '.';
    std::uint64_t fraction = candidate - whole * unit;
    for (int i = decimals - 1; i >= 0; --i, fraction /= 10) to[i] = static_cast<char>('0' + fraction % 10);
    return to + decimals;
  }
  return nullptr;
}

}  // namespace

char* floating_to_text(char* to, double number) noexcept {
  if (char* const end = write_short(to, number)) return end;
  return std::to_chars(to, to + kNumberRoom, number).ptr;
}

char* floating_to_text(char* to, float number) noexcept {
  return std::to_chars(to, to + kNumberRoom, number).ptr;
}

// Clinger's fast path: a mantissa and a power of ten that are both exact need one correctly rounded
// operation.
bool take_short_number(const char*& at, const char* end, double& out) noexcept {
  constexpr std::ptrdiff_t kMostDigits = 17;  // more might overflow the mantissa
  const char* i = at;
  const bool negative = i < end && *i == '-';
  if (negative) ++i;
  const char* const first = i;
  std::uint64_t mantissa = 0;
  for (; i < end && is_digit(*i); ++i) mantissa = mantissa * 10 + static_cast<unsigned>(*i - '0');
  const std::ptrdiff_t whole_digits = i - first;
  if (whole_digits == 0 || whole_digits > kMostDigits || (*first == '0' && whole_digits > 1)) return false;
  std::ptrdiff_t decimals = 0;
  if (i < end && *i == '.') {
    const char* const point = i;
    for (++i; i < end && is_digit(*i); ++i) mantissa = mantissa * 10 + static_cast<unsigned>(*i - '0');
    decimals = i - point - 1;
    if (decimals == 0 || whole_digits + decimals > kMostDigits) return false;
  }
  if ((i < end && (*i == 'e' || *i == 'E')) || mantissa > kMostMantissa) return false;
  const double value = static_cast<double>(mantissa) / kPowersOfTen[decimals];
  out = negative ? -value : value;
  at = i;
  return true;
}

bool floating_from_text(std::string_view text, double& out) noexcept {
  const char* at = text.data();
  const char* const end = at + text.size();
  return (take_short_number(at, end, out) && at == end) || read_any(text, out);
}

bool floating_from_text(std::string_view text, float& out) noexcept { return read_any(text, out); }

}  // namespace ngo::codec
