// The articles over HTTP: list, search, read, write, rewrite, remove.
#pragma once

#include <ngo/app.hpp>

namespace newsroom {

void add_article_routes(ngo::Routes& routes);

}  // namespace newsroom
