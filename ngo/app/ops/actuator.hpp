// The endpoints of Spring Boot's Actuator, in its shapes and media types, so that Spring Boot Admin and what
// else was made for it works with a service in C++ as it is. docs/running-process.md lists them.
//
// All of them answer on the ops port, by the supervisor's thread. What takes long (symbols, files) is done
// on the blocking pool.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/app/health.hpp"
#include "ngo/app/ops/access.hpp"
#include "ngo/app/ops/startup.hpp"
#include "ngo/codec/json_value.hpp"
#include "ngo/config/tree.hpp"
#include "ngo/http/route_table.hpp"
#include "ngo/http/routes.hpp"
#include "ngo/metrics/registry.hpp"

namespace ngo::http {
class RecentExchanges;
}

namespace ngo::app {

// What a service says about itself.
struct ServiceFacts {
  std::string name;
  std::string version;
  std::function<std::string()> modules;  // that are open: "redis, store"
  std::size_t workers = 0;
};

// Where the endpoints look. All of it must outlive the routes.
struct Actuator {
  std::string base_path;
  const OpsAccess* access = nullptr;
  HealthRegistry* health = nullptr;
  const StartupTimeline* startup = nullptr;
  const config::Tree* tree = nullptr;
  const JsonValue* config_properties = nullptr;  // made by describe_properties()
  std::function<const http::RouteTable*()> service_routes;
  std::function<const http::RouteTable*()> ops_routes;
  std::function<std::vector<http::RecentExchanges*>()> exchanges;
  std::function<ServiceFacts()> facts;
  const Metrics* metrics = nullptr;
  bool has_prometheus = false;      // somebody else declares it
  std::string log_file;             // empty: there is none
  std::function<void()> shut_down;  // null: not by HTTP
};

// Declares all of them, and the list of links.
void add_actuator(Routes& routes, const Actuator& actuator);

// ---- the parts; each declares its routes under actuator.base_path
void add_actuator_health(Routes& routes, const Actuator& actuator);
void add_actuator_info(Routes& routes, const Actuator& actuator);
void add_actuator_loggers(Routes& routes, const Actuator& actuator);
void add_actuator_environment(Routes& routes, const Actuator& actuator);
void add_actuator_mappings(Routes& routes, const Actuator& actuator);
void add_actuator_threads(Routes& routes, const Actuator& actuator);
void add_actuator_metrics(Routes& routes, const Actuator& actuator);
void add_actuator_exchanges(Routes& routes, const Actuator& actuator);

// ---- what they share
inline constexpr std::string_view kActuatorMedia = "application/vnd.spring-boot.actuator.v3+json";

// The value in the media type that the client asks for; 406 when it takes none of them.
[[nodiscard]] Response actuator_json(const Request& request, const JsonValue& value, int status = 200);
[[nodiscard]] std::string iso_time(SystemTime time);
// "PT0.023S".
[[nodiscard]] std::string iso_duration(std::chrono::nanoseconds time);
// "http://host:8899", as the client asked for it.
[[nodiscard]] std::string own_url(const Request& request);

// A section of the configuration as it holds, with secrets masked and the place that each value comes from:
// one bean of configprops. `section` may be null.
[[nodiscard]] JsonValue describe_properties(const Type& type, const void* value, std::string_view prefix,
                                            const config::Node* section);

}  // namespace ngo::app
