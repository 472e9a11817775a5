#include "ngo/http/middleware/access_log_time.hpp"

#include <array>
#include <chrono>
#include <ctime>

namespace ngo::http {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"January",   "February", "March",    "April",
                                                      "May",       "June",     "July",     "August",
                                                      "September", "October",  "November", "December"};

void append_number(std::string& out, std::int64_t number, std::size_t width, char filler = '0') {
  const std::string digits = std::to_string(number);
  if (digits.size() < width) out.append(width - digits.size(), filler);
  out += digits;
}

int day_of_year(const CivilTime& civil) noexcept {
  constexpr std::array<int, 12> kBefore = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  const bool leap = (civil.year % 4 == 0 && civil.year % 100 != 0) || civil.year % 400 == 0;
  return kBefore[static_cast<std::size_t>(civil.month - 1)] + civil.day + (leap && civil.month > 2 ? 1 : 0);
}

struct IsoWeek {
  int year;
  int week;
};

// ISO 8601: weeks begin on Monday, and the first of a year is the one with its first Thursday.
IsoWeek iso_week(const CivilTime& civil) noexcept {
  const int weekday = (civil.weekday + 6) % 7;  // 0 is Monday
  const int week = (day_of_year(civil) - 1 - weekday + 10) / 7;
  const auto weeks_in = [](int year) {
    const auto december_31 = [](int y) { return (y + y / 4 - y / 100 + y / 400) % 7; };
    return december_31(year) == 4 || december_31(year - 1) == 3 ? 53 : 52;
  };
  if (week < 1) return {civil.year - 1, weeks_in(civil.year - 1)};
  if (week > weeks_in(civil.year)) return {civil.year + 1, 1};
  return {civil.year, week};
}

class Writer {
 public:
  Writer(std::string& out, SystemTime time)
      : out_(out), time_(time), offset_(local_offset(time)), civil_(to_civil(time, offset_)) {}

  void put(char letter) {
    const auto day = kDays[static_cast<std::size_t>(civil_.weekday)];
    const auto month = kMonths[static_cast<std::size_t>(civil_.month - 1)];
    const int hour12 = civil_.hour % 12 == 0 ? 12 : civil_.hour % 12;
    switch (letter) {
      case 'a': out_ += day.substr(0, 3); break;
      case 'A': out_ += day; break;
      case 'b':
      case 'h': out_ += month.substr(0, 3); break;
      case 'B': out_ += month; break;
      case 'C': two(civil_.year / 100); break;
      case 'd': two(civil_.day); break;
      case 'D': each("m/d/y"); break;
      case 'e': append_number(out_, civil_.day, 2, ' '); break;
      case 'F': each("Y-m-d"); break;
      case 'f': append_number(out_, civil_.millisecond, 3); break;
      case 'g': two(iso_week(civil_).year % 100); break;
      case 'G': append_number(out_, iso_week(civil_).year, 4); break;
      case 'H': two(civil_.hour); break;
      case 'I': two(hour12); break;
      case 'j': append_number(out_, day_of_year(civil_), 3); break;
      case 'k': append_number(out_, civil_.hour, 2, ' '); break;
      case 'l': append_number(out_, hour12, 2, ' '); break;
      case 'm': two(civil_.month); break;
      case 'M': two(civil_.minute); break;
      case 'n': out_ += '\n'; break;
      case 'p': out_ += civil_.hour < 12 ? "AM" : "PM"; break;
      case 'P': out_ += civil_.hour < 12 ? "am" : "pm"; break;
      case 'r': each("I:M:S p"); break;
      case 'R': each("H:M"); break;
      case 's': append_number(out_, std::chrono::system_clock::to_time_t(time_), 1); break;
      case 'S': two(civil_.second); break;
      case 't': out_ += '\t'; break;
      case 'T': each("H:M:S"); break;
      case 'u': append_number(out_, civil_.weekday == 0 ? 7 : civil_.weekday, 1); break;
      case 'V': two(iso_week(civil_).week); break;
      case 'w': append_number(out_, civil_.weekday, 1); break;
      case 'y': two(civil_.year % 100); break;
      case 'Y': append_number(out_, civil_.year, 4); break;
      case 'z': put_offset(); break;
      case 'Z': put_zone(); break;
      case '%': out_ += '%'; break;
      default: out_ += '?'; break;
    }
  }

 private:
  void two(int number) { append_number(out_, number, 2); }
  // Letters stand for themselves, everything else is written as it is.
  void each(std::string_view letters) {
    for (const char c : letters) {
      if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
        put(c);
      } else {
        out_ += c;
      }
    }
  }
  void put_offset() {
    const std::int64_t minutes = offset_.count() / 60;
    out_ += minutes < 0 ? '-' : '+';
    const std::int64_t size = minutes < 0 ? -minutes : minutes;
    append_number(out_, size / 60, 2);
    append_number(out_, size % 60, 2);
  }
  void put_zone() {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time_);
    std::tm local{};
    if (localtime_r(&seconds, &local) != nullptr && local.tm_zone != nullptr) out_ += local.tm_zone;
  }

  std::string& out_;
  SystemTime time_;
  std::chrono::seconds offset_;
  CivilTime civil_;
};

}  // namespace

void append_time(std::string& out, std::string_view format, SystemTime time) {
  Writer writer(out, time);
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      out += format[i];
    } else if (++i < format.size()) {
      writer.put(format[i]);
    } else {
      out += '?';
    }
  }
}

bool shows_milliseconds(std::string_view format) noexcept {
  for (std::size_t i = 0; i + 1 < format.size(); ++i) {
    if (format[i] != '%') continue;
    ++i;
    if (format[i] == 'f') return true;
  }
  return false;
}

}  // namespace ngo::http
