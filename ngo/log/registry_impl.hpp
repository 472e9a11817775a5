// The process's loggers, where their lines go and which are written: what all threads share.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/log/levels.hpp"
#include "ngo/log/log.hpp"
#include "ngo/log/options.hpp"
#include "ngo/log/sink.hpp"

namespace ngo::log {

class Registry {
 public:
  static Logger& get(std::string_view name);
  static std::vector<Logger*> all();
  static void set_level(Logger& logger, Level level);
  static void clear_level(Logger& logger);
  static bool has_own_level(const Logger& logger);
  static void set_layout(Logger& logger, Layout layout);
  static void set_caller(Logger& logger, bool shown);
  static void configure(std::span<const Options> options);

  static void set_level_for(Logger& logger, Level level, std::chrono::milliseconds time);
  static std::optional<std::chrono::milliseconds> level_left(const Logger& logger);
  static void watch(Watched what);
  static std::vector<Watched> watched();
  // Lets go of what was set for a time. Called by the writer thread.
  static void tick() noexcept;
  // Whether a line that came through the gate of a logger which looks closer is written.
  static bool admits(const Logger& logger, Level level, const std::source_location& where) noexcept;

  static void set_sink(std::shared_ptr<Sink> sink);
  static std::shared_ptr<Sink> sink();
  // Hands a line to the logger's sink; false when it was dropped.
  static bool emit(const Logger& logger, Level level, std::string_view line) noexcept;
  static void add_dropped(std::uint64_t count) noexcept;
  // How many lines were dropped since it was last asked.
  static std::uint64_t take_dropped() noexcept;

 private:
  struct State;
  static State& state();
  static Logger& find(State& state, std::string_view name);
  static void follow(State& state);
  static void open_gates(State& state);
};

}  // namespace ngo::log
