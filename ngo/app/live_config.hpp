// The configuration of a service while it runs: watches its sources and makes what is new in them hold, whole
// or not at all. A reload reads everything, binds and checks it, asks the modules, applies it; whatever goes
// wrong on the way leaves the last good state as it was, and is told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "ngo/config/changes.hpp"
#include "ngo/config/file_watch.hpp"
#include "ngo/config/report.hpp"
#include "ngo/config/source_set.hpp"
#include "ngo/config/tree.hpp"
#include "ngo/http/routes.hpp"
#include "ngo/metrics/registry.hpp"
#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo::app {

enum class ReloadResult : std::uint8_t {
  unchanged,  // what was read says the same as before
  applied,
  refused,  // there are mistakes in it, or a module does not want it
  failed,   // it could not be applied, and was taken back
};

struct ReloadOutcome {
  std::uint64_t version = 1;  // of the configuration that holds after it
  WallTime at{};
  Duration took{};
  ReloadResult result = ReloadResult::unchanged;
  std::vector<config::Change> changes;
  std::vector<std::string> problems;
};

// Lives on the supervisor's loop.
class LiveConfig {
 public:
  // What it is part of.
  struct Host {
    // Reads the files, and what the sources gave last.
    std::function<config::Tree(config::Report&)> load;
    // Binds everything to `next` and checks it; keeps it aside. Mistakes go to the report.
    std::function<void(config::Tree& next, config::Report&)> bind;
    // Asks those who read one of these sections; refusals go to the report.
    std::function<Task<void>(const std::vector<std::string>& sections, config::Report&)> prepare;
    // Makes it hold. Throws when that went wrong and all is as it was.
    std::function<Task<void>(const std::vector<std::string>& sections)> apply;
    // The configuration that holds, to be replaced when apply() went well.
    config::Tree* tree = nullptr;
    config::SourceSet* sources = nullptr;
    Metrics* metrics = nullptr;
  };

  // How many outcomes are remembered; those that changed nothing are not.
  static constexpr std::size_t kRemembered = 20;

  explicit LiveConfig(Host host);
  LiveConfig(const LiveConfig&) = delete;
  LiveConfig& operator=(const LiveConfig&) = delete;
  ~LiveConfig();

  // Reloads whenever a file or a source changes, until it is cancelled.
  [[nodiscard]] Task<void> watch();
  // Reads all sources anew, and reloads.
  [[nodiscard]] Task<ReloadOutcome> reload();

  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
  [[nodiscard]] bool watches() const noexcept { return files_ != nullptr; }
  // The latest first.
  [[nodiscard]] const std::deque<ReloadOutcome>& outcomes() const noexcept { return outcomes_; }
  [[nodiscard]] const config::Tree& tree() const noexcept { return *host_.tree; }
  [[nodiscard]] const config::SourceSet& sources() const noexcept { return *host_.sources; }

 private:
  [[nodiscard]] Task<void> watch_files();
  [[nodiscard]] Task<void> watch_sources();
  [[nodiscard]] Task<ReloadOutcome> take();
  // Reads until files stand still. False: they do not.
  [[nodiscard]] Task<bool> load(config::Tree& next, config::Report& report);
  // A file that has become empty is one that somebody is going to fill.
  void check_emptied(const config::Tree& next, config::Report& report) const;
  [[nodiscard]] Task<void> make_hold(config::Tree next, ReloadOutcome& outcome);
  void tell(ReloadOutcome outcome);

  Host host_;
  std::uint64_t version_ = 1;
  std::deque<ReloadOutcome> outcomes_;
  std::string told_;  // the problems that the log was told last
  std::unique_ptr<config::FileWatch> files_;
  Event news_;     // from a source
  Mutex reloads_;  // one at a time
};

// GET /ops/config: what holds, what became of the last changes, the sources. POST /ops/config/reload.
void add_config(Routes& routes, LiveConfig& config);

}  // namespace ngo::app
