#include <dirent.h>
#include <glob.h>
#include <sys/stat.h>

#include <algorithm>

#include "ngo/config/paths_impl.hpp"

namespace ngo::config {

std::string path_in(std::string_view folder, std::string_view name) {
  std::string out(folder);
  if (!out.ends_with('/')) out.push_back('/');
  return out.append(name);
}

std::vector<std::string> matches_of(const std::string& pattern) {
  std::vector<std::string> out;
  glob_t found{};
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0)
    out.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  return out;
}

std::optional<std::vector<std::string>> files_in(const std::string& directory) {
  DIR* const open = opendir(directory.c_str());
  if (open == nullptr) return std::nullopt;
  std::vector<std::string> out;
  while (const dirent* const entry = readdir(open)) {
    const std::string name = entry->d_name;
    struct stat status{};
    if (name.starts_with('.') || stat(path_in(directory, name).c_str(), &status) != 0) continue;
    if (S_ISREG(status.st_mode)) out.push_back(name);
  }
  closedir(open);
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace ngo::config
