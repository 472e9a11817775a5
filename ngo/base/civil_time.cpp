#include "ngo/base/civil_time.hpp"

#include <array>
#include <cstring>
#include <ctime>
#include <limits>

#include "ngo/base/text.hpp"

namespace ngo {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";

constexpr std::int64_t kSecondsADay = 86'400;

std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Days since 1970-01-01 and back: the year is counted from March in eras of 400 years, so that the leap day
// is the last day of its year and an era always has 146,097 days.
std::int64_t days_from_civil(int year, int month, int day) {
  const std::int64_t y = month <= 2 ? year - 1 : year;
  const std::int64_t era = floor_divide(y, 400);
  const std::int64_t year_of_era = y - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

void set_date(CivilTime& civil, std::int64_t days) {
  civil.weekday = static_cast<int>((days % 7 + 11) % 7);
  days += 719'468;
  const std::int64_t era = floor_divide(days, 146'097);
  const std::int64_t day_of_era = days - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t march_month = (5 * day_of_year + 2) / 153;
  civil.day = static_cast<int>(day_of_year - (153 * march_month + 2) / 5 + 1);
  civil.month = static_cast<int>(march_month + (march_month < 10 ? 3 : -9));
  civil.year = static_cast<int>(year_of_era + era * 400 + (civil.month <= 2 ? 1 : 0));
}

bool is_leap_year(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int days_in_month(int year, int month) {
  if (month == 2) return is_leap_year(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

char* put(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

char* put2(char* out, int number) {
  out[0] = static_cast<char>('0' + number / 10);
  out[1] = static_cast<char>('0' + number % 10);
  return out + 2;
}

char* put3(char* out, int number) {
  *out = static_cast<char>('0' + number / 100);
  return put2(out + 1, number % 100);
}

char* put4(char* out, int number) { return put2(put2(out, number / 100), number % 100); }

char* put_date(char* out, const CivilTime& civil) {
  out = put4(out, civil.year);
  *out++ = '-';
  out = put2(out, civil.month);
  *out++ = '-';
  return put2(out, civil.day);
}

char* put_time(char* out, const CivilTime& civil) {
  out = put2(out, civil.hour);
  *out++ = ':';
  out = put2(out, civil.minute);
  *out++ = ':';
  return put2(out, civil.second);
}

std::int64_t milliseconds_of(SystemTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

// Takes the parts of a date from the front of a text; once one part does not fit, nothing fits any more.
class DateReader {
 public:
  explicit DateReader(std::string_view text) : text_(text) {}

  DateReader& literal(std::string_view expected) {
    good_ = good_ && text_.starts_with(expected);
    if (good_) text_.remove_prefix(expected.size());
    return *this;
  }
  DateReader& number(int digits, int& out) {
    good_ = good_ && text_.size() >= static_cast<std::size_t>(digits);
    out = 0;
    for (int i = 0; good_ && i < digits; ++i) {
      good_ = is_ascii_digit(text_.front());
      out = out * 10 + (text_.front() - '0');
      text_.remove_prefix(1);
    }
    return *this;
  }
  DateReader& month(int& out) {
    const std::size_t found = text_.size() < 3 ? std::string_view::npos : kMonths.find(text_.substr(0, 3));
    good_ = good_ && found != std::string_view::npos && found % 3 == 0;
    if (good_) {
      out = static_cast<int>(found / 3) + 1;
      text_.remove_prefix(3);
    }
    return *this;
  }
  DateReader& time(CivilTime& out) {
    return number(2, out.hour).literal(":").number(2, out.minute).literal(":").number(2, out.second);
  }
  [[nodiscard]] bool complete() const { return good_ && text_.empty(); }

 private:
  std::string_view text_;
  bool good_ = true;
};

// A day as asctime writes it: two places, the first of which may be a space.
bool read_asctime(std::string_view text, CivilTime& civil) {
  int month = 0;
  DateReader reader(text);
  reader.month(month).literal(" ");
  civil.month = month;
  if (text.size() > 4 && text[4] == ' ') {
    reader.literal(" ").number(1, civil.day);
  } else {
    reader.number(2, civil.day);
  }
  return reader.literal(" ").time(civil).literal(" ").number(4, civil.year).complete();
}

bool read_http_date(std::string_view text, CivilTime& civil, bool& short_year) {
  for (const std::string_view day : kDays) {
    if (!text.starts_with(day.substr(0, 3))) continue;
    std::string_view rest = text.substr(3);
    if (rest.starts_with(", ")) {
      return DateReader(rest.substr(2))
          .number(2, civil.day)
          .literal(" ")
          .month(civil.month)
          .literal(" ")
          .number(4, civil.year)
          .literal(" ")
          .time(civil)
          .literal(" GMT")
          .complete();
    }
    if (rest.starts_with(" ")) return read_asctime(rest.substr(1), civil);
    short_year = true;
    return DateReader(text)
        .literal(day)
        .literal(", ")
        .number(2, civil.day)
        .literal("-")
        .month(civil.month)
        .literal("-")
        .number(2, civil.year)
        .literal(" ")
        .time(civil)
        .literal(" GMT")
        .complete();
  }
  return false;
}

}  // namespace

CivilTime to_civil(SystemTime time, std::chrono::seconds offset) noexcept {
  const std::int64_t milliseconds = milliseconds_of(time) + offset.count() * 1'000;
  const std::int64_t days = floor_divide(milliseconds, kSecondsADay * 1'000);
  const auto rest = static_cast<int>(milliseconds - days * kSecondsADay * 1'000);
  CivilTime civil;
  set_date(civil, days);
  civil.hour = rest / 3'600'000;
  civil.minute = rest / 60'000 % 60;
  civil.second = rest / 1'000 % 60;
  civil.millisecond = rest % 1'000;
  return civil;
}

char* write_http_date(SystemTime time, char* out) noexcept {
  const CivilTime civil = to_civil(time);
  out = put(out, kDays[static_cast<std::size_t>(civil.weekday)].substr(0, 3));
  out = put(out, ", ");
  out = put2(out, civil.day);
  *out++ = ' ';
  out = put(out, kMonths.substr(static_cast<std::size_t>(civil.month - 1) * 3, 3));
  *out++ = ' ';
  out = put4(out, civil.year);
  *out++ = ' ';
  out = put_time(out, civil);
  return put(out, " GMT");
}

std::optional<SystemTime> parse_http_date(std::string_view text, SystemTime now) noexcept {
  CivilTime civil;
  bool short_year = false;
  if (!read_http_date(text, civil, short_year)) return std::nullopt;
  if (short_year) {
    const int this_year = to_civil(now).year;
    civil.year += this_year - this_year % 100;
    if (civil.year <= this_year - 50) civil.year += 100;
    if (civil.year > this_year + 50) civil.year -= 100;
  }
  if (civil.year < 1 || civil.day < 1 || civil.day > days_in_month(civil.year, civil.month))
    return std::nullopt;
  if (civil.hour > 23 || civil.minute > 59 || civil.second > 60) return std::nullopt;  // 60: a leap second
  const std::chrono::seconds seconds(days_from_civil(civil.year, civil.month, civil.day) * kSecondsADay +
                                     civil.hour * 3'600 + civil.minute * 60 + civil.second);
  // The clock counts nanoseconds and so reaches from 1677 to 2262 only; further dates are its ends.
  constexpr auto kFirst = std::chrono::ceil<std::chrono::seconds>(SystemTime::min().time_since_epoch());
  constexpr auto kLast = std::chrono::floor<std::chrono::seconds>(SystemTime::max().time_since_epoch());
  return SystemTime(seconds < kFirst ? kFirst : seconds > kLast ? kLast : seconds);
}

char* write_rfc3339(SystemTime time, char* out) noexcept {
  const CivilTime civil = to_civil(time);
  out = put_date(out, civil);
  *out++ = 'T';
  out = put_time(out, civil);
  *out++ = '.';
  out = put3(out, civil.millisecond);
  *out++ = 'Z';
  return out;
}

char* write_log_time(SystemTime time, char* out) noexcept {
  struct Written {
    std::int64_t second = std::numeric_limits<std::int64_t>::min();
    char text[kLogTimeSize];
  };
  static thread_local Written last;
  const std::int64_t milliseconds = milliseconds_of(time);
  const std::int64_t second = floor_divide(milliseconds, 1'000);
  if (second != last.second) {
    const CivilTime civil = to_civil(time, local_offset(time));
    char* at = put_date(last.text, civil);
    *at++ = ' ';
    at = put_time(at, civil);
    *at = '.';
    last.second = second;
  }
  put3(last.text + 20, static_cast<int>(milliseconds - second * 1'000));
  return put(out, {last.text, kLogTimeSize});
}

std::chrono::seconds local_offset(SystemTime time) noexcept {
  struct Known {
    std::int64_t quarter = std::numeric_limits<std::int64_t>::min();
    std::int64_t offset = 0;
  };
  static thread_local Known known;
  const std::int64_t seconds = floor_divide(milliseconds_of(time), 1'000);
  const std::int64_t quarter = floor_divide(seconds, 900);
  if (quarter != known.quarter) {
    const std::time_t start = quarter * 900;
    std::tm local{};
    known.offset = localtime_r(&start, &local) != nullptr ? local.tm_gmtoff : 0;
    known.quarter = quarter;
  }
  return std::chrono::seconds(known.offset);
}

}  // namespace ngo
