// What is read from files and other sources, before anything is laid over it.
#pragma once

#include <string>
#include <vector>

#include "ngo/config/command_line.hpp"
#include "ngo/config/environment.hpp"
#include "ngo/config/node.hpp"
#include "ngo/config/report.hpp"
#include "ngo/config/source_set.hpp"

namespace ngo::config {

// Later layers win, and so do later sources within a layer.
struct Layers {
  Node files{Node::Kind::map, {}};     // with their imports
  Node profiles{Node::Kind::map, {}};  // `profile:` documents and app-<profile>.yaml
  Node others{Node::Kind::map, {}};    // what is not a file
  std::vector<std::string> names;      // of all that were read, for people
  // Files, also such as are not there, and patterns: where a change may change something.
  std::vector<std::string> paths;
  std::vector<std::string> blank_files;
};

[[nodiscard]] Layers load_layers(const CommandLine& command_line, const Environment& environment,
                                 const SourceSet& sources, Report& report);

}  // namespace ngo::config
