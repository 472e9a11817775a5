// The section `httpServer.middlewares`: one key for each built-in step. A step whose key is missing is off,
// and so is one with `enabled: false`; docs/middleware.md lists them in their order.
#pragma once

#include <optional>

#include "ngo/base/rules.hpp"
#include "ngo/codec/json_value.hpp"
#include "ngo/http/middleware/access_log_options.hpp"
#include "ngo/http/middleware/cors.hpp"
#include "ngo/http/middleware/maintenance.hpp"
#include "ngo/http/middleware/request_id.hpp"
#include "ngo/http/middleware/security_headers.hpp"
#include "ngo/http/middleware/server_timing.hpp"
#include "ngo/http/middleware/tracing.hpp"
#include "ngo/http/middleware/url_metrics.hpp"

namespace ngo::http {

struct MiddlewareOptions {
  std::optional<AccessLogOptions> access_log;
  std::optional<RequestIdOptions> request_id;
  std::optional<ServerTimingOptions> server_timing;
  std::optional<SecurityHeadersOptions> security_headers;
  std::optional<CorsOptions> cors;
  MaintenanceOptions maintenance;
  UrlMetricsOptions url_metrics;
  TracingStepOptions tracing;
  JsonValue jwt_auth;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::live<&MiddlewareOptions::access_log>(),
      ngo::live<&MiddlewareOptions::request_id>(), ngo::live<&MiddlewareOptions::server_timing>(),
      ngo::live<&MiddlewareOptions::security_headers>(), ngo::live<&MiddlewareOptions::cors>(),
      ngo::live<&MiddlewareOptions::url_metrics>(), ngo::live<&MiddlewareOptions::tracing>(),
      ngo::description<&MiddlewareOptions::access_log>("a line for each request"),
      ngo::description<&MiddlewareOptions::request_id>("an id for each request"),
      ngo::description<&MiddlewareOptions::server_timing>("what a request spent its time on, for browsers"),
      ngo::description<&MiddlewareOptions::security_headers>("headers that make browsers careful"),
      ngo::description<&MiddlewareOptions::cors>("calls from pages of other origins"),
      ngo::description<&MiddlewareOptions::maintenance>("503 for all, switched while the service runs"),
      ngo::description<&MiddlewareOptions::url_metrics>("what is counted of each request"),
      ngo::description<&MiddlewareOptions::tracing>("the span of each request (see the section tracing)"),
      ngo::description<&MiddlewareOptions::jwt_auth>("of the original; no effect yet"));
};

}  // namespace ngo::http
