#include "ngo/app/ops/resilience_routes.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/base/rules.hpp"
#include "ngo/base/text.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/codec/json_value.hpp"
#include "ngo/http/endpoint.hpp"
#include "ngo/log/log.hpp"

namespace ngo::app {
namespace {

struct GuardOrder {
  std::string kind = "breaker";
  std::string name;
  std::optional<std::string> module;
  std::optional<std::string> state;
  std::optional<JsonValue> options;
  static constexpr auto rules = ngo::rules(ngo::required<&GuardOrder::name>());
};

Response answer(const std::vector<Guard>& guards) {
  JsonValue body;
  body["guards"] = JsonValue::array();
  for (const Guard& each : guards) body["guards"].push_back(each.describe());
  Response response = Response::json(body);
  response.header("Cache-Control", "no-store");
  return response;
}

// Those that the order is for: several clients may have a breaker of the same name.
std::vector<Guard> meant(const GuardRegistry& all, const GuardOrder& order) {
  std::vector<Guard> guards = all.all();
  std::vector<std::string> names;
  for (const Guard& each : guards) {
    if (each.kind() == order.kind) names.push_back(each.name);
  }
  std::erase_if(guards, [&](const Guard& each) {
    return each.kind() != order.kind || each.name != order.name ||
           (order.module && *order.module != each.owner);
  });
  if (guards.empty()) {
    throw Error(Code::not_found, "no " + order.kind + " is called " + in_quotes(order.name) +
                                     (names.empty() ? "; there is none" : "; there are " + list_or(names)));
  }
  return guards;
}

}  // namespace

void add_resilience(Routes& routes, const GuardRegistry& guards) {
  routes.get("/ops/resilience", [&guards] { return answer(guards.all()); });
  routes.post("/ops/resilience", [&guards](Json<GuardOrder> order) {
    if (order->state.has_value() == order->options.has_value())
      throw Error(Code::invalid_argument, R"(expected either "state" (of a breaker) or "options")");
    const std::vector<Guard> wanted = meant(guards, *order);
    for (const Guard& each : wanted) {
      if (order->state) {
        each.set_state(*order->state);
        log::warn("the {} {} is set to {}, at the ops port", order->kind, each.name, *order->state);
      } else {
        each.set_options(*order->options);
        log::warn("the {} {} has options {} now, set at the ops port", order->kind, each.name,
                  json::to_string(*order->options));
      }
    }
    return answer(wanted);
  });
}

}  // namespace ngo::app
