// Which requests are counted: the section `httpServer.middlewares.urlMetrics`, which is on without being
// named.
#pragma once

#include "ngo/base/rules.hpp"

namespace ngo::http {

struct UrlMetricsOptions {
  bool enabled = true;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(),
      ngo::description<&UrlMetricsOptions::enabled>("false: no request is counted on this server"));
};

}  // namespace ngo::http
