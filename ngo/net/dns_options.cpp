#include "ngo/net/dns_options.hpp"

#include <charconv>

#include "ngo/base/error.hpp"
#include "ngo/net/dns_channel_impl.hpp"
#include "ngo/net/resolver_impl.hpp"

namespace ngo::net {

Address parse_dns_server(std::string_view text) {
  if (std::optional<Address> address = Address::parse_numeric(text, kDnsPort)) return *address;
  std::string_view host = text;
  std::uint16_t port = kDnsPort;
  bool right = true;
  const std::size_t colon = text.rfind(':');
  if (colon != std::string_view::npos && !text.ends_with(']')) {
    host = text.substr(0, colon);
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    right = error == std::errc() && end == digits.data() + digits.size() && port != 0;
  }
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  std::optional<Address> address = Address::parse_numeric(host, port);
  if (!right || !address || (address->family() == Address::Family::ipv6) != bracketed) {
    throw Error(Code::invalid_argument,
                "\"" + std::string(text) +
                    "\" is no DNS server; right are 10.0.0.2, 10.0.0.2:5353, fd00::2 or "
                    "[fd00::2]:5353");
  }
  return *address;
}

std::string DnsOptions::validate() const {
  for (const std::string& server : servers) {
    try {
      (void)parse_dns_server(server);
    } catch (const Error& error) {
      return error.message();
    }
  }
  for (const std::string& domain : search) {
    try {
      bool complete = false;
      if (domain != ".") (void)canonical_host_name(domain, complete);
    } catch (const Error&) {
      return "\"" + domain +
             "\" is no search domain; right are domains such as example.com, and \".\" for none";
    }
  }
  return min_ttl > max_ttl ? "minTtl is above maxTtl" : "";
}

}  // namespace ngo::net
