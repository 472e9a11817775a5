#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "probe.hpp"

namespace probe {
namespace {

enum class Colour { red, green, blue };

template <class T>
struct Value {
  T value;
};

struct Address {
  std::string street;
  std::string city;
  static constexpr auto rules =
      ngo::rules(ngo::length<&Address::street>(1, 100), ngo::length<&Address::city>(1, 50));
};

struct Order {
  std::string customer;
  std::int64_t quantity = 1;
  double price = 0;
  bool express = false;
  Colour colour = Colour::red;
  std::optional<std::string> note;
  std::vector<Address> addresses;
  std::map<std::string, int> counts;
  static constexpr auto rules =
      ngo::rules(ngo::length<&Order::customer>(1, 40), ngo::range<&Order::quantity>(1, 1000),
                 ngo::range<&Order::price>(0.0, 1e6), ngo::length<&Order::addresses>(0, 3));
};

struct Filter {
  int page = 1;
  std::string text;
  std::vector<int> ids;
  std::optional<bool> open;
  Colour colour = Colour::red;
  std::chrono::milliseconds within{100};
  static constexpr auto rules = ngo::rules(ngo::range<&Filter::page>(1, 50));
};

struct Pair {
  std::string first;
  std::string second;
};

template <class T>
void add_path(ngo::Routes& routes, std::string_view name) {
  routes.get("/path/" + std::string(name) + "/{value}", [](T value) { return Value<T>{value}; });
}

}  // namespace

void add_parameters(ngo::Routes& routes) {
  add_path<std::int8_t>(routes, "int8");
  add_path<std::int64_t>(routes, "int64");
  add_path<std::uint64_t>(routes, "uint64");
  add_path<double>(routes, "double");
  add_path<bool>(routes, "bool");
  add_path<std::string>(routes, "string");
  add_path<Colour>(routes, "colour");
  add_path<std::chrono::milliseconds>(routes, "duration");
  routes.get("/path/two/{first}/{second}",
             [](std::string_view first, std::string second) { return Pair{std::string(first), second}; });
  routes.get("/path/rest/{rest...}", [](std::string rest) { return Value<std::string>{rest}; });
  routes.get("/path/literal", [] { return Pair{"literal", ""}; });
  routes.get("/path/{name}", [](std::string name) { return Pair{"parameter", name}; });

  routes.get("/query", [](ngo::Query<Filter> filter) { return *filter; });
  routes.post("/json", [](ngo::Json<Order> order) { return *order; });
  routes.post("/json/task", [](ngo::Json<Order> order) -> ngo::Task<Order> { co_return *order; });
  routes.put("/json/{id}/{colour}",
             [](std::int64_t id, Colour colour, ngo::Json<Order> order, ngo::Request& request) {
               order->quantity = id;
               order->colour = colour;
               order->customer += request.method_name();
               return *order;
             });

  routes.get("/header/text", [](ngo::Header<"X-Name"> name) { return Pair{std::string(*name), ""}; });
  routes.get("/header/number", [](ngo::Header<"X-Number", int> number) { return Value<int>{*number}; });
  routes.get("/header/optional", [](std::optional<ngo::Header<"X-Name">> name) {
    return Pair{name ? std::string(**name) : "none", ""};
  });
}

}  // namespace probe
