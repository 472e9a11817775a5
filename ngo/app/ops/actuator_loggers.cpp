// /actuator/loggers: levels in Spring's words. ROOT is the default logger.
#include <chrono>
#include <optional>
#include <utility>

#include "ngo/app/ops/actuator.hpp"
#include "ngo/base/error.hpp"
#include "ngo/base/rules.hpp"
#include "ngo/base/text.hpp"
#include "ngo/http/endpoint.hpp"
#include "ngo/http/request.hpp"
#include "ngo/log/levels.hpp"
#include "ngo/log/log.hpp"

namespace ngo::app {
namespace {

constexpr std::string_view kRoot = "ROOT";
constexpr std::string_view kLevels[] = {"OFF", "FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"};

struct LevelOrder {
  std::optional<std::string> configured_level;
  std::optional<std::chrono::milliseconds> ttl;
  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::range<&LevelOrder::ttl>(std::chrono::milliseconds(1), std::chrono::hours(24)));
};

std::string in_capitals(log::Level level) {
  std::string name(log::to_string(level));
  for (char& c : name) c = static_cast<char>(c - 'a' + 'A');
  return name;
}

JsonValue about(const log::Logger& logger) {
  JsonValue one = JsonValue::object();
  if (logger.has_own_level() || &logger == &log::default_logger) {
    one["configuredLevel"] = in_capitals(logger.level());
  } else {
    one["configuredLevel"] = nullptr;
  }
  one["effectiveLevel"] = in_capitals(logger.level());
  return one;
}

std::string_view name_of(const log::Logger& logger) {
  return &logger == &log::default_logger ? kRoot : logger.name();
}

log::Logger& find(std::string_view name) {
  std::vector<std::string> names;
  for (log::Logger* const logger : log::loggers()) {
    if (name_of(*logger) == name || logger->name() == name) return *logger;
    names.emplace_back(name_of(*logger));
  }
  throw Error(Code::not_found, "no logger is called " + in_quotes(name) + "; there are " + list_or(names));
}

JsonValue all() {
  JsonValue body;
  body["levels"] = JsonValue::array();
  for (const std::string_view level : kLevels) body["levels"].push_back(level);
  JsonValue loggers = JsonValue::object();
  for (const log::Logger* const logger : log::loggers()) loggers[name_of(*logger)] = about(*logger);
  body["loggers"] = std::move(loggers);
  body["groups"] = JsonValue::object();
  return body;
}

void set(log::Logger& logger, const LevelOrder& order) {
  const log::Level before = logger.level();
  if (!order.configured_level) {
    logger.clear_level();
  } else {
    const std::optional<log::Level> level = log::level_from_string(*order.configured_level);
    if (!level) {
      throw Error(Code::invalid_argument, "no level is called " + in_quotes(*order.configured_level) +
                                              "; there are OFF, FATAL, ERROR, WARN, INFO, DEBUG, TRACE");
    }
    if (order.ttl) {
      log::set_level_for(logger, *level, *order.ttl);
    } else {
      logger.set_level(*level);
    }
  }
  log::warn("the level of the logger {} was {} and is {} now, set at the ops port", logger.name(),
            log::to_string(before), log::to_string(logger.level()));
}

}  // namespace

void add_actuator_loggers(Routes& routes, const Actuator& actuator) {
  const std::string path = actuator.base_path + "/loggers";
  routes.get(path, [](const Request& request) { return actuator_json(request, all()); });
  routes.get(path + "/{name}", [](const Request& request, std::string_view name) {
    return actuator_json(request, about(find(name)));
  });
  routes.post(path + "/{name}",
              [](std::string_view name, Json<LevelOrder> order) { set(find(name), *order); });
}

}  // namespace ngo::app
