#include "ngo/resilience/retry_after.hpp"

#include <string>

#include "ngo/base/duration.hpp"

namespace ngo {
namespace {

constexpr std::string_view kField = "retryAfter";

}  // namespace

Error& set_retry_after(Error& error, Duration after) {
  return error.with(std::string(kField), format_duration(after));
}

std::optional<Duration> retry_after(const Error& error) {
  for (const auto& [name, value] : error.fields()) {
    Duration after{};
    std::string problem;
    if (name == kField && parse_duration(value, after, problem)) return after;
  }
  return std::nullopt;
}

}  // namespace ngo
