// /actuator/mappings: every route of both ports with its handler.
#include <utility>

#include "ngo/app/ops/actuator.hpp"
#include "ngo/base/symbol_names.hpp"
#include "ngo/http/endpoint.hpp"
#include "ngo/http/request.hpp"

namespace ngo::app {
namespace {

std::string place_of(const http::RouteEntry& route) {
  std::string file = route.place.file_name();
  file.erase(0, file.rfind('/') + 1);
  return file + ":" + std::to_string(route.place.line());
}

std::string_view body_name(http::BodyUse use) {
  switch (use) {
    case http::BodyUse::none: return "none";
    case http::BodyUse::whole: return "whole";
    default: return "stream";
  }
}

JsonValue mapping_of(const http::RouteTable& table, const http::RouteEntry& route) {
  const http::CompiledRoute& compiled = table.route(route.payload);
  JsonValue methods = JsonValue::array();
  std::string names;
  for (std::size_t i = 0; i < http::kMethodCount; ++i) {
    if (!route.methods.contains(static_cast<http::Method>(i))) continue;
    methods.push_back(http::kMethodNames[i]);
    names.append(names.empty() ? "" : ", ").append(http::kMethodNames[i]);
  }
  JsonValue conditions;
  conditions["methods"] = std::move(methods);
  conditions["patterns"].push_back(route.pattern);
  for (const char* const none : {"consumes", "produces", "headers", "params"})
    conditions[none] = JsonValue::array();
  JsonValue one;
  one["predicate"] = "{" + names + " [" + route.pattern + "]}";
  const std::string function = readable_name(compiled.chain.endpoint->handler());
  one["handler"] = function + " at " + place_of(route);
  one["details"]["handlerMethod"]["className"] = place_of(route);
  one["details"]["handlerMethod"]["name"] = function;
  one["details"]["handlerMethod"]["descriptor"] = "";
  one["details"]["requestMappingConditions"] = std::move(conditions);
  one["details"]["body"] = body_name(compiled.body);
  one["details"]["middleware"] = static_cast<std::int64_t>(compiled.chain.around.size());
  return one;
}

JsonValue mappings_of(const http::RouteTable* table) {
  JsonValue all = JsonValue::array();
  if (table == nullptr) return all;
  for (const http::RouteEntry& route : table->router().routes()) all.push_back(mapping_of(*table, route));
  return all;
}

}  // namespace

void add_actuator_mappings(Routes& routes, const Actuator& actuator) {
  routes.get(actuator.base_path + "/mappings", [&actuator](const Request& request) {
    JsonValue servlets;
    servlets["httpServer"] = mappings_of(actuator.service_routes());
    servlets["ops"] = mappings_of(actuator.ops_routes());
    JsonValue body;
    body["contexts"]["application"]["mappings"]["dispatcherServlets"] = std::move(servlets);
    body["contexts"]["application"]["parentId"] = nullptr;
    return actuator_json(request, body);
  });
}

}  // namespace ngo::app
