// /actuator/health: the tree, its groups and its parts.
#include <utility>

#include "ngo/app/ops/actuator.hpp"
#include "ngo/base/error.hpp"
#include "ngo/http/endpoint.hpp"
#include "ngo/http/request.hpp"

namespace ngo::app {
namespace {

// As Actuator orders them, the worst first.
int badness(std::string_view status) {
  if (status == "DOWN") return 3;
  if (status == "OUT_OF_SERVICE") return 2;
  return status == "UP" ? 1 : 0;
}

JsonValue state(bool good, std::string_view otherwise) {
  JsonValue one;
  one["status"] = good ? "UP" : otherwise;
  return one;
}

JsonValue component_of(const HealthRegistry::Component& component) {
  JsonValue one;
  one["status"] = to_string(component.health.status);
  JsonValue details = JsonValue::object();
  for (const auto& [name, value] : component.health.details) details[name] = value;
  if (!component.health.reason.empty()) details["error"] = component.health.reason;
  if (component.age_ms >= 0) {
    details["checkedAgoMs"] = component.age_ms;
    details["tookMs"] = component.took_ms;
  }
  one["details"] = std::move(details);
  return one;
}

enum class Group { all, liveness, readiness };

// "redis.sessions" stands in the tree as the component "sessions" of "redis" for a path, and by its whole
// name here.
JsonValue tree_of(const HealthRegistry& health, Group group) {
  JsonValue components = JsonValue::object();
  if (group != Group::readiness) components["livenessState"] = state(health.alive(), "DOWN");
  if (group != Group::liveness) {
    components["readinessState"] = state(health.online(), "OUT_OF_SERVICE");
    for (const HealthRegistry::Component& each : health.components()) {
      if (group == Group::all || each.for_readiness) components[each.name] = component_of(each);
    }
  }
  std::string worst = "UNKNOWN";
  for (const JsonMember& each : components.as_object()) {
    const std::string& status = each.value.at("status").as_string();
    if (badness(status) > badness(worst)) worst = status;
  }
  JsonValue tree;
  tree["status"] = worst;
  tree["components"] = std::move(components);
  if (group == Group::all) {
    tree["groups"].push_back("liveness");
    tree["groups"].push_back("readiness");
  }
  return tree;
}

Response answer(const Request& request, JsonValue tree, bool trusted) {
  if (!trusted) {
    tree.erase("components");
    tree.erase("details");
  }
  const bool good = badness(tree.at("status").as_string()) < 2;
  return actuator_json(request, tree, good ? 200 : 503);
}

JsonValue part_of(const HealthRegistry& health, std::string path) {
  if (path == "liveness") return tree_of(health, Group::liveness);
  if (path == "readiness") return tree_of(health, Group::readiness);
  for (const std::string_view group : {"liveness/", "readiness/"}) {
    if (path.starts_with(group)) path.erase(0, group.size());
  }
  for (char& c : path) {
    if (c == '/') c = '.';
  }
  const JsonValue tree = tree_of(health, Group::all);
  if (const JsonValue* const found = tree.at("components").find(path)) return *found;
  throw Error(Code::not_found, "no component or group of that name; /health lists them");
}

}  // namespace

void add_actuator_health(Routes& routes, const Actuator& actuator) {
  routes
      .get(actuator.base_path + "/health",
           [&actuator](const Request& request) {
             return answer(request, tree_of(*actuator.health, Group::all), actuator.access->trusts(request));
           })
      .probe();
  routes
      .get(actuator.base_path + "/health/{path...}",
           [&actuator](const Request& request, std::string_view path) {
             const bool trusted = actuator.access->trusts(request);
             // Nobody from elsewhere learns by guessing what the service depends on.
             if (!trusted && path != "liveness" && path != "readiness")
               throw Error(Code::permission_denied, "from elsewhere the parts of health want a token");
             return answer(request, part_of(*actuator.health, std::string(path)), trusted);
           })
      .probe();
}

}  // namespace ngo::app
