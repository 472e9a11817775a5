// All that is wrong with a configuration, in one list: whoever starts a service corrects everything at once.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/config/node.hpp"

namespace ngo::config {

// One sentence about one place. `path` is the key with those around it: "redis.0.addr".
struct Finding {
  Place place;
  std::string path;
  std::string message;

  // "app.yaml:3:7: httpServer.prot: unknown key"
  [[nodiscard]] std::string to_string() const;
};

class Report {
 public:
  // A mistake: the service does not start.
  void error(Place place, std::string path, std::string message);
  // Worth saying; the service starts all the same.
  void warn(Place place, std::string path, std::string message);

  // Whether there are no mistakes (there may be warnings).
  [[nodiscard]] bool empty() const noexcept { return errors_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return errors_.size(); }
  // Both in the order of sources, lines and columns.
  [[nodiscard]] const std::vector<Finding>& errors() const noexcept { return errors_; }
  [[nodiscard]] const std::vector<Finding>& warnings() const noexcept { return warnings_; }
  // The mistakes, one a line.
  [[nodiscard]] std::string to_string() const;

 private:
  std::vector<Finding> errors_;
  std::vector<Finding> warnings_;
};

// "redis" and "0" are "redis.0"; either may be empty.
[[nodiscard]] std::string join_path(std::string_view parent, std::string_view key);

}  // namespace ngo::config
