// The process's loggers and its sink, which all threads share.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "ngo/log/log.hpp"
#include "ngo/log/options.hpp"
#include "ngo/log/sink.hpp"

namespace ngo::log {

class Registry {
 public:
  static Logger& get(std::string_view name);
  static std::vector<Logger*> all();
  static void set_level(Logger& logger, Level level);
  static void set_layout(Logger& logger, Layout layout);
  static void set_caller(Logger& logger, bool shown);
  static void configure(std::span<const Options> options);

  static void set_sink(std::shared_ptr<Sink> sink);
  static std::shared_ptr<Sink> sink();
  // Hands a line to the sink; false when it was dropped.
  static bool emit(Level level, std::string_view line) noexcept;
  static void add_dropped(std::uint64_t count) noexcept;
  // How many lines were dropped since it was last asked.
  static std::uint64_t take_dropped() noexcept;

 private:
  struct State;
  static State& state();
  static Logger& find(State& state, std::string_view name);
  static void follow(State& state);
};

}  // namespace ngo::log
