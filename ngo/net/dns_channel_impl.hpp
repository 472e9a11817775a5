// c-ares on an event loop: sends one question at a time to the servers, in order, again after a timeout, and
// by TCP when an answer does not fit a datagram. Knows nothing of caches.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ngo/net/dns_message_impl.hpp"
#include "ngo/net/dns_options.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo::net {

inline constexpr std::uint16_t kDnsPort = 53;
// "10.0.0.2", "10.0.0.2:5353", "fd00::2", "[fd00::2]:53". Throws Error{invalid_argument}.
[[nodiscard]] Address parse_dns_server(std::string_view text);

class DnsChannel {
 public:
  // The message that came, or, when it is empty, why none did. Called once for each query, possibly before
  // query() returns and at the latest by the destructor.
  using Done = std::function<void(std::span<const std::uint8_t> message, std::string_view failure)>;

  // Reads resolv.conf for what the options leave open. Throws Error{invalid_argument} or {unavailable}.
  DnsChannel(EventLoop& loop, const DnsOptions& options);
  DnsChannel(const DnsChannel&) = delete;
  DnsChannel& operator=(const DnsChannel&) = delete;
  ~DnsChannel();

  void query(const std::string& name, RecordType type, Done done);
  [[nodiscard]] bool idle() const noexcept;

  // "10.0.0.2:53, 10.0.0.3:53".
  [[nodiscard]] const std::string& servers() const noexcept;
  [[nodiscard]] const std::vector<std::string>& search() const noexcept;
  [[nodiscard]] unsigned ndots() const noexcept;

 private:
  struct Ares;
  std::unique_ptr<Ares> ares_;
};

}  // namespace ngo::net
