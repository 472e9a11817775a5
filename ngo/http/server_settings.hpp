// What a server's options amount to, made whole and shared by all workers. New options are new settings: a
// request keeps those that it began under until it has ended.
#pragma once

#include <memory>
#include <string_view>

#include "ngo/http/middleware/access_log.hpp"
#include "ngo/http/middleware/steps.hpp"
#include "ngo/http/middleware/url_metrics.hpp"
#include "ngo/http/request_parser.hpp"
#include "ngo/http/route_table.hpp"
#include "ngo/http/server_metrics.hpp"
#include "ngo/http/server_options.hpp"
#include "ngo/http/server_tracing.hpp"
#include "ngo/http/url_statistics.hpp"

namespace ngo::http {

struct ServerSettings {
  // Throws where a built-in step cannot be made. Where the access log is written as in `before` it goes on
  // with its file.
  ServerSettings(ServerOptions its_options, std::shared_ptr<const RouteTable> its_routes,
                 std::shared_ptr<log::Sink> access_sink, const ServerSettings* before);

  // Whether requests for this path are counted, where they are.
  [[nodiscard]] bool counts(std::string_view path) const {
    return path_rules.empty() || path_rules.admit(path);
  }

  ServerOptions options;
  std::shared_ptr<const RouteTable> routes;
  KnownHeader deadline_header = KnownHeader::other;  // what options.deadline_header is while parsing
  HeadLimits head_limits;
  Steps steps;
  PathRules path_rules;
  ServerMetrics* metrics = nullptr;              // null: requests are not counted
  UrlStatistics* url_statistics = nullptr;       // null: nor as the original did
  std::shared_ptr<const ServerTracing> tracing;  // null: they are not traced
};

// One worker's share in them.
struct WorkerSettings {
  std::shared_ptr<const ServerSettings> shared;
  std::unique_ptr<AccessLogWriter> access_log;  // null where none is written
};

}  // namespace ngo::http
