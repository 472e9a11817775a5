#include "booking.hpp"

#include <cstdio>

#include <ngo/base/reflect.hpp>
#include <ngo/codec/json.hpp>
#include <ngo/codec/json_value.hpp>
#include <ngo/codec/json_writer.hpp>
#include <ngo/codec/scalar.hpp>
#include <ngo/http/endpoint.hpp>

// [text-format-read]
bool ngo::TextFormat<tour::Seat>::read(std::string_view text, tour::Seat& out, std::string& problem) {
  std::uint8_t number = 0;
  Problem ignored;
  if (text.size() < 2 || text[0] < 'A' || text[0] > 'Z' ||
      !scalar_from_text(number, text.substr(1), ignored)) {
    problem = "expected a row from A to Z and a number, such as C14";
    return false;
  }
  out = tour::Seat(text[0], number);
  return true;
}
// [/text-format-read]

namespace tour {
namespace {

// [roundtrip]
std::string hold_longer(std::string_view text) {
  Booking booking = ngo::json::parse<Booking>(text);  // throws ngo::json::ParseError with all mistakes
  booking.hold_for *= 2;
  return ngo::json::to_string(booking);
}
// [/roundtrip]

// [members]
std::string members_of_a_booking() {
  std::string text;
  for (std::string_view name : ngo::member_names<Booking>()) text.append(name).append(" ");
  return text;
}

template <class T>
int count_empty_texts(const T& object) {
  int empty = 0;
  ngo::for_each_member(object, [&](std::string_view, const auto& member) {
    if constexpr (std::is_same_v<decltype(member), const std::string&>) empty += member.empty() ? 1 : 0;
  });
  return empty;
}
// [/members]

// [check-all]
bool acceptable(const Booking& booking, std::string& why) {
  ngo::Problems problems;
  ngo::check_all(ngo::type_of<Booking>(), &booking, ngo::Path(), problems);
  why = ngo::to_string(problems);
  return problems.empty();
}
// [/check-all]

// [json-value]
std::int64_t count_of_first_item(std::string_view text) {
  auto document = ngo::json::parse<ngo::JsonValue>(text);
  const ngo::JsonValue* count = document.find_pointer("/items/0/count");
  return count == nullptr ? 0 : count->as_int64();
}
// [/json-value]

// [writer]
std::string free_seats(const std::map<std::string, int>& by_event) {
  std::string out;
  ngo::json::Writer json(out);
  json.begin_object();
  for (const auto& [event, seats] : by_event) json.key(event).value(seats);
  json.end_object();
  return out;
}
// [/writer]

bool expect(std::string_view what, std::string_view found, std::string_view expected) {
  if (found == expected) return true;
  std::printf("%.*s:\n  found    %.*s\n  expected %.*s\n", static_cast<int>(what.size()), what.data(),
              static_cast<int>(found.size()), found.data(), static_cast<int>(expected.size()),
              expected.data());
  return false;
}

// [good]
constexpr std::string_view kGood =
    R"({"event":"opera","area":"circle","seats":["C14","C15"],"payment":{"type":"card","number":"123456789012"},)"
    R"("holdFor":"90s","extras":{"programme":2}})";
// [/good]

// [bad]
constexpr std::string_view kBad =
    R"({"event":"","area":"balcony","seats":["C14","14C"],"payment":{"type":"card","number":"12"},)"
    R"("holdFor":90,"extras":{"programme":0},"seat":1})";

constexpr std::string_view kWhatIsWrong = R"(/event: expected 1 to 80 characters, found 0
/area: expected one of "stalls", "circle", "gallery", found "balcony"
/seats/1: expected a row from A to Z and a number, such as C14
/payment/number: expected text that matches [0-9]{12,19}
/holdFor: "90" has no unit; write for example "90ms" or "90s"
/extras/programme: expected from 1 to 20, found 0
/seat: no such member; did you mean "seats"?)";
// [/bad]

}  // namespace

void add_booking_routes(ngo::Routes& routes) {
  // [route]
  routes.post("/bookings", [](ngo::Json<Booking> booking) { return *booking; });
  routes.get("/areas/{area}/{seat}", [](Area area, Seat seat) {
    Booking booking;
    booking.area = area;
    booking.seats = {seat};
    return booking;
  });
  // [/route]
}

bool check_structs() {
  bool good = true;
  std::string longer(kGood);
  longer.replace(longer.find("90s"), 3, "3m");
  good &= expect("roundtrip", hold_longer(kGood), longer);

  ngo::Problems problems;
  Booking booking;
  ngo::json::parse_into(ngo::type_of<Booking>(), &booking, kBad, ngo::json::ReadOptions(), problems);
  good &= expect("problems", ngo::to_string(problems), kWhatIsWrong);

  good &= expect("members", members_of_a_booking(), "event area seats note payment hold_for extras ");
  good &= expect("empty texts", std::to_string(count_empty_texts(Booking())), "1");
  std::string why;
  Booking gallery = ngo::json::parse<Booking>(kGood);
  gallery.area = Area::gallery;
  gallery.seats.resize(5);
  good &= !acceptable(gallery, why);
  good &= expect("check_all", why, "at most 4 seats of the gallery are sold at once");
  good &= expect("json value", std::to_string(count_of_first_item(R"({"items":[{"count":3}]})")), "3");
  good &= expect("writer", free_seats({{"chess", 3}, {"opera", 0}}), R"({"chess":3,"opera":0})");
  good &= expect("enum", ngo::json::to_string(Language::french), R"("fr")");
  return good;
}

}  // namespace tour
