// The whole story of a value: where it comes from, what it took the place of, what it would be otherwise, and
// what else it could be. For people (`--explain-config KEY`) and for the ops port.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/config/node.hpp"
#include "ngo/config/schema.hpp"

namespace ngo::config {

struct Origin {
  std::string key;                   // "httpServer.port"
  std::string value;                 // masked when it is secret
  std::string source;                // "app.yaml:3:7", "environment variable NGO_...", "--set ..."
  std::vector<std::string> shadows;  // where the values stood that it took the place of, the latest first
  bool secret = false;
  std::size_t fingerprint = 0;  // of the value, to tell two of them apart that are not shown
};

// An origin with what the program makes of it.
struct Provenance {
  Origin origin;
  bool is_read = false;  // some part of the program reads it
  bool live = false;     // a new value takes effect while the program runs; else at the next start
  std::string standard;  // the default
  std::string description;
};

// Every single value of the tree, in its order. An empty list or map counts as one.
[[nodiscard]] std::vector<Origin> origins_of(const Node& root);

[[nodiscard]] std::vector<Provenance> provenance_of(const Node& root, std::span<const Section> sections);

// A text of some lines about one key, a section, or all that begin so. `found` is false when no part of the
// program has such a key; the text then names the nearest.
[[nodiscard]] std::string explain(std::string_view key, const Node& root, std::span<const Section> sections,
                                  bool& found);

}  // namespace ngo::config
