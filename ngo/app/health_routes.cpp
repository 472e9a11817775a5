#include "ngo/app/health_routes.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "ngo/base/rules.hpp"
#include "ngo/http/endpoint.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::app {
namespace {

struct OfflineQuery {
  std::chrono::milliseconds wait{0};
  static constexpr auto rules = ngo::rules(
      ngo::range<&OfflineQuery::wait>(std::chrono::milliseconds(0), std::chrono::milliseconds(600'000)));
};

struct DetailsQuery {
  bool fresh = false;
};

struct ComponentBody {
  std::string status;
  std::map<std::string, std::string> details;
};

struct TreeBody {
  std::string status;
  bool online = false;
  bool ready = false;
  std::map<std::string, ComponentBody> components;
};

Response plain(int status, std::string_view text) {
  Response response(status, std::string(text));
  response.header("Cache-Control", "no-store");
  return response;
}

Response answer(bool good) { return good ? plain(200, "ok") : plain(403, "error"); }

ComponentBody component_body(const HealthRegistry::Component& component) {
  ComponentBody body;
  body.status = to_string(component.health.status);
  for (const auto& [name, value] : component.health.details) body.details[name] = value;
  if (!component.health.reason.empty()) body.details["reason"] = component.health.reason;
  if (component.age_ms >= 0) {
    body.details["checkedAgoMs"] = std::to_string(component.age_ms);
    body.details["tookMs"] = std::to_string(component.took_ms);
  }
  return body;
}

TreeBody tree_body(const HealthRegistry& health) {
  TreeBody tree;
  tree.status = to_string(health.status());
  tree.online = health.online();
  tree.ready = health.ready();
  for (const HealthRegistry::Component& component : health.components()) {
    tree.components[component.name] = component_body(component);
  }
  return tree;
}

// Deployers differ in the method that they use.
template <class F>
void get_and_post(Routes& routes, std::string_view path, F handler) {
  routes.get(path, handler).probe();
  routes.post(path, handler).probe();
}

}  // namespace

void add_probes(Routes& routes, http::HealthEndpoints which, HealthRegistry& health,
                std::function<std::int64_t()> in_flight) {
  if (which == http::HealthEndpoints::none) return;
  get_and_post(routes, "/health/check", [&health] { return answer(health.alive()); });
  get_and_post(routes, "/health/status", [&health] { return answer(health.ready()); });
  if (which != http::HealthEndpoints::all) return;

  get_and_post(routes, "/health/online", [&health] {
    health.set_online(true);
    return plain(200, "ok");
  });
  // Takes the service out, then says whether anything is still in flight: the caller asks until it is told
  // ok, or has it wait here.
  get_and_post(routes, "/health/offline", [&health, in_flight](Query<OfflineQuery> query) -> Task<Response> {
    health.set_online(false);
    const TimePoint end = EventLoop::current().now() + query->wait;
    std::int64_t left = in_flight();
    while (left > 0 && EventLoop::current().now() < end) {
      co_await sleep(std::chrono::milliseconds(5));
      left = in_flight();
    }
    Response response = left == 0 ? plain(200, "ok") : plain(400, "bad");
    response.header("X-Inflight", std::to_string(left));
    co_return response;
  });
}

void add_health_details(Routes& routes, HealthRegistry& health, const OpsAccess& access) {
  routes
      .get("/health",
           [&health, &access](Request& request, Query<DetailsQuery> query) -> Task<Response> {
             const bool trusted = access.trusts(request);
             if (query->fresh && trusted) co_await health.refresh();
             TreeBody tree = tree_body(health);
             if (!trusted) tree.components.clear();
             bool good = tree.status == "UP" || tree.status == "UNKNOWN";
             co_return Response::json(tree, good ? 200 : 503);
           })
      .probe();
  routes
      .get("/health/components/{name}",
           [&health](std::string_view name) {
             for (const HealthRegistry::Component& component : health.components()) {
               if (component.name == name) return Response::json(component_body(component));
             }
             throw Error(Code::not_found, "no component is called \"" + std::string(name) + "\"");
           })
      .probe();
}

}  // namespace ngo::app
