// What all sources that are reached over a network have in common: patience. A server that is away is asked
// again, after pauses that grow; at the start of a service the last good configuration stands in, where a
// file keeps it. The source inside just throws when something is wrong.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ngo/app/sources/local_cache_impl.hpp"
#include "ngo/base/error.hpp"
#include "ngo/config/data_source.hpp"

namespace ngo::app {

struct SteadyOptions {
  std::string shown;       // the address, for people
  std::string cache_file;  // empty: nothing is kept
  Duration first_pause = std::chrono::seconds(1);
  Duration longest_pause = std::chrono::seconds(30);
};

class SteadySource final : public config::DataSource {
 public:
  SteadySource(std::unique_ptr<config::DataSource> inside, SteadyOptions options);

  // Throws only where there is nothing to stand in: later on whoever reads keeps what there is.
  Task<std::vector<config::Document>> read() override;
  // Fails only when it is cancelled. After a read that failed it ends when one has succeeded.
  Task<void> changed() override;
  Task<void> close() override;

 private:
  [[nodiscard]] std::vector<config::Document> kept(const Error& why);
  void succeeded(std::vector<config::Document>& documents);
  // Longer from time to time, until reset; drawn from the upper half, so that services do not come in step.
  [[nodiscard]] Duration next_pause();

  std::unique_ptr<config::DataSource> inside_;
  SteadyOptions options_;
  LocalCache cache_;
  std::optional<std::vector<config::Document>> ahead_;  // read already, for the next read()
  std::vector<config::Document> last_;                  // as the cache has it
  bool has_read_ = false;
  bool behind_ = false;  // the last read has failed
  Duration pause_;
};

// "3d", "1h12m", "40s": how long ago, as people say it.
[[nodiscard]] std::string age_of(Duration age);

}  // namespace ngo::app
