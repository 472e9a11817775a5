// The program `ngo`: what is done with a service from outside.
#include <cstdio>
#include <string>
#include <vector>

#include "config_command.hpp"
#include "ngo/version.hpp"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && arguments[0] == "config")
    return ngo::cli::config_command({arguments.begin() + 1, arguments.end()});
  if (!arguments.empty() && (arguments[0] == "--version" || arguments[0] == "-v")) {
    std::printf("ngo %.*s\n", static_cast<int>(ngo::kVersion.size()), ngo::kVersion.data());
    return 0;
  }
  std::fputs("usage: ngo config ...    questions to a service's configuration: ngo config help\n", stderr);
  return arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h" ? 0 : 2;
}
