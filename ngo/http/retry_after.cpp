#include "ngo/http/retry_after.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>

#include "ngo/base/civil_time.hpp"

namespace ngo::http {

std::optional<Duration> parse_retry_after(std::string_view field, WallTime now) {
  if (field.empty()) return std::nullopt;
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), seconds);
  if (error == std::errc() && end == field.data() + field.size()) return std::chrono::seconds(seconds);
  if (const auto date = parse_http_date(field)) return std::max<Duration>(*date - now, Duration::zero());
  return std::nullopt;
}

}  // namespace ngo::http
