// Which lines are written, changed while the program runs: the level of a logger for a time, of one route, of
// one trace. A line whose level is off costs what it always costs; only while something is set here do lines
// that come through pay for a closer look.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "ngo/base/id.hpp"
#include "ngo/log/log.hpp"

namespace ngo::log {

// Sets a logger's level for `time`; then it has the one before again. At most a tenth of a second late, and
// only while the writer thread runs (see writer.hpp).
void set_level_for(Logger& logger, Level level, std::chrono::milliseconds time);

// Lines of all loggers from `level` on are written for work under this route (its pattern, such as
// "/articles/{id}"), or of this trace, for `time`. One more for the same route or trace replaces the one
// before. Throws Error{resource_exhausted} when a hundred are watched already.
void watch_route(std::string route, Level level, std::chrono::milliseconds time);
void watch_trace(TraceId id, Level level, std::chrono::milliseconds time);

struct Watched {
  std::string route;  // or
  std::string trace;
  Level level = Level::debug;
  std::chrono::milliseconds left{};
};
[[nodiscard]] std::vector<Watched> watched();

// How long the logger's level holds before it falls back; nothing when it was not set for a time.
[[nodiscard]] std::optional<std::chrono::milliseconds> level_left(const Logger& logger);

}  // namespace ngo::log
