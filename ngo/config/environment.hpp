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
  using Variables = std::vector<std::pair<std::string, std::string>>;

  // Empty.
  Environment() = default;
  explicit Environment(Variables variables);
  // A copy of the process's, as it is now.
  [[nodiscard]] static Environment of_process();

  [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const noexcept;
  // Sorted by name.
  [[nodiscard]] const Variables& variables() const noexcept { return variables_; }

 private:
  Variables variables_;
};

}  // namespace ngo::config
