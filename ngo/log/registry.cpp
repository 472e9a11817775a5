#include "ngo/log/registry_impl.hpp"

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"
#include "ngo/log/destinations_impl.hpp"
#include "ngo/log/writer.hpp"
#include "ngo/runtime/context.hpp"

namespace ngo::log {

constinit Logger default_logger("default");

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct Named {
  explicit Named(std::string_view its_name) : name(its_name), logger(name) {}
  std::string name;
  Logger logger;
};

// A level that is not for ever.
struct Lent {
  Logger* logger;
  Level before;
  bool was_own;
  steady_clock::time_point until;
};

struct Watch {
  Watched what;
  steady_clock::time_point until;
};

// Each line of a logger that looks closer is compared with all of them.
constexpr std::size_t kMostWatched = 100;

struct PackageLevel {
  const Logger* logger;
  std::string package;
  Level level;
};

milliseconds left_until(steady_clock::time_point until) {
  return std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(until - steady_clock::now()));
}

// Whether the file lies in a folder of that name, or path of folders.
bool is_in_package(std::string_view file, std::string_view package) noexcept {
  const std::size_t name = file.rfind('/');
  if (name == std::string_view::npos) return false;
  const std::string_view folder = file.substr(0, name);
  for (std::size_t at = folder.find(package); at != std::string_view::npos;
       at = folder.find(package, at + 1)) {
    const std::size_t end = at + package.size();
    if ((at == 0 || folder[at - 1] == '/') && (end == folder.size() || folder[end] == '/')) return true;
  }
  return false;
}

}  // namespace

// Lives for ever: other threads may log while the process ends.
struct Registry::State {
  std::mutex mutex;
  std::vector<std::unique_ptr<Named>> named;
  std::vector<Lent> lent;
  std::vector<Watch> watches;
  std::vector<PackageLevel> packages;

  // Sinks are never destroyed: a thread may be about to use the one that it has just read.
  std::vector<std::shared_ptr<Sink>> sinks;
  std::shared_ptr<Sink> for_all;
  std::atomic<Sink*> current{nullptr};  // for_all
  Console console;
  std::atomic<std::uint64_t> dropped{0};
};

Registry::State& Registry::state() {
  static State* const kState = new State;
  return *kState;
}

Logger& Registry::find(State& state, std::string_view name) {
  if (name == default_logger.name()) return default_logger;
  for (const auto& named : state.named) {
    if (named->name == name) return named->logger;
  }
  state.named.push_back(std::make_unique<Named>(name));
  follow(state);
  return state.named.back()->logger;
}

// Gives what the default logger has to all that have none of their own.
void Registry::follow(State& state) {
  for (const auto& named : state.named) {
    Logger& logger = named->logger;
    if (!logger.own_level_) logger.threshold_ = default_logger.threshold_.load();
    if (!logger.own_layout_) logger.layout_ = default_logger.layout_.load();
    if (!logger.own_caller_) logger.caller_ = default_logger.caller_.load();
    if (!logger.own_sink_) {
      logger.sink_ = default_logger.sink_.load();
      logger.stack_ = default_logger.stack_.load();
    }
  }
  open_gates(state);
}

// The gate of a logger is as low as anything that may let a line through.
void Registry::open_gates(State& state) {
  Level lowest = Level::off;
  for (const Watch& watch : state.watches) lowest = std::min(lowest, watch.what.level);
  const auto open = [&](Logger& logger) {
    const bool has_packages = std::any_of(state.packages.begin(), state.packages.end(),
                                          [&](const PackageLevel& each) { return each.logger == &logger; });
    logger.looks_closer_ = has_packages || !state.watches.empty();
    logger.level_ = std::min(logger.threshold_.load(), lowest);
  };
  open(default_logger);
  for (const auto& named : state.named) open(named->logger);
}

Logger& Registry::get(std::string_view name) {
  State& all = state();
  const std::lock_guard lock(all.mutex);
  return find(all, name);
}

std::vector<Logger*> Registry::all() {
  State& all = state();
  const std::lock_guard lock(all.mutex);
  std::vector<Logger*> out = {&default_logger};
  for (const auto& named : all.named) out.push_back(&named->logger);
  return out;
}

void Registry::set_level(Logger& logger, Level level) {
  State& all = state();
  const std::lock_guard lock(all.mutex);
  std::erase_if(all.lent, [&](const Lent& each) { return each.logger == &logger; });
  logger.threshold_ = level;
  logger.own_level_ = true;
  follow(all);
}

void Registry::clear_level(Logger& logger) {
  State& all = state();
  const std::lock_guard lock(all.mutex);
  std::erase_if(all.lent, [&](const Lent& each) { return each.logger == &logger; });
  logger.own_level_ = false;
  if (&logger == &default_logger) logger.threshold_ = Level::info;
  follow(all);
}

bool Registry::has_own_level(const Logger& logger) {
  State& all = state();
  const std::lock_guard lock(all.mutex);
  return logger.own_level_;
}

void Registry::set_level_for(Logger& logger, Level level, milliseconds time) {
  State& all = state();
  const std::lock_guard lock(all.mutex);
  const auto until = steady_clock::now() + time;
  const auto lent = std::find_if(all.lent.begin(), all.lent.end(),
                                 [&](const Lent& each) { return each.logger == &logger; });
  if (lent == all.lent.end()) {
    all.lent.push_back({&logger, logger.threshold_, logger.own_level_, until});
  } else {
    lent->until = until;
  }
  logger.threshold_ = level;
  logger.own_level_ = true;
  follow(all);
}

std::optional<milliseconds> Registry::level_left(const Logger& logger) {
  State& all = state();
  const std::lock_guard lock(all.mutex);
  for (const Lent& each : all.lent) {
    if (each.logger == &logger) return left_until(each.until);
  }
  return std::nullopt;
}

void Registry::watch(Watched what) {
  State& all = state();
  const std::lock_guard lock(all.mutex);
  std::erase_if(all.watches, [&](const Watch& each) {
    return each.what.route == what.route && each.what.trace == what.trace;
  });
  if (all.watches.size() >= kMostWatched) {
    throw Error(Code::resource_exhausted,
                std::to_string(kMostWatched) +
                    " routes and traces are watched already; wait until one's time is over");
  }
  const auto until = steady_clock::now() + what.left;
  all.watches.push_back({std::move(what), until});
  open_gates(all);
}

std::vector<Watched> Registry::watched() {
  State& all = state();
  const std::lock_guard lock(all.mutex);
  std::vector<Watched> out;
  for (const Watch& each : all.watches) {
    out.push_back(each.what);
    out.back().left = left_until(each.until);
  }
  return out;
}

void Registry::tick() noexcept {
  State& all = state();
  const std::lock_guard lock(all.mutex);
  if (all.lent.empty() && all.watches.empty()) return;
  const auto now = steady_clock::now();
  for (const Lent& each : all.lent) {
    if (each.until > now) continue;
    each.logger->threshold_ = each.before;
    each.logger->own_level_ = each.was_own;
  }
  std::erase_if(all.lent, [&](const Lent& each) { return each.until <= now; });
  std::erase_if(all.watches, [&](const Watch& each) { return each.until <= now; });
  follow(all);
}

bool Registry::admits(const Logger& logger, Level level, const std::source_location& where) noexcept {
  State& all = state();
  const std::lock_guard lock(all.mutex);
  if (const Context* const context = CurrentContext::get(); context != nullptr && !all.watches.empty()) {
    const TraceIdentity identity = context->trace();
    for (const Watch& each : all.watches) {
      if (level < each.what.level) continue;
      if (!each.what.route.empty() && context->work() != nullptr && each.what.route == context->work())
        return true;
      if (!each.what.trace.empty() && identity.valid() && each.what.trace == identity.trace.to_string())
        return true;
    }
  }
  if (level < logger.threshold_) return false;
  // The most precise package that the file is in.
  const PackageLevel* found = nullptr;
  for (const PackageLevel& each : all.packages) {
    if (each.logger == &logger && is_in_package(where.file_name(), each.package) &&
        (found == nullptr || each.package.size() > found->package.size()))
      found = &each;
  }
  return found == nullptr || level >= found->level;
}

void Registry::set_layout(Logger& logger, Layout layout) {
  State& all = state();
  const std::lock_guard lock(all.mutex);
  logger.layout_ = layout;
  logger.own_layout_ = true;
  follow(all);
}

void Registry::set_caller(Logger& logger, bool shown) {
  State& all = state();
  const std::lock_guard lock(all.mutex);
  logger.caller_ = shown;
  logger.own_caller_ = true;
  follow(all);
}

void Registry::configure(std::span<const Options> options) {
  for (std::size_t i = 0; i < options.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (options[i].name == options[j].name) {
        throw Error(Code::invalid_argument, "two loggers are called " + in_quotes(options[i].name));
      }
    }
  }
  const Options defaults;
  std::vector<std::shared_ptr<Sink>> sinks;
  for (const Options& each : options) sinks.push_back(make_sink(each));
  State& all = state();
  const std::lock_guard lock(all.mutex);
  all.packages.clear();
  all.lent.clear();
  default_logger.threshold_ = Level::info;
  default_logger.layout_ = Layout::txt;
  default_logger.caller_ = true;
  default_logger.stack_ = false;
  default_logger.sink_ = all.sinks.emplace_back(make_sink(defaults)).get();
  for (const auto& named : all.named) {
    Logger& logger = named->logger;
    logger.own_level_ = logger.own_layout_ = logger.own_caller_ = logger.own_sink_ = false;
  }
  for (std::size_t i = 0; i < options.size(); ++i) {
    const Options& each = options[i];
    Logger& logger = find(all, each.name);
    if (each.level) logger.threshold_ = *each.level;
    if (each.format) logger.layout_ = *each.format;
    if (each.writable_caller) logger.caller_ = *each.writable_caller;
    logger.own_level_ = each.level.has_value();
    logger.own_layout_ = each.format.has_value();
    logger.own_caller_ = each.writable_caller.has_value();
    logger.own_sink_ = true;
    logger.stack_ = each.writable_stack;
    logger.sink_ = sinks[i].get();
    for (const auto& [package, level] : each.package_level) all.packages.push_back({&logger, package, level});
  }
  all.sinks.insert(all.sinks.end(), sinks.begin(), sinks.end());
  follow(all);
}

void Registry::set_sink(std::shared_ptr<Sink> sink) {
  State& all = state();
  {
    const std::lock_guard lock(all.mutex);
    all.for_all = std::move(sink);
    all.current = all.for_all.get();
    if (all.for_all != nullptr &&
        std::find(all.sinks.begin(), all.sinks.end(), all.for_all) == all.sinks.end())
      all.sinks.push_back(all.for_all);
  }
  flush();
}

std::shared_ptr<Sink> Registry::sink() {
  State& all = state();
  const std::lock_guard lock(all.mutex);
  return all.for_all;
}

bool Registry::emit(const Logger& logger, Level level, std::string_view line) noexcept {
  State& all = state();
  if (Sink* const for_all = all.current.load(std::memory_order_acquire)) return for_all->write(level, line);
  if (Sink* const own = logger.sink_.load(std::memory_order_acquire)) return own->write(level, line);
  return all.console.write(level, line);
}

void Registry::add_dropped(std::uint64_t count) noexcept {
  state().dropped.fetch_add(count, std::memory_order_relaxed);
}

std::uint64_t Registry::take_dropped() noexcept {
  std::atomic<std::uint64_t>& dropped = state().dropped;
  if (dropped.load(std::memory_order_relaxed) == 0) [[likely]]
    return 0;
  return dropped.exchange(0, std::memory_order_relaxed);
}

void Logger::set_level(Level level) noexcept { Registry::set_level(*this, level); }
void Logger::clear_level() noexcept { Registry::clear_level(*this); }
bool Logger::has_own_level() const noexcept { return Registry::has_own_level(*this); }
void Logger::set_layout(Layout layout) noexcept { Registry::set_layout(*this, layout); }
void Logger::set_caller(bool shown) noexcept { Registry::set_caller(*this, shown); }

Logger& get(std::string_view name) { return Registry::get(name); }
std::vector<Logger*> loggers() { return Registry::all(); }
void configure(std::span<const Options> options) { Registry::configure(options); }
void set_level_for(Logger& logger, Level level, std::chrono::milliseconds time) {
  Registry::set_level_for(logger, level, time);
}
std::optional<std::chrono::milliseconds> level_left(const Logger& logger) {
  return Registry::level_left(logger);
}
void watch_route(std::string route, Level level, std::chrono::milliseconds time) {
  Registry::watch({std::move(route), {}, level, time});
}
void watch_trace(TraceId id, Level level, std::chrono::milliseconds time) {
  Registry::watch({{}, id.to_string(), level, time});
}
std::vector<Watched> watched() { return Registry::watched(); }
void set_sink(std::shared_ptr<Sink> sink) { Registry::set_sink(std::move(sink)); }
std::shared_ptr<Sink> sink() { return Registry::sink(); }

std::string_view to_string(Level level) noexcept {
  static constexpr auto kNames = enum_names(Level{});
  return kNames[static_cast<std::size_t>(level)].name;
}

std::optional<Level> level_from_string(std::string_view name) noexcept {
  for (const EnumName& each : enum_names(Level{})) {
    if (equals_ignoring_case(each.name, name)) return static_cast<Level>(each.value);
  }
  return std::nullopt;
}

}  // namespace ngo::log
