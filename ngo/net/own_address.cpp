#include "ngo/net/own_address.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <sys/socket.h>

#include "ngo/net/address.hpp"

namespace ngo::net {

std::string own_address() {
  std::string found;
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return found;
  for (const ifaddrs* at = first; at != nullptr; at = at->ifa_next) {
    if (at->ifa_addr == nullptr || at->ifa_addr->sa_family != AF_INET) continue;
    if ((at->ifa_flags & IFF_UP) == 0 || (at->ifa_flags & IFF_LOOPBACK) != 0) continue;
    found = Address::from_native(at->ifa_addr, sizeof(sockaddr_storage)).host();
    break;
  }
  freeifaddrs(first);
  return found;
}

}  // namespace ngo::net
