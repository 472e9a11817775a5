#include "ngo/app/telemetry/resource.hpp"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>

#include "ngo/base/id.hpp"
#include "ngo/base/text.hpp"
#include "ngo/codec/url.hpp"
#include "ngo/version.hpp"

namespace ngo::app {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

// "key=value,key=value", values percent-encoded.
void take_environment(std::map<std::string, metrics::Label>& into) {
  const char* const given = std::getenv("OTEL_RESOURCE_ATTRIBUTES");
  std::string_view rest = given == nullptr ? "" : given;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view pair = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string key(trim(pair.substr(0, equals)));
    std::string value;
    if (!key.empty() && url::decode_path(trim(pair.substr(equals + 1)), value)) into[key] = {key, value};
  }
  const char* const name = std::getenv("OTEL_SERVICE_NAME");
  if (name != nullptr && *name != '\0') into["service.name"] = {"service.name", name};
}

}  // namespace

metrics::Labels resource_of(std::string_view service_name, std::string_view version) {
  std::map<std::string, metrics::Label> all;
  const auto set = [&](const char* key, std::string_view value) {
    if (!value.empty()) all[key] = {key, std::string(value)};
  };
  set("service.name", service_name);
  set("service.version", version);
  set("service.instance.id", Uuid::random().to_string());
  set("host.name", host_name());
  set("telemetry.sdk.name", "ngo");
  set("telemetry.sdk.language", "cpp");
  set("telemetry.sdk.version", kVersion);
  all["process.pid"] = {"process.pid", std::to_string(getpid()), metrics::Label::Type::integer};
  take_environment(all);
  metrics::Labels labels;
  for (auto& [key, label] : all) labels.push_back(std::move(label));
  return labels;
}

}  // namespace ngo::app
