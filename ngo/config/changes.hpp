// What is different between two configurations of a program, for its log and the ops port.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ngo/config/node.hpp"
#include "ngo/config/schema.hpp"

namespace ngo::config {

struct Change {
  std::string key;     // "httpServer.requestTimeout"
  std::string before;  // masked when it is secret
  std::string after;
  bool was_set = false;  // false: it had its default
  bool is_set = false;   // false: it has its default again
  std::string source;    // where the new value is from, or where the old one was
  bool live = false;     // false: takes effect at restart
};

// In the order of the new configuration, what is gone last. `sections`: what the program reads.
[[nodiscard]] std::vector<Change> changes_between(const Node& before, const Node& after,
                                                  std::span<const Section> sections);

// "httpServer.requestTimeout: 1m -> 5s (app.yaml:3:19)"; at most `most` of them, and how many there are more.
[[nodiscard]] std::string to_string(const Change& change);
[[nodiscard]] std::string to_string(std::span<const Change> changes, std::size_t most = 20);

}  // namespace ngo::config
