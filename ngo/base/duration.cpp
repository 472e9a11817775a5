#include "ngo/base/duration.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

#include "ngo/base/problem.hpp"

namespace ngo {
namespace {

__extension__ using Wide = unsigned __int128;

struct Unit {
  std::string_view name;
  std::uint64_t nanoseconds;
};

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::array<Unit, 9> kUnits = {{
    {"ns", 1},
    {"us", 1'000},
    {"\xC2\xB5s", 1'000},  // µ, the micro sign
    {"\xCE\xBCs", 1'000},  // μ, the Greek letter
    {"ms", 1'000'000},
    {"s", kSecond},
    {"m", 60 * kSecond},
    {"h", 3'600 * kSecond},
    {"d", 86'400 * kSecond},
}};

constexpr std::string_view kExpected =
    "expected a duration such as \"500ms\", \"10s\" or \"1h30m\" (units ns, us, ms, s, m, h, d)";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

enum class Outcome { good, malformed, no_unit, unknown_unit, too_fine, too_long };

// One part, "1.5h", taken from the front of `text` and added to `total`.
Outcome take_part(std::string_view& text, Wide& total) {
  constexpr Wide kLimit = std::numeric_limits<std::int64_t>::max();
  std::size_t i = 0;
  Wide whole = 0;
  Wide fraction = 0;
  Wide scale = 1;
  std::size_t digits = 0;
  for (; i < text.size() && is_digit(text[i]); ++i, ++digits) {
    whole = whole * 10 + static_cast<unsigned>(text[i] - '0');
    if (whole > kLimit) return Outcome::too_long;
  }
  if (i < text.size() && text[i] == '.') {
    std::size_t last = ++i;
    while (last < text.size() && is_digit(text[last])) ++last;
    digits += last - i;
    std::size_t significant = last;
    while (significant > i && text[significant - 1] == '0') --significant;
    if (significant - i > 18) return Outcome::too_fine;
    for (; i < significant; ++i) {
      fraction = fraction * 10 + static_cast<unsigned>(text[i] - '0');
      scale *= 10;
    }
    i = last;
  }
  if (digits == 0) return Outcome::malformed;
  std::size_t unit_end = i;
  while (unit_end < text.size() && !is_digit(text[unit_end]) && text[unit_end] != '.') ++unit_end;
  const std::string_view name = text.substr(i, unit_end - i);
  if (name.empty()) return i == text.size() ? Outcome::no_unit : Outcome::malformed;
  for (const Unit& unit : kUnits) {
    if (unit.name != name) continue;
    const Wide part = fraction * unit.nanoseconds;
    if (part % scale != 0) return Outcome::too_fine;
    total += whole * unit.nanoseconds + part / scale;
    if (total > kLimit) return Outcome::too_long;
    text.remove_prefix(unit_end);
    return Outcome::good;
  }
  return Outcome::unknown_unit;
}

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits{};
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

void append_part(std::string& out, std::uint64_t value, const Unit& unit) {
  append_number(out, value / unit.nanoseconds);
  if (std::uint64_t rest = value % unit.nanoseconds; rest != 0) {
    out += '.';
    for (std::uint64_t place = unit.nanoseconds / 10; rest != 0; rest %= place, place /= 10) {
      out += static_cast<char>('0' + rest / place);
    }
  }
  out += unit.name;
}

}  // namespace

bool parse_duration(std::string_view text, std::chrono::nanoseconds& out, std::string& problem) {
  const std::string_view whole_text = text;
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  if (text == "0") {
    out = std::chrono::nanoseconds::zero();
    return true;
  }
  Wide total = 0;
  Outcome outcome = text.empty() ? Outcome::malformed : Outcome::good;
  while (!text.empty() && outcome == Outcome::good) outcome = take_part(text, total);
  switch (outcome) {
    case Outcome::good: {
      const auto count = static_cast<std::int64_t>(total);
      out = std::chrono::nanoseconds(negative ? -count : count);
      return true;
    }
    case Outcome::no_unit:
      problem = in_quotes(whole_text) + " has no unit; write for example \"" + std::string(whole_text) +
                "ms\" or \"" + std::string(whole_text) + "s\"";
      return false;
    case Outcome::too_fine:
      problem = in_quotes(whole_text) + " is not a whole number of nanoseconds";
      return false;
    case Outcome::too_long: problem = in_quotes(whole_text) + " is longer than 292 years"; return false;
    case Outcome::malformed:
    case Outcome::unknown_unit: break;
  }
  problem = in_quotes(whole_text).append(" is not a duration; ").append(kExpected);
  return false;
}

std::chrono::nanoseconds parse_duration(std::string_view text) {
  std::chrono::nanoseconds out{};
  std::string problem;
  if (!parse_duration(text, out, problem)) throw Error(Code::invalid_argument, problem);
  return out;
}

std::string format_duration(std::chrono::nanoseconds duration) {
  const std::int64_t count = duration.count();
  std::string out;
  if (count < 0) out += '-';
  // Negating in unsigned arithmetic: the most negative count has no positive counterpart.
  std::uint64_t rest = count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  if (rest == 0) return "0s";
  constexpr const Unit& kDay = kUnits[8];
  constexpr const Unit& kHour = kUnits[7];
  constexpr const Unit& kMinute = kUnits[6];
  if (rest % kDay.nanoseconds == 0) {
    append_part(out, rest, kDay);
    return out;
  }
  if (rest < kSecond) {
    append_part(out, rest, rest >= 1'000'000 ? kUnits[4] : rest >= 1'000 ? kUnits[1] : kUnits[0]);
    return out;
  }
  for (const Unit* unit : {&kHour, &kMinute}) {
    if (rest < unit->nanoseconds) continue;
    append_part(out, rest - rest % unit->nanoseconds, *unit);
    rest %= unit->nanoseconds;
  }
  if (rest != 0) append_part(out, rest, kUnits[5]);
  return out;
}

}  // namespace ngo
