#include "ngo/resilience/retry_after.hpp"

#include "ngo/base/duration.hpp"

namespace ngo {
namespace {

constexpr std::string_view kField = "retryAfter";
constexpr std::string_view kNotCalled = "notCalled";

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

Error& set_not_called(Error& error, std::string by) {
  return error.with(std::string(kNotCalled), std::move(by));
}

bool was_not_called(const Error& error) noexcept {
  for (const auto& field : error.fields()) {
    if (field.first == kNotCalled) return true;
  }
  return false;
}

}  // namespace ngo
