// The header that a load balancer puts before the bytes of a connection that it hands on, to say where it
// comes from: the PROXY protocol, versions 1 (a line) and 2 (binary), as HAProxy's proxy-protocol.txt
// describes it. To be read only from peers that are trusted: anybody can write one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ngo/net/address.hpp"

namespace ngo::net {

struct ProxyHeader {
  enum class State : std::uint8_t { need_more, done, broken };
  // The largest header that is taken, with all that version 2 may carry along.
  static constexpr std::size_t kLargest = 4096;

  State state = State::need_more;
  std::size_t size = 0;  // of the header, when done: what follows is the client's
  // Where the connection comes from; of no family when the header does not say (the balancer's own probes,
  // unknown protocols), and then the peer itself stands.
  Address source;
  bool secure = false;       // the client came to the balancer by TLS (version 2)
  const char* problem = "";  // when broken
};

// Reads the header at the front of `bytes`, which may be there only in part.
[[nodiscard]] ProxyHeader parse_proxy_header(std::string_view bytes) noexcept;

}  // namespace ngo::net
