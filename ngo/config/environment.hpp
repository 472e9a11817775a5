// The environment variables of the process, or those of a test.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ngo::config {

class Environment {
 public:
  // Empty.
  Environment() = default;
  explicit Environment(std::vector<std::pair<std::string, std::string>> variables);
  // A copy of the process's, as it is now.
  [[nodiscard]] static Environment of_process();

  [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const noexcept;
  // Sorted by name.
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& variables() const noexcept {
    return variables_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> variables_;
};

}  // namespace ngo::config
