// Upload and download of the pictures.
#pragma once

#include <ngo/http/routes.hpp>

namespace newsroom {

void add_picture_routes(ngo::Routes& routes);

}  // namespace newsroom
