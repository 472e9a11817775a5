#include "ngo/config/environment.hpp"

#include <unistd.h>

#include <algorithm>

namespace ngo::config {

Environment::Environment(Variables variables) : variables_(std::move(variables)) {
  std::sort(variables_.begin(), variables_.end());
}

Environment Environment::of_process() {
  Variables variables;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view line = *at;
    const std::size_t equals = line.find('=');
    if (equals != std::string_view::npos)
      variables.emplace_back(line.substr(0, equals), line.substr(equals + 1));
  }
  return Environment(std::move(variables));
}

std::optional<std::string_view> Environment::get(std::string_view name) const noexcept {
  for (const auto& [its_name, value] : variables_) {
    if (its_name == name) return value;
  }
  return std::nullopt;
}

}  // namespace ngo::config
