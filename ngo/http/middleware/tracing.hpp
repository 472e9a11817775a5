// Which requests have a span: the section `httpServer.middlewares.tracing`, which is on without being named.
#pragma once

#include "ngo/base/rules.hpp"

namespace ngo::http {

struct TracingStepOptions {
  bool enabled = true;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(),
      ngo::description<&TracingStepOptions::enabled>("false: requests of this server have no span"));
};

}  // namespace ngo::http
