// What the files of a configuration are called, for those who read and those who watch them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ngo::config {

inline constexpr std::string_view kWildcards = "*?[";

[[nodiscard]] inline bool is_pattern(std::string_view path) noexcept {
  return path.find_first_of(kWildcards) != std::string_view::npos;
}

// "conf" and "app.yaml" are "conf/app.yaml".
[[nodiscard]] std::string path_in(std::string_view folder, std::string_view name);

// The paths that a pattern names, in the order of their names.
[[nodiscard]] std::vector<std::string> matches_of(const std::string& pattern);

// The files in a directory, sorted; without those whose names begin with a dot, which are an editor's or
// Kubernetes' own. Nothing, with errno, when the directory cannot be read.
[[nodiscard]] std::optional<std::vector<std::string>> files_in(const std::string& directory);

}  // namespace ngo::config
