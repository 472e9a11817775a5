#include "ngo/base/timestamp.hpp"

#include "ngo/base/problem.hpp"

namespace ngo::detail {
namespace {

void put(std::string& out, unsigned number, int digits) {
  char text[9];
  for (int i = digits - 1; i >= 0; --i, number /= 10) text[i] = static_cast<char>('0' + number % 10);
  out.append(text, static_cast<std::size_t>(digits));
}

// Takes numbers of fixed width and marks from the front of a text.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  int number(std::size_t digits, int least, int most) {
    int out = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (i >= rest_.size() || rest_[i] < '0' || rest_[i] > '9') return fail();
      out = out * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return out < least || out > most ? fail() : out;
  }

  // One of the marks; the one that it was.
  char mark(std::string_view marks) {
    if (rest_.empty() || marks.find(rest_.front()) == std::string_view::npos)
      return static_cast<char>(fail());
    const char found = rest_.front();
    rest_.remove_prefix(1);
    return found;
  }

  // Decimals of a second, if there are any.
  std::int64_t nanoseconds() {
    if (!rest_.starts_with('.')) return 0;
    rest_.remove_prefix(1);
    std::int64_t out = 0;
    std::int64_t place = 100'000'000;
    std::size_t digits = 0;
    for (; digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9'; ++digits, place /= 10) {
      if (place == 0 && rest_[digits] != '0') return fail();
      out += place * (rest_[digits] - '0');
    }
    rest_.remove_prefix(digits);
    return digits == 0 ? fail() : out;
  }

  [[nodiscard]] bool good() const { return good_ && rest_.empty(); }

 private:
  int fail() {
    good_ = false;
    return 0;
  }

  std::string_view rest_;
  bool good_ = true;
};

}  // namespace

void write_timestamp(Instant instant, std::string& out) {
  using namespace std::chrono;
  const sys_seconds time{seconds(instant.seconds)};
  const sys_days day = floor<days>(time);
  const year_month_day date(day);
  if (static_cast<int>(date.year()) < 1 || static_cast<int>(date.year()) > 9999) {
    throw Error(Code::invalid_argument, "a timestamp outside of the years 1 to 9999 cannot be written");
  }
  const auto of_day = static_cast<unsigned>((time - day).count());
  put(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  out += '-';
  put(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  put(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  put(out, of_day / 3600, 2);
  out += ':';
  put(out, of_day / 60 % 60, 2);
  out += ':';
  put(out, of_day % 60, 2);
  if (instant.nanoseconds != 0) {
    out += '.';
    put(out, static_cast<unsigned>(instant.nanoseconds), 9);
    while (out.back() == '0') out.pop_back();
  }
  out += 'Z';
}

bool read_timestamp(std::string_view text, Instant& out, std::string& problem) {
  using namespace std::chrono;
  Cursor cursor(text);
  const int year_number = cursor.number(4, 1, 9999);
  cursor.mark("-");
  const int month_number = cursor.number(2, 1, 12);
  cursor.mark("-");
  const int day_number = cursor.number(2, 1, 31);
  cursor.mark("Tt ");
  const int hour = cursor.number(2, 0, 23);
  cursor.mark(":");
  const int minute = cursor.number(2, 0, 59);
  cursor.mark(":");
  const int second = cursor.number(2, 0, 59);
  out.nanoseconds = cursor.nanoseconds();
  const char zone = cursor.mark("Zz+-");
  int offset = 0;
  if (zone == '+' || zone == '-') {
    offset = cursor.number(2, 0, 23) * 3600;
    cursor.mark(":");
    offset += cursor.number(2, 0, 59) * 60;
    if (zone == '-') offset = -offset;
  }
  const year_month_day date{year(year_number), month(static_cast<unsigned>(month_number)),
                            day(static_cast<unsigned>(day_number))};
  if (!cursor.good() || !date.ok()) {
    problem = in_quotes(text) + " is no timestamp; expected a form such as \"2024-05-06T07:08:09Z\" or " +
              "\"2024-05-06T09:08:09.25+02:00\"";
    return false;
  }
  out.seconds =
      sys_seconds(sys_days(date)).time_since_epoch().count() + hour * 3600 + minute * 60 + second - offset;
  return true;
}

}  // namespace ngo::detail
