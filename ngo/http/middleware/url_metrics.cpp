#include "ngo/http/middleware/url_metrics.hpp"

#include <algorithm>

#include "ngo/base/error.hpp"

namespace ngo::http {

std::string UrlMetricsOptions::mistake() const {
  if (!include.empty() && !exclude.empty())
    return "include and exclude exclude each other: say what is counted, or what is not";
  try {
    static_cast<void>(PathRules(*this));
  } catch (const Error& error) {
    return error.message();
  }
  return {};
}

PathRules::PathRules(const UrlMetricsOptions& options) : includes_(!options.include.empty()) {
  for (const std::string& each : includes_ ? options.include : options.exclude) {
    if (each.starts_with('~')) {
      patterns_.emplace_back(std::string_view(each).substr(1));
    } else {
      prefixes_.push_back(each);
    }
  }
}

bool PathRules::admit(std::string_view path) const {
  const bool named = std::any_of(prefixes_.begin(), prefixes_.end(),
                                 [&](const std::string& prefix) { return path.starts_with(prefix); }) ||
                     std::any_of(patterns_.begin(), patterns_.end(),
                                 [&](const Pattern& pattern) { return pattern.matches(path); });
  return named == includes_;
}

}  // namespace ngo::http
