// A connection to a host by its name. IPv6 and IPv4 race as RFC 8305 (Happy Eyeballs) describes, so that a
// family or an address that does not answer costs a quarter of a second instead of minutes.
#pragma once

#include <cstdint>
#include <string_view>

#include "ngo/net/resolver.hpp"
#include "ngo/net/socket.hpp"

namespace ngo::net {

struct ConnectOptions {
  ConnectOptions() {}  // no aggregate: g++ 12 destroys those twice in a co_await expression

  Duration attempt_delay = std::chrono::milliseconds(250);    // before the next address is tried as well
  Duration resolution_delay = std::chrono::milliseconds(50);  // that IPv4 waits for an IPv6 answer
  Family family = Family::any;
  Address
      bind;  // of no family: whatever the kernel chooses; otherwise only addresses of its family are tried
};

// Connects to `host` (a name, a literal address, or unix:/path), until the Context's deadline. IPv6 is tried
// first, the families take turns, a failure brings on the next at once; the first that succeeds wins and the
// others are closed. Throws Error{unavailable} that names every address tried with its reason, the same as
// {deadline_exceeded}, and {invalid_argument} when `host` cannot be one.
[[nodiscard]] Task<Socket> connect(Resolver& resolver, std::string_view host, std::uint16_t port,
                                   ConnectOptions options = {});

}  // namespace ngo::net
