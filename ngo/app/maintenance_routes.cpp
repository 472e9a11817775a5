#include "ngo/app/maintenance_routes.hpp"

#include <chrono>
#include <optional>

#include "ngo/base/rules.hpp"
#include "ngo/http/endpoint.hpp"
#include "ngo/log/log.hpp"

namespace ngo::app {
namespace {

struct MaintenanceState {
  bool enabled = false;
  std::chrono::seconds retry_after{60};
  static constexpr auto rules = ngo::rules(ngo::camel_case());
};

struct MaintenanceSwitch {
  bool enabled = false;
  std::optional<std::chrono::seconds> retry_after;
  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::required<&MaintenanceSwitch::enabled>(),
      ngo::range<&MaintenanceSwitch::retry_after>(std::chrono::seconds(1), std::chrono::hours(24)));
};

MaintenanceState state_of(const Maintenance& maintenance) {
  return {maintenance.is_on(), maintenance.retry_after()};
}

}  // namespace

void add_maintenance_switch(Routes& routes, Maintenance& maintenance) {
  routes.get("/maintenance", [&maintenance] { return state_of(maintenance); });
  routes.post("/maintenance", [&maintenance](Json<MaintenanceSwitch> wanted) {
    if (wanted->enabled) {
      maintenance.begin(wanted->retry_after.value_or(std::chrono::seconds(0)));
    } else {
      maintenance.end();
    }
    log::warn("maintenance has been switched {} at the ops port", wanted->enabled ? "on" : "off");
    return state_of(maintenance);
  });
}

}  // namespace ngo::app
