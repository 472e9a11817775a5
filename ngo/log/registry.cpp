#include "ngo/log/registry_impl.hpp"

#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <utility>

#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"

namespace ngo::log {

constinit Logger default_logger("default");

namespace {

struct Named {
  explicit Named(std::string_view its_name) : name(its_name), logger(name) {}
  std::string name;
  Logger logger;
};

}  // namespace

// Lives for ever: other threads may log while the process ends.
struct Registry::State {
  std::mutex mutex;
  std::vector<std::unique_ptr<Named>> named;

  std::shared_mutex sink_mutex;
  std::shared_ptr<Sink> sink;  // null: the console
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
    if (!logger.own_level_) logger.level_ = default_logger.level_.load();
    if (!logger.own_layout_) logger.layout_ = default_logger.layout_.load();
    if (!logger.own_caller_) logger.caller_ = default_logger.caller_.load();
  }
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
  logger.level_ = level;
  logger.own_level_ = true;
  follow(all);
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
  State& all = state();
  const std::lock_guard lock(all.mutex);
  default_logger.level_ = Level::info;
  default_logger.layout_ = Layout::txt;
  default_logger.caller_ = true;
  for (const auto& named : all.named) {
    named->logger.own_level_ = named->logger.own_layout_ = named->logger.own_caller_ = false;
  }
  for (const Options& each : options) {
    Logger& logger = find(all, each.name);
    if (each.level) logger.level_ = *each.level;
    if (each.format) logger.layout_ = *each.format;
    if (each.writable_caller) logger.caller_ = *each.writable_caller;
    logger.own_level_ = each.level.has_value();
    logger.own_layout_ = each.format.has_value();
    logger.own_caller_ = each.writable_caller.has_value();
  }
  follow(all);
}

void Registry::set_sink(std::shared_ptr<Sink> sink) {
  State& all = state();
  const std::unique_lock lock(all.sink_mutex);
  all.sink.swap(sink);
}

std::shared_ptr<Sink> Registry::sink() {
  State& all = state();
  const std::shared_lock lock(all.sink_mutex);
  return all.sink;
}

bool Registry::emit(Level level, std::string_view line) noexcept {
  State& all = state();
  const std::shared_lock lock(all.sink_mutex);
  return all.sink != nullptr ? all.sink->write(level, line) : all.console.write(level, line);
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
void Logger::set_layout(Layout layout) noexcept { Registry::set_layout(*this, layout); }
void Logger::set_caller(bool shown) noexcept { Registry::set_caller(*this, shown); }

Logger& get(std::string_view name) { return Registry::get(name); }
std::vector<Logger*> loggers() { return Registry::all(); }
void configure(std::span<const Options> options) { Registry::configure(options); }
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
