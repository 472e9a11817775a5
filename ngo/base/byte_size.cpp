#include "ngo/base/byte_size.hpp"

#include <array>
#include <limits>

#include "ngo/base/problem.hpp"

namespace ngo {
namespace {

__extension__ using Wide = unsigned __int128;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The power of two that a unit stands for; -1 when it is none.
int unit_shift(std::string_view unit) {
  std::array<char, 3> lowered{};
  if (unit.size() > lowered.size()) return -1;
  for (std::size_t i = 0; i < unit.size(); ++i) lowered[i] = static_cast<char>(unit[i] | 0x20);
  const std::string_view name(lowered.data(), unit.size());
  if (name.empty() || name == "b") return 0;
  const std::string_view rest = name.substr(1);
  if (!rest.empty() && rest != "b" && rest != "ib") return -1;
  switch (name.front()) {
    case 'k': return 10;
    case 'm': return 20;
    case 'g': return 30;
    case 't': return 40;
    default: return -1;
  }
}

}  // namespace

bool parse_byte_size(std::string_view text, ByteSize& out, std::string& problem) {
  constexpr Wide kLimit = std::numeric_limits<std::uint64_t>::max();
  const auto too_large = [&] {
    problem = in_quotes(text) + " is more than 2^64-1 bytes";
    return false;
  };
  Wide whole = 0;
  Wide fraction = 0;
  Wide scale = 1;
  std::size_t digits = 0;
  std::size_t i = 0;
  for (; i < text.size() && is_digit(text[i]); ++i, ++digits) {
    whole = whole * 10 + static_cast<unsigned>(text[i] - '0');
    if (whole > kLimit) return too_large();
  }
  if (digits > 0 && i < text.size() && text[i] == '.') {
    ++i;
    const std::size_t first = i;
    for (; i < text.size() && is_digit(text[i]); ++i) {
      if (i - first >= 18) break;
      fraction = fraction * 10 + static_cast<unsigned>(text[i] - '0');
      scale *= 10;
    }
    if (i == first) digits = 0;
  }
  std::size_t unit_start = i;
  while (unit_start < text.size() && text[unit_start] == ' ') ++unit_start;
  const int shift = unit_shift(text.substr(unit_start));
  if (digits == 0 || shift < 0) {
    problem =
        in_quotes(text) +
        " is not a size; expected bytes such as \"512\", \"64KiB\", \"10MB\" (units B, KB, MB, GB, TB " +
        "or KiB, MiB, GiB, TiB; the factor is 1024)";
    return false;
  }
  const Wide part = fraction << shift;
  if (part % scale != 0) {
    problem = in_quotes(text) + " is not a whole number of bytes";
    return false;
  }
  const Wide bytes = (whole << shift) + part / scale;
  if (bytes > kLimit) return too_large();
  out = ByteSize(static_cast<std::uint64_t>(bytes));
  return true;
}

ByteSize parse_byte_size(std::string_view text) {
  ByteSize out;
  std::string problem;
  if (!parse_byte_size(text, out, problem)) throw Error(Code::invalid_argument, problem);
  return out;
}

std::string format_byte_size(ByteSize size) {
  constexpr std::array<std::string_view, 5> kNames = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::uint64_t number = size.bytes();
  std::size_t unit = 0;
  while (number != 0 && number % 1024 == 0 && unit + 1 < kNames.size()) {
    number /= 1024;
    ++unit;
  }
  return std::to_string(number).append(kNames[unit]);
}

}  // namespace ngo
