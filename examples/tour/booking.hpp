// Plain structs of a box office: the code of docs/plain-structs.md.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <ngo/base/rules.hpp>
#include <ngo/base/type.hpp>
#include <ngo/http/routes.hpp>

namespace tour {

// [enum]
enum class Area : std::uint8_t { stalls, circle, gallery };

enum class Language : std::uint8_t { english, french };
constexpr auto enum_names(Language) {
  return std::array<ngo::EnumName, 2>{{{Language::english, "en"}, {Language::french, "fr"}}};
}
// [/enum]

// [seat]
// "C14": a row and a number, one text everywhere outside of the program.
class Seat {
 public:
  Seat() = default;
  Seat(char row, int number) : row_(row), number_(number) {}
  [[nodiscard]] char row() const { return row_; }
  [[nodiscard]] int number() const { return number_; }

 private:
  char row_ = 'A';
  int number_ = 1;
};
// [/seat]

// [variant]
struct Card {
  std::string number;
  static constexpr auto rules = ngo::rules(
      ngo::type_name("card"), ngo::pattern<&Card::number>("[0-9]{12,19}"), ngo::secret<&Card::number>());
};

struct Invoice {
  std::string company;
  std::string street;
  static constexpr auto rules = ngo::rules(ngo::type_name("invoice"), ngo::length<&Invoice::company>(1, 100));
};
// [/variant]

}  // namespace tour

// [text-format]
template <>
struct ngo::TextFormat<tour::Seat> {
  static constexpr std::string_view kName = "seat such as C14";
  static void write(const tour::Seat& seat, std::string& out) {
    out += seat.row();
    out += std::to_string(seat.number());
  }
  static bool read(std::string_view text, tour::Seat& out, std::string& problem);
};
// [/text-format]

namespace tour {

// [booking]
struct Booking {
  std::string event;
  Area area = Area::stalls;
  std::vector<Seat> seats;
  std::optional<std::string> note;
  std::variant<Card, Invoice> payment;
  std::chrono::seconds hold_for = std::chrono::minutes(10);
  std::map<std::string, int> extras;  // "programme": 2

  [[nodiscard]] std::string validate() const {
    if (area == Area::gallery && seats.size() > 4) return "at most 4 seats of the gallery are sold at once";
    return {};
  }

  static constexpr auto rules =
      ngo::rules(ngo::camel_case(), ngo::length<&Booking::event>(1, 80), ngo::length<&Booking::seats>(1, 10),
                 ngo::range<&Booking::hold_for>(std::chrono::seconds(10), std::chrono::hours(1)),
                 ngo::range<&Booking::extras>(1, 20),  // each value of the map
                 ngo::required<&Booking::payment>(), ngo::omit_if_empty<&Booking::note>(),
                 ngo::check<&Booking::validate>());
};
// [/booking]

void add_booking_routes(ngo::Routes& routes);

// Whether the code of the page does what it says; prints what does not.
[[nodiscard]] bool check_structs();

}  // namespace tour
