#include "ngo/http/server_options.hpp"

#include <utility>

namespace ngo::http {

ServerOptions with_live(const ServerOptions& now, ServerOptions next) {
  next.host = now.host;
  next.port = now.port;
  next.tls = now.tls;
  next.health = now.health;
  next.http2 = now.http2;
  next.proxy_protocol = now.proxy_protocol;
  const bool under_maintenance = next.middlewares.maintenance.enabled;
  next.middlewares.maintenance = now.middlewares.maintenance;
  next.middlewares.maintenance.enabled = under_maintenance;
  return next;
}

}  // namespace ngo::http
