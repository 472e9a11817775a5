// GET /ops/tls: the certificates of the service and ops ports and how long they are good. POST
// /ops/tls/reload reads their files again, whether they have changed or not. The same as metrics.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ngo/http/routes.hpp"
#include "ngo/metrics/registry.hpp"
#include "ngo/net/tls_context.hpp"

namespace ngo::app {

struct TlsListener {
  std::string name;  // "service", "ops"
  tls::ServerContext* context;
};

// `listeners` may be asked once requests come.
void add_tls(Routes& routes, std::function<std::vector<TlsListener>()> listeners);

// ngo.tls.certificate.time_left of each listener. The contexts must outlive the Collection.
[[nodiscard]] metrics::Collection tls_metrics(Metrics& metrics, std::vector<TlsListener> listeners);

}  // namespace ngo::app
