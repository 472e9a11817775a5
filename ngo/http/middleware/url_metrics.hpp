// Which requests are counted: the section `httpServer.middlewares.urlMetrics`, which is on without being
// named.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ngo/base/pattern.hpp"
#include "ngo/base/rules.hpp"

namespace ngo::http {

struct UrlMetricsOptions {
  bool enabled = true;
  bool original_path = false;
  std::vector<std::string> include;
  std::vector<std::string> exclude;

  [[nodiscard]] std::string mistake() const;

  static constexpr auto rules =
      ngo::rules(ngo::camel_case(), ngo::check<&UrlMetricsOptions::mistake>(),
                 ngo::description<&UrlMetricsOptions::enabled>("false: no request is counted on this server"),
                 ngo::description<&UrlMetricsOptions::original_path>(
                     "with metrics.compat: the path as it was sent instead of the route's pattern"),
                 ngo::description<&UrlMetricsOptions::include>(
                     "only these paths are counted: each a beginning, or ~ and an expression for the whole"),
                 ngo::description<&UrlMetricsOptions::exclude>(
                     "these paths are not counted; not together with include"));
};

// The paths that a list names.
class PathRules {
 public:
  PathRules() = default;
  // Throws Error{invalid_argument} for an expression that is none.
  explicit PathRules(const UrlMetricsOptions& options);

  [[nodiscard]] bool empty() const noexcept { return prefixes_.empty() && patterns_.empty(); }
  // Whether requests for this path are counted.
  [[nodiscard]] bool admit(std::string_view path) const;

 private:
  bool includes_ = false;  // the lists say what is counted, not what is left out
  std::vector<std::string> prefixes_;
  std::vector<Pattern> patterns_;
};

}  // namespace ngo::http
