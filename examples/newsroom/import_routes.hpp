// Import of many articles, in the background.
#pragma once

#include <ngo/http/routes.hpp>

namespace newsroom {

void add_import_routes(ngo::Routes& routes);

}  // namespace newsroom
