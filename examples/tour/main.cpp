// The book's program: most code of docs/ is an excerpt of these files, and `tour` runs it.
//
//   runtime.cpp   waiting, side by side, with limits            docs/runtime.md
//   booking.cpp   plain structs, rules, JSON                    docs/plain-structs.md
//   hall.cpp      a module; till.cpp: one that needs it         docs/modules.md
//   life.cpp      hooks, health indicators, liveness            docs/life-cycle.md, docs/health.md
//   check.cpp     tests of all that without a server: `tour check`
#include <string_view>

#include <ngo/app.hpp>

#include "booking.hpp"
#include "check.hpp"
#include "life.hpp"
#include "runtime.hpp"
#include "till.hpp"

namespace {

// [defaults]
constexpr const char* kDefaults = R"yaml(
service: { serviceName: tour }
hall:    { seats: 120, holdFor: 2m }
till:    { mostSeats: 6 }
house:   { name: Old Theatre, street: Mill Lane 3 }
)yaml";
// [/defaults]

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "check") {
    const bool time = tour::check_time();
    const bool module = tour::check_module();
    const bool structs = tour::check_structs();
    return time && module && structs ? 0 : 1;
  }
  // [main]
  ngo::App app(argc, argv, {.name = "tour", .version = "1.0.0", .default_config = kDefaults});
  tour::add_runtime_routes(app);
  tour::add_booking_routes(app);
  tour::add_sale_routes(app);
  tour::add_life(app);
  return app.run();
  // [/main]
}
