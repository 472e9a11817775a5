// The time formats of the access log's %{format}t: the letters of strftime, and %f for milliseconds. Written
// by hand, since strftime takes locks and asks the locale; and once a second and worker only, unless
// milliseconds are wanted.
#pragma once

#include <string>
#include <string_view>

#include "ngo/base/civil_time.hpp"

namespace ngo::http {

// Appends the time in the process's time zone. A letter that is none gives "?".
//   a A b B C d D e F f g G h H I j k l m M n p P r R s S t T u V w y Y z Z %
void append_time(std::string& out, std::string_view format, SystemTime time);

// Whether the format shows less than a second.
[[nodiscard]] bool shows_milliseconds(std::string_view format) noexcept;

// %t, as the original writes it: numeric month, unlike Apache.
inline constexpr std::string_view kOriginalTime = "[%d/%m/%Y:%H:%M:%S %z]";
// As Apache writes it, which most readers of such files want.
inline constexpr std::string_view kApacheTime = "[%d/%b/%Y:%H:%M:%S %z]";

}  // namespace ngo::http
