#include "ngo/app/telemetry/resource.hpp"

#include <map>
#include <string>
#include <utility>

#include "ngo/app/telemetry/surroundings.hpp"
#include "ngo/base/id.hpp"
#include "ngo/log/log.hpp"
#include "ngo/version.hpp"

namespace ngo::app {

metrics::Labels resource_of(std::string_view service_name, std::string_view version) {
  return resource_of(service_name, version, Surroundings::real());
}

metrics::Labels resource_of(std::string_view service_name, std::string_view version,
                            const Surroundings& from) {
  std::map<std::string, metrics::Label> all;
  const auto set = [&](const std::string& key, std::string_view value) {
    if (!value.empty()) all[key] = {key, std::string(value)};
  };
  for (metrics::Label& each : detect_resource(from)) {
    const std::string key = each.key;
    all[key] = std::move(each);
  }
  set("service.name", service_name);
  set("service.version", version);
  set("service.instance.id", Uuid::random().to_string());
  set("telemetry.sdk.name", "ngo");
  set("telemetry.sdk.language", "cpp");
  set("telemetry.sdk.version", kVersion);
  if (const auto given = parse_resource_attributes(from.environment("OTEL_RESOURCE_ATTRIBUTES"))) {
    for (const auto& [key, value] : *given) set(key, value);
  } else {
    log::warn(
        "OTEL_RESOURCE_ATTRIBUTES is left aside: it is not of the form key=value,key=value with what is "
        "special percent-encoded");
  }
  set("service.name", from.environment("OTEL_SERVICE_NAME"));
  metrics::Labels labels;
  for (auto& [key, label] : all) labels.push_back(std::move(label));
  return labels;
}

}  // namespace ngo::app
