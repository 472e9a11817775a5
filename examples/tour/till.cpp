#include "till.hpp"

#include <string>

#include <ngo/app/module.hpp>
#include <ngo/base/error.hpp>
#include <ngo/http/endpoint.hpp>

namespace tour {
namespace {

struct Order {
  std::uint32_t seats = 1;
};

struct Sale {
  std::int64_t number = 0;
  std::string house;
};

// [config]
struct House {
  static constexpr std::string_view kSection = "house";
  std::string name = "Old Theatre";
  std::string street;
};

ngo::Task<Sale> sell(ngo::Json<Order> order, Till& till, ngo::Config<House> house) {
  co_return Sale{till.sell(order->seats), house->name};
}
// [/config]

}  // namespace

// [error]
std::int64_t Till::sell(std::uint32_t seats) {
  if (seats > options_.most_seats) {
    throw ngo::Error(ngo::Code::invalid_argument,
                     "at most " + std::to_string(options_.most_seats) + " seats are sold at once");
  }
  auto number = hall_.hold(seats);
  if (!number) throw ngo::Error(ngo::Code::resource_exhausted, "not as many seats are left");
  return *number;
}
// [/error]

void add_sale_routes(ngo::Routes& routes) {
  routes.post("/sales", sell);
  // [use]
  routes.post("/sales/{number}/pay", [](std::int64_t number, Hall& hall) {
    if (!hall.pay(number)) throw ngo::Error(ngo::Code::not_found, "nothing is held under this number");
  });
  // [/use]
}

}  // namespace tour
