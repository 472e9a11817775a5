// The three services behind the gateway, so that it can be tried without any: small, made up, and with a
// switch that makes them stall.
#pragma once

#include <ngo/http/routes.hpp>

namespace gateway {

// GET /stories/{id}, /comments/{id}, /ratings/{id}; PUT /stall/{service}
void add_services(ngo::Routes& routes);

}  // namespace gateway
