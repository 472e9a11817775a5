// The page at "/": what the service can do, with lines to try it.
#pragma once

#include <ngo/http/response.hpp>

namespace newsroom {

[[nodiscard]] ngo::Response front_page();

}  // namespace newsroom
