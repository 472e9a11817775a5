// A module that needs another one: the till sells the hall's seats.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <ngo/app/setup.hpp>
#include <ngo/http/routes.hpp>

#include "hall.hpp"

namespace tour {

struct TillOptions {
  std::uint32_t most_seats = 10;
  static constexpr auto rules =
      ngo::rules(ngo::camel_case(), ngo::description<&TillOptions::most_seats>("seats that are sold at once"),
                 ngo::range<&TillOptions::most_seats>(1, 1000));
};

class Till {
 public:
  using Options = TillOptions;
  static constexpr std::string_view kSection = "till";
  // [depends]
  static ngo::Task<std::unique_ptr<Till>> open(Options options, ngo::Setup& setup) {
    Hall& hall = co_await setup.get<Hall>();  // opened before the till, closed after it
    co_return std::make_unique<Till>(hall, options);
  }
  // [/depends]

  Till(Hall& hall, Options options) : hall_(hall), options_(options) {}

  // The number to pay with. Throws when the hall has not as many seats left.
  std::int64_t sell(std::uint32_t seats);

 private:
  Hall& hall_;
  Options options_;
};

void add_sale_routes(ngo::Routes& routes);

}  // namespace tour
