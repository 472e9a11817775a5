// The section `log` of the configuration: a list with an entry for each logger, or one map for the default
// one. The names are the original's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "ngo/base/rules.hpp"
#include "ngo/log/log.hpp"

namespace ngo::log {

struct Options {
  std::string name = "default";
  std::optional<Level> level;
  std::optional<Layout> format;
  bool no_file = true;
  bool console = false;
  std::string path = "./logs";
  std::string error_path = "./logs";
  std::string file_name;
  Level errlog_level = Level::error;
  bool warn_hook = false;
  std::optional<bool> writable_caller;
  bool writable_stack = false;
  int skip = 2;
  std::map<std::string, Level> package_level;
  std::uint32_t max_age = 7;
  std::uint32_t max_backups = 7;
  std::uint32_t max_size = 1024;
  bool compress = false;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::length<&Options::name>(1, 64), ngo::live<&Options::level>(),
      ngo::live<&Options::writable_stack>(),
      ngo::description<&Options::name>("\"default\" is the one of log::info"),
      ngo::description<&Options::level>(
          "least level that is written; default info, or that of the default logger"),
      ngo::description<&Options::format>(
          "txt, json, blank, ecs or logfmt; default txt, or that of the default logger"),
      ngo::description<&Options::no_file>("true: to standard output; false: to files"),
      ngo::description<&Options::console>("to standard output as well when there are files"),
      ngo::description<&Options::path>("directory of the file FILENAME.log"),
      ngo::description<&Options::error_path>("directory of the file FILENAME.error.log"),
      ngo::description<&Options::file_name>(
          "default: the environment variable appname, or the program's name"),
      ngo::description<&Options::errlog_level>("least level of the error file; its lines are in both"),
      ngo::description<&Options::warn_hook>("warnings into the error file as well"),
      ngo::description<&Options::writable_caller>(
          "whether lines name the file and line that wrote them; default true"),
      ngo::description<&Options::writable_stack>("the stack with errors; costs milliseconds a line"),
      ngo::description<&Options::skip>("of the original; has no meaning here: the place is known exactly"),
      ngo::description<&Options::package_level>(
          "least level for source files in a folder of that name; raises the level, never lowers it"),
      ngo::description<&Options::max_age>("days that rotated files are kept; 0: for ever"),
      ngo::description<&Options::max_backups>("rotated files that are kept; 0: all"),
      ngo::description<&Options::max_size>("MiB at which a file is rotated"),
      ngo::description<&Options::compress>("rotated files, by gzip"),
      ngo::range<&Options::max_size>(1, 1024 * 1024), ngo::range<&Options::max_age>(0, 36500));
};

// The file that a logger with these options writes to; empty where there is none.
[[nodiscard]] std::string file_of(const Options& options);

// Sets up the loggers as the section says, and those that it does not name as they are by default.
// Throws Error{invalid_argument} when two entries have the same name, Error{unavailable} when a file cannot
// be written to; then nothing is changed.
void configure(std::span<const Options> options);

}  // namespace ngo::log
