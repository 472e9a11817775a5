// Keys of the original, or of its earlier versions, that are called something else now.
#pragma once

#include "ngo/config/node.hpp"
#include "ngo/config/report.hpp"

namespace ngo::config {

// Moves them to their new places and says so, a warning each. What stands at the new place already wins.
void rename_keys(Node& root, Report& report);

}  // namespace ngo::config
