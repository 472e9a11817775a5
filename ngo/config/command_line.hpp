// The flags that every ngo program has.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ngo::config {

struct CommandLine {
  std::string program;                // the name it was started by, without its folder
  std::vector<std::string> files;     // -c, --config: paths and addresses; empty: app.yaml, if it is there
  std::string directory;              // -d: the folder of the configuration file
  std::string profiles;               // -p, --profile: names, separated by commas
  bool watch = false;                 // -w, --watch
  std::vector<std::string> settings;  // --set, as given: "httpServer.port=8081"
  bool help = false;                  // -h, --help
  bool version = false;               // -v, --version
  bool check_config = false;          // --check-config
  bool print_config = false;          // --print-config
  bool print_config_schema = false;   // --print-config-schema
  std::string explain_config;         // --explain-config: a key
  std::vector<std::string> rest;      // what stands behind "--": the program's own

  // What is wrong with the flags, a sentence each; with any the program should end with kUsageError.
  std::vector<std::string> mistakes;
};

// The exit codes of a start that failed: wrong flags; anything else, such as a wrong configuration.
inline constexpr int kUsageError = 2;
inline constexpr int kStartError = 1;

// Reads the flags; never ends the program. Values follow as the next argument or behind "=".
[[nodiscard]] CommandLine parse_command_line(int argc, const char* const* argv);

// What --help prints.
[[nodiscard]] std::string command_line_help(std::string_view program);

}  // namespace ngo::config
