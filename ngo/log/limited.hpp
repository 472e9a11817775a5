// Lines that would come too often: at most one for each place in the code and period, or one ever.
//
//   log::every(10s).warn("cannot reach {}: {}", address, why);
//   log::once().info("no cache is configured; going without");
//
// What was held back is counted in the field `suppressed` of the next line. A line that is held back costs a
// few nanoseconds and is not formatted. Safe from every thread; in a race for the same moment one of them
// writes.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <source_location>
#include <utility>

#include "ngo/log/log.hpp"

namespace ngo::log {

namespace detail {

// How many lines of this place were held back since the last one; nothing: this one is held back, too.
// A period of nanoseconds::max() is for ever.
[[nodiscard]] std::optional<std::uint64_t> take_turn(const std::source_location& where,
                                                     std::chrono::nanoseconds period) noexcept;

}  // namespace detail

// Used within the statement that makes it, never kept.
class Limited {
 public:
  Limited(const Logger& logger, std::chrono::nanoseconds period) noexcept
      : logger_(&logger), period_(period) {}

  template <class... Args>
  void at(Level level, Format<std::type_identity_t<Args>...> format, Args&&... args) && noexcept {
    if (!logger_->enabled(level)) return;
    const std::optional<std::uint64_t> suppressed = detail::take_turn(format.where(), period_);
    if (!suppressed) return;
    if (*suppressed == 0) {
      logger_->write(level, format.where(), format.text(), fmt::make_format_args(args...), {});
    } else {
      logger_->write(level, format.where(), format.text(), fmt::make_format_args(args...),
                     {{"suppressed", *suppressed}});
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
  std::chrono::nanoseconds period_;
};

[[nodiscard]] inline Limited every(std::chrono::nanoseconds period,
                                   const Logger& logger = default_logger) noexcept {
  return {logger, period};
}
[[nodiscard]] inline Limited once(const Logger& logger = default_logger) noexcept {
  return {logger, std::chrono::nanoseconds::max()};
}

}  // namespace ngo::log
