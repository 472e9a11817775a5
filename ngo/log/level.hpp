// How important a log line is.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "ngo/base/type.hpp"

namespace ngo::log {

// A logger writes the lines of its level and above; `off` is the level of a logger that writes nothing.
enum class Level : std::uint8_t { trace, debug, info, warn, error, fatal, off };

// The names in configuration and at the ops port; the last three are what the original's files may also say.
constexpr auto enum_names(Level) {
  return std::array<EnumName, 10>{{{Level::trace, "trace"},
                                   {Level::debug, "debug"},
                                   {Level::info, "info"},
                                   {Level::warn, "warn"},
                                   {Level::error, "error"},
                                   {Level::fatal, "fatal"},
                                   {Level::off, "off"},
                                   {Level::warn, "warning"},
                                   {Level::error, "dpanic"},
                                   {Level::fatal, "panic"}}};
}

[[nodiscard]] std::string_view to_string(Level level) noexcept;
// In any case; nothing when no level is called so.
[[nodiscard]] std::optional<Level> level_from_string(std::string_view name) noexcept;

}  // namespace ngo::log
