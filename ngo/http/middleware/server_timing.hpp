// Server-Timing (W3C): what a request spent its time on, shown by the developer tools of browsers. The server
// adds the total; handlers add parts with request.add_timing("db", took). It tells strangers how the service
// works inside, so switch it on where that does no harm.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "ngo/base/rules.hpp"
#include "ngo/runtime/clock.hpp"

namespace ngo::http {

// The section `httpServer.middlewares.serverTiming`.
struct ServerTimingOptions {
  bool enabled = true;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(),
      ngo::description<&ServerTimingOptions::enabled>("tell browsers what a request spent its time on"));
};

// ", db;dur=1.234;desc=\"...\"" is appended to `entries`. Throws Error{internal} for a name that is no token
// (RFC 9110, 5.6.2).
void append_timing(std::string& entries, std::string_view name, Duration took, std::string_view description);

// "Server-Timing: total;dur=3.210, db;dur=1.234\r\n" is written to `at`, in at most 64 bytes and the entries.
inline constexpr std::size_t kServerTimingBytes = 64;
char* write_server_timing(Duration total, std::string_view entries, char* at) noexcept;

}  // namespace ngo::http
