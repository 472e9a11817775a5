// Comments, and the live stream of them.
#pragma once

#include <ngo/http/routes.hpp>

namespace newsroom {

void add_comment_routes(ngo::Routes& routes);

}  // namespace newsroom
