// The last good configuration stands in for a centre that is away at the start of a service. A file keeps it.
// Later on whoever follows the source keeps what there is.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ngo/app/sources/local_cache_impl.hpp"
#include "ngo/base/error.hpp"
#include "ngo/config/data_source.hpp"

namespace ngo::app {

class KeptSource final : public config::DataSource {
 public:
  // While the file stands in, the centre is asked again after pauses that grow so far.
  static constexpr std::chrono::seconds kFirstPause{1};
  static constexpr std::chrono::minutes kLongestPause{2};

  // `owner` is the address, without its secrets; an empty `file`: nothing is kept.
  KeptSource(std::unique_ptr<config::DataSource> inside, std::string file, std::string owner);

  // Where the first one fails it gives what the file has, with a warning that says how old it is; not where
  // the address is wrong, or the centre says that there is nothing.
  Task<std::vector<config::Document>> read() override;
  // While the file stands in: until the centre can be read.
  Task<void> changed() override;
  Task<void> close() override;
  [[nodiscard]] Pauses pauses() const noexcept override { return inside_->pauses(); }

 private:
  [[nodiscard]] std::vector<config::Document> kept(const Error& why);
  [[nodiscard]] Task<void> succeeded(std::vector<config::Document>& documents);

  std::unique_ptr<config::DataSource> inside_;
  LocalCache cache_;
  std::optional<std::vector<config::Document>> ahead_;  // read already, for the next read()
  std::vector<config::Document> last_;                  // as the file has it
  bool has_read_ = false;
  bool stands_in_ = false;
};

// "3d", "1h12m", "40s": how long ago, as people say it.
[[nodiscard]] std::string age_of(Duration age);

}  // namespace ngo::app
