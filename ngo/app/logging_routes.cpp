#include "ngo/app/logging_routes.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ngo/base/id.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/base/rules.hpp"
#include "ngo/base/text.hpp"
#include "ngo/codec/json_value.hpp"
#include "ngo/http/endpoint.hpp"
#include "ngo/log/levels.hpp"

namespace ngo::app {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongest = std::chrono::hours(24);

struct LevelQuery {
  std::optional<milliseconds> ttl;
  static constexpr auto rules = ngo::rules(ngo::range<&LevelQuery::ttl>(milliseconds(1), kLongest));
};

struct WatchOrder {
  std::string route;
  std::string trace;
  log::Level level = log::Level::debug;
  milliseconds ttl = std::chrono::minutes(15);
  static constexpr auto rules = ngo::rules(ngo::range<&WatchOrder::ttl>(milliseconds(1), kLongest));
};

struct WatchedBody {
  std::optional<std::string> route;
  std::optional<std::string> trace;
  log::Level level = log::Level::debug;
  milliseconds ttl{};
  static constexpr auto rules =
      ngo::rules(ngo::omit_if_empty<&WatchedBody::route>(), ngo::omit_if_empty<&WatchedBody::trace>());
};

using Levels = std::map<std::string, log::Level>;

Levels levels() {
  Levels out;
  for (const log::Logger* const logger : log::loggers()) out.emplace(logger->name(), logger->level());
  return out;
}

// All or nothing.
void set_levels(const Levels& wanted, std::optional<milliseconds> ttl) {
  const Levels known = levels();
  std::vector<std::string> names;
  for (const auto& [name, level] : known) names.push_back(name);
  for (const auto& [name, level] : wanted) {
    if (!known.contains(name)) {
      throw Error(Code::invalid_argument,
                  "no logger is called " + in_quotes(name) + "; there are " + list_or(names));
    }
  }
  for (const auto& [name, level] : wanted) {
    if (ttl) {
      log::set_level_for(log::get(name), level, *ttl);
    } else {
      log::get(name).set_level(level);
    }
    log::warn("the level of the logger {} is {} now, set at the ops port", name, log::to_string(level));
  }
}

void watch(const WatchOrder& order) {
  if (order.route.empty() == order.trace.empty()) {
    throw Error(Code::invalid_argument, R"(expected either "route", such as "/articles/{id}", or "trace")");
  }
  if (!order.route.empty()) return log::watch_route(order.route, order.level, order.ttl);
  const std::optional<TraceId> id = TraceId::parse(order.trace);
  if (!id)
    throw Error(Code::invalid_argument,
                "\"trace\" is no trace id; expected 32 lower-case hexadecimal digits");
  log::watch_trace(*id, order.level, order.ttl);
}

std::vector<WatchedBody> watched() {
  std::vector<WatchedBody> out;
  for (const log::Watched& each : log::watched()) {
    WatchedBody body;
    if (!each.route.empty()) body.route = each.route;
    if (!each.trace.empty()) body.trace = each.trace;
    body.level = each.level;
    body.ttl = each.left;
    out.push_back(body);
  }
  return out;
}

}  // namespace

void add_logging(Routes& routes) {
  routes.get("/logging", [] { return levels(); });
  routes.post("/logging", [](Json<Levels> wanted, Query<LevelQuery> query) {
    set_levels(*wanted, query->ttl);
    return JsonValue();  // null, as the original
  });
  routes.get("/logging/watched", [] { return watched(); });
  routes.post("/logging/watched", [](Json<WatchOrder> order) {
    watch(*order);
    return watched();
  });
}

}  // namespace ngo::app
