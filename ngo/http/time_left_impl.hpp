// How long a caller will still wait, as requests carry it from service to service: "1500ms". What is left and
// not a time of day, since clocks differ. For the sources of this room only.
#pragma once

#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ngo::http {

// "1500ms" or "1500": milliseconds, at most nine digits (11 days). Nothing for anything else.
inline std::optional<std::chrono::milliseconds> parse_time_left(std::string_view text) noexcept {
  if (text.ends_with("ms")) text.remove_suffix(2);
  if (text.empty() || text.size() > 9) return std::nullopt;
  std::uint32_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::chrono::milliseconds(number);
}

}  // namespace ngo::http
