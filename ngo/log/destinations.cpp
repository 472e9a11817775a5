#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "ngo/log/destinations_impl.hpp"
#include "ngo/log/file.hpp"
#include "ngo/log/writer.hpp"

namespace ngo::log {
namespace {

// Each line to all that take its level.
class Several final : public Sink {
 public:
  void add(Level from, std::shared_ptr<Sink> sink) { targets_.push_back({from, std::move(sink)}); }

  bool write(Level level, std::string_view line) noexcept override {
    bool all = true;
    for (const Target& each : targets_) {
      if (level >= each.from) all = each.sink->write(level, line) && all;
    }
    return all;
  }

 private:
  struct Target {
    Level from;
    std::shared_ptr<Sink> sink;
  };
  std::vector<Target> targets_;
};

// One for all loggers, so that their lines keep their order.
std::shared_ptr<Sink> console() {
  static const auto* const kConsole =
      new std::shared_ptr<Sink>(queued(std::make_shared<Console>(1, Console::kPatience, true)));
  return *kConsole;
}

std::string base_name(const Options& options) {
  if (!options.file_name.empty()) return options.file_name;
  if (const char* const app = std::getenv("appname"); app != nullptr && *app != '\0') return app;
  return program_invocation_short_name;
}

}  // namespace

std::string file_of(const Options& options) {
  return options.no_file ? std::string() : options.path + "/" + base_name(options) + ".log";
}

std::shared_ptr<Sink> make_sink(const Options& options) {
  if (options.no_file) return console();
  FileOptions file;
  file.path = file_of(options);
  file.max_size = ByteSize::mib(options.max_size);
  file.max_backups = options.max_backups;
  file.max_age = std::chrono::hours(24) * options.max_age;
  file.compress = options.compress;
  FileOptions errors = file;
  errors.path = options.error_path + "/" + base_name(options) + ".error.log";
  auto several = std::make_shared<Several>();
  several->add(Level::trace, open_file(std::move(file)));
  const Level least = options.warn_hook ? std::min(options.errlog_level, Level::warn) : options.errlog_level;
  several->add(least, open_file(std::move(errors)));
  if (options.console) several->add(Level::trace, console());
  return several;
}

}  // namespace ngo::log
