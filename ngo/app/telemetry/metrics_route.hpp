// What Prometheus scrapes.
#pragma once

#include <string_view>

#include "ngo/http/routes.hpp"
#include "ngo/http/server_options.hpp"
#include "ngo/metrics/registry.hpp"

namespace ngo::app {

// GET `path`: all metrics, in the format that Accept asks for; `name[]` or `includedNames` choose some by
// their names. Between two metrics other work of the loop has its turn. Both arguments must outlive the
// routes.
void add_metrics(Routes& routes, std::string_view path, const Metrics& metrics,
                 const metrics::Labels& resource);
// Has the server compress these answers quickly rather than well.
void compress_metrics(http::ServerOptions& options);

}  // namespace ngo::app
