// For whoever counts log lines.
#pragma once

#include "ngo/log/level.hpp"

namespace ngo::log {

// Has `count` called for each line that is logged, on the thread that logs; `dropped`: nothing took it. Null:
// nobody is called any more (a call that has begun may still go on). It must be quick and must not log.
void on_line(void (*count)(Level level, bool dropped) noexcept) noexcept;

}  // namespace ngo::log
