#include "ngo/app/ops/actuator.hpp"

#include <array>
#include <cstdio>
#include <utility>

#include "ngo/base/timestamp.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/http/file.hpp"
#include "ngo/http/problem.hpp"
#include "ngo/http/request.hpp"

namespace ngo::app {
namespace {

struct Link {
  std::string_view id;
  std::string_view path;  // beneath the base path
};

constexpr std::array kLinks = {
    Link{"health", "/health"},
    Link{"health-path", "/health/{*path}"},
    Link{"info", "/info"},
    Link{"loggers", "/loggers"},
    Link{"loggers-name", "/loggers/{name}"},
    Link{"env", "/env"},
    Link{"env-toMatch", "/env/{toMatch}"},
    Link{"configprops", "/configprops"},
    Link{"configprops-prefix", "/configprops/{prefix}"},
    Link{"mappings", "/mappings"},
    Link{"threaddump", "/threaddump"},
    Link{"httpexchanges", "/httpexchanges"},
    Link{"startup", "/startup"},
    Link{"metrics", "/metrics"},
    Link{"metrics-requiredMetricName", "/metrics/{requiredMetricName}"},
};

JsonValue link(const std::string& base, std::string_view path) {
  JsonValue one;
  one["href"] = base + std::string(path);
  one["templated"] = path.find('{') != std::string_view::npos;
  return one;
}

JsonValue links_of(const Request& request, const Actuator& actuator) {
  const std::string base = own_url(request) + actuator.base_path;
  JsonValue links;
  links["self"] = link(base, "");
  for (const Link& each : kLinks) links[each.id] = link(base, each.path);
  if (actuator.has_prometheus) links["prometheus"] = link(base, "/prometheus");
  if (!actuator.log_file.empty()) links["logfile"] = link(base, "/logfile");
  if (actuator.shut_down) links["shutdown"] = link(base, "/shutdown");
  JsonValue body;
  body["_links"] = std::move(links);
  return body;
}

JsonValue timeline(const StartupTimeline& startup) {
  JsonValue events = JsonValue::array();
  std::int64_t number = 0;
  for (const StartupTimeline::Step& step : startup.steps()) {
    JsonValue event;
    event["startTime"] = iso_time(step.begin);
    event["endTime"] = iso_time(step.end);
    event["duration"] = iso_duration(step.end - step.begin);
    JsonValue about;
    about["name"] = step.name;
    about["id"] = number++;
    if (step.parent >= 0) about["parentId"] = static_cast<std::int64_t>(step.parent);
    about["tags"] = JsonValue::array();
    event["startupStep"] = std::move(about);
    events.push_back(std::move(event));
  }
  JsonValue body;
  body["timeline"]["startTime"] = iso_time(startup.began());
  body["timeline"]["events"] = std::move(events);
  return body;
}

}  // namespace

Response actuator_json(const Request& request, const JsonValue& value, int status) {
  const std::string_view media =
      request.negotiate({kActuatorMedia, "application/vnd.spring-boot.actuator.v2+json", "application/json"});
  Response response = Response::json(value, status);
  response.content_type(std::string(media));
  response.header("Cache-Control", "no-store");
  return response;
}

std::string iso_time(SystemTime time) {
  std::array<char, kRfc3339Size> text{};
  write_rfc3339(time, text.data());
  return {text.data(), text.size()};
}

std::string iso_duration(std::chrono::nanoseconds time) {
  const auto count = time.count() < 0 ? 0 : time.count();
  std::array<char, 48> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "PT%lld.%09lldS", static_cast<long long>(count / 1'000'000'000),
                    static_cast<long long>(count % 1'000'000'000));
  return {text.data(), static_cast<std::size_t>(length)};
}

std::string own_url(const Request& request) {
  return std::string(request.scheme()) + "://" + std::string(request.host());
}

void add_actuator(Routes& routes, const Actuator& actuator) {
  const std::string& base = actuator.base_path;
  routes.get(base, [&actuator](const Request& request) {
    return actuator_json(request, links_of(request, actuator));
  });
  add_actuator_health(routes, actuator);
  add_actuator_info(routes, actuator);
  add_actuator_loggers(routes, actuator);
  add_actuator_environment(routes, actuator);
  add_actuator_mappings(routes, actuator);
  add_actuator_threads(routes, actuator);
  add_actuator_metrics(routes, actuator);
  add_actuator_exchanges(routes, actuator);
  auto startup = [&actuator](const Request& request) {
    return actuator_json(request, timeline(*actuator.startup));
  };
  routes.get(base + "/startup", startup);
  routes.post(base + "/startup", startup);  // Spring's empties its buffer; there is nothing to empty here
  if (!actuator.log_file.empty()) {
    routes.get(base + "/logfile", [&actuator] {
      File file(actuator.log_file);
      file.content_type("text/plain; charset=utf-8").cache_control("no-store");
      return file;
    });
  }
  if (actuator.shut_down) {
    routes.post(base + "/shutdown", [&actuator](const Request& request) {
      actuator.shut_down();
      JsonValue body;
      body["message"] = "Shutting down, bye...";
      return actuator_json(request, body);
    });
  }
}

}  // namespace ngo::app
