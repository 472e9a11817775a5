// Log lines: log::info("article {} created", id). The format is checked when the program is compiled; a line
// whose level is off costs one load and a comparison, and its arguments are not formatted. Every line carries
// the trace and the log fields of the Context that it is written under, and the place that wrote it.
//
//   log::info("article {} created", id);
//   log::warn("slow query", {{"route", route}, {"took", elapsed}});
//   log::with({{"user", name}}).error("cannot pay: {}", error.what());
//   log::get("redis").debug("connected to {}", address);
//
// Nothing here throws, and no text can forge a line: control characters are escaped. A fatal line ends
// nothing by itself: whoever writes one returns from main. Safe from every thread at any time.
#pragma once

#include <fmt/core.h>

#include <atomic>
#include <concepts>
#include <source_location>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "ngo/log/field.hpp"
#include "ngo/log/level.hpp"

namespace ngo::log {

// A format string that fits its arguments, and where it stands.
template <class... Args>
class Format {
 public:
  template <class S>
    requires std::convertible_to<const S&, std::string_view>
  consteval Format(const S& text,  // NOLINT(google-explicit-constructor): made from literals
                   std::source_location where = std::source_location::current())
      : text_(text), where_(where) {}

  [[nodiscard]] fmt::string_view text() const noexcept { return text_; }
  [[nodiscard]] const std::source_location& where() const noexcept { return where_; }

 private:
  fmt::format_string<Args...> text_;
  std::source_location where_;
};

// Any text as it is, and where it was written.
class Message {
 public:
  template <class S>
    requires std::convertible_to<const S&, std::string_view>
  constexpr Message(const S& text,  // NOLINT(google-explicit-constructor): made from strings
                    std::source_location where = std::source_location::current()) noexcept
      : text_(text), where_(where) {}

  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  [[nodiscard]] const std::source_location& where() const noexcept { return where_; }

 private:
  std::string_view text_;
  std::source_location where_;
};

// How a line is laid out. txt: `time [level] [logger] [folder/file:line] message {fields}`; json: one object
// a line; blank: the message and the fields alone; ecs: JSON by the Elastic Common Schema; logfmt: key=value
// pairs.
enum class Layout : std::uint8_t { txt, json, blank, ecs, logfmt };

class Sink;

// A level and a layout under a name. Loggers are found by get() and live as long as the program.
class Logger {
 public:
  constexpr explicit Logger(std::string_view name) noexcept : name_(name) {}
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  [[nodiscard]] std::string_view name() const noexcept { return name_; }
  [[nodiscard]] Level level() const noexcept { return threshold_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool enabled(Level level) const noexcept {
    return level >= level_.load(std::memory_order_relaxed);
  }
  // Takes effect at once. The default logger's level is also that of every logger without one of its own.
  void set_level(Level level) noexcept;
  // Gives the level of its own up: that of the default logger holds again (for the default one: info).
  void clear_level() noexcept;
  void set_layout(Layout layout) noexcept;
  // Whether the level is its own, and not that of the default logger.
  [[nodiscard]] bool has_own_level() const noexcept;
  // Whether lines say which file and line wrote them.
  void set_caller(bool shown) noexcept;
  // Whether lines of errors and above have the stack that they were written under. Costs milliseconds a line.
  void set_stack(bool shown) noexcept { stack_.store(shown, std::memory_order_relaxed); }

  template <class... Args>
  void at(Level level, Format<std::type_identity_t<Args>...> format, Args&&... args) const noexcept {
    if (enabled(level)) write(level, format.where(), format.text(), fmt::make_format_args(args...), {});
  }
  void at(Level level, Message message, Fields fields) const noexcept {
    if (enabled(level)) write(level, message.where(), message.text(), fields);
  }

  template <class... Args>
  void trace(Format<std::type_identity_t<Args>...> format, Args&&... args) const noexcept {
    at<Args...>(Level::trace, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void debug(Format<std::type_identity_t<Args>...> format, Args&&... args) const noexcept {
    at<Args...>(Level::debug, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void info(Format<std::type_identity_t<Args>...> format, Args&&... args) const noexcept {
    at<Args...>(Level::info, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void warn(Format<std::type_identity_t<Args>...> format, Args&&... args) const noexcept {
    at<Args...>(Level::warn, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void error(Format<std::type_identity_t<Args>...> format, Args&&... args) const noexcept {
    at<Args...>(Level::error, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void fatal(Format<std::type_identity_t<Args>...> format, Args&&... args) const noexcept {
    at<Args...>(Level::fatal, format, std::forward<Args>(args)...);
  }
  void trace(Message message, Fields fields) const noexcept { at(Level::trace, message, fields); }
  void debug(Message message, Fields fields) const noexcept { at(Level::debug, message, fields); }
  void info(Message message, Fields fields) const noexcept { at(Level::info, message, fields); }
  void warn(Message message, Fields fields) const noexcept { at(Level::warn, message, fields); }
  void error(Message message, Fields fields) const noexcept { at(Level::error, message, fields); }
  void fatal(Message message, Fields fields) const noexcept { at(Level::fatal, message, fields); }

  // Writes a line that is enabled().
  void write(Level level, const std::source_location& where, fmt::string_view format, fmt::format_args args,
             Fields fields) const noexcept;
  void write(Level level, const std::source_location& where, std::string_view message,
             Fields fields) const noexcept;

 private:
  friend class Registry;

  [[nodiscard]] bool admits(Level level, const std::source_location& where) const noexcept;
  void put(Level level, const std::source_location& where, std::string_view message, std::size_t cut,
           Fields fields) const noexcept;

  std::string_view name_;
  std::atomic<Level> level_{Level::info};  // the gate: what is below is off
  std::atomic<Level> threshold_{
      Level::info};  // the level as it was set; the gate is lower while something is watched
  std::atomic<Layout> layout_{Layout::txt};
  std::atomic<bool> caller_{true};
  std::atomic<bool> stack_{false};
  std::atomic<bool> looks_closer_{false};  // a line through the gate has to pass Registry::admits() as well
  std::atomic<Sink*> sink_{nullptr};       // null: the console
  bool own_level_ = false;                 // these under the registry's lock
  bool own_layout_ = false;
  bool own_caller_ = false;
  bool own_sink_ = false;
};

// The logger behind the functions of this namespace; its name is "default".
extern constinit Logger default_logger;

// The logger of that name. Makes it when it is new; what is not set on it follows the default logger.
[[nodiscard]] Logger& get(std::string_view name);
// All loggers there are, the default one first.
[[nodiscard]] std::vector<Logger*> loggers();

namespace detail {

// What log::info and the others are: calls into the default logger.
template <Level kLevel>
struct Write {
  template <class... Args>
  void operator()(Format<std::type_identity_t<Args>...> format, Args&&... args) const noexcept {
    default_logger.at<Args...>(kLevel, format, std::forward<Args>(args)...);
  }
  void operator()(Message message, Fields fields) const noexcept {
    default_logger.at(kLevel, message, fields);
  }
};

}  // namespace detail

inline constexpr detail::Write<Level::trace> trace{};
inline constexpr detail::Write<Level::debug> debug{};
inline constexpr detail::Write<Level::info> info{};
inline constexpr detail::Write<Level::warn> warn{};
inline constexpr detail::Write<Level::error> error{};
inline constexpr detail::Write<Level::fatal> fatal{};

// Fields for one formatted line; see with(). Used within the statement that makes it, never kept.
class With {
 public:
  With(const Logger& logger, Fields fields) noexcept : logger_(&logger), fields_(fields) {}

  template <class... Args>
  void at(Level level, Format<std::type_identity_t<Args>...> format, Args&&... args) && noexcept {
    if (logger_->enabled(level)) {
      logger_->write(level, format.where(), format.text(), fmt::make_format_args(args...), fields_);
    }
  }
  template <class... Args>
  void debug(Format<std::type_identity_t<Args>...> format, Args&&... args) && noexcept {
    std::move(*this).template at<Args...>(Level::debug, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void info(Format<std::type_identity_t<Args>...> format, Args&&... args) && noexcept {
    std::move(*this).template at<Args...>(Level::info, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void warn(Format<std::type_identity_t<Args>...> format, Args&&... args) && noexcept {
    std::move(*this).template at<Args...>(Level::warn, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void error(Format<std::type_identity_t<Args>...> format, Args&&... args) && noexcept {
    std::move(*this).template at<Args...>(Level::error, format, std::forward<Args>(args)...);
  }

 private:
  const Logger* logger_;
  Fields fields_;
};

// log::with({{"user", name}}).error("cannot pay: {}", why)
[[nodiscard]] inline With with(Fields fields) noexcept { return {default_logger, fields}; }
[[nodiscard]] inline With with(const Logger& logger, Fields fields) noexcept { return {logger, fields}; }

}  // namespace ngo::log
