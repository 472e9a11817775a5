// The section `log` of the configuration: a list with an entry for each logger, or one map for the default
// one.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ngo/base/rules.hpp"
#include "ngo/log/log.hpp"

namespace ngo::log {

struct Options {
  std::string name = "default";
  std::optional<Level> level;
  std::optional<Layout> format;
  std::optional<bool> writable_caller;

  static constexpr auto rules = ngo::rules(
      ngo::length<&Options::name>(1, 64),
      ngo::description<&Options::name>("\"default\" is the one of log::info"),
      ngo::description<&Options::level>(
          "least level that is written; default info, or that of the default logger"),
      ngo::description<&Options::format>("txt, json or blank; default txt, or that of the default logger"),
      ngo::description<&Options::writable_caller>(
          "whether lines name the file and line that wrote them; default true"));
};

// Keys that the original's files have there and that do nothing yet: whoever reads the section warns of them.
inline constexpr std::array<std::string_view, 13> kKeysWithoutEffect = {
    "noFile",       "path",   "errorPath",  "fileName", "errlogLevel", "writableStack", "skip",
    "packageLevel", "maxAge", "maxBackups", "maxSize",  "compress",    "warnHook"};

// Sets up the loggers as the section says, and those that it does not name as they are by default.
// Throws Error{invalid_argument} when two entries have the same name; then nothing is changed.
void configure(std::span<const Options> options);

}  // namespace ngo::log
