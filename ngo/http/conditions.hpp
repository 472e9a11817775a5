// Conditional requests (RFC 9110, section 13): whether the client's copy is still good, or what it wants to
// change is still what it saw. Entity tags are held with their quotes: "abc" or W/"abc".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ngo/base/civil_time.hpp"
#include "ngo/http/method.hpp"

namespace ngo {
class Request;
}

namespace ngo::http {

// The conditional fields of a request, those that may be repeated joined with commas.
struct Conditions {
  std::optional<std::string> if_match;
  std::optional<std::string> if_none_match;
  std::optional<std::string_view> if_modified_since;
  std::optional<std::string_view> if_unmodified_since;
  std::optional<std::string_view> if_range;

  [[nodiscard]] static Conditions of(const Request& request);
};

// What is known of the representation that is there now. An empty tag and no time: nothing is.
struct Validators {
  std::string_view etag;
  std::optional<SystemTime> last_modified;
};

enum class Precondition : std::uint8_t { proceed, not_modified, failed };  // 200, 304, 412

// Steps 1 to 4 of section 13.2.2 for a representation that exists.
[[nodiscard]] Precondition evaluate(const Conditions& conditions, Method method, const Validators& now);

// Step 5: whether Range holds. Only the very same representation will do: a strong tag, or exactly the time.
[[nodiscard]] bool range_holds(const Conditions& conditions, const Validators& now);

// Whether one of the tags in a list, or "*", matches. Weak comparison takes W/"a" for "a" (section 8.8.3.2).
[[nodiscard]] bool matches_any(std::string_view list, std::string_view etag, bool weak);

// Opaque-tag characters only, in quotes, with or without W/ before them.
[[nodiscard]] bool is_entity_tag(std::string_view text) noexcept;

}  // namespace ngo::http
