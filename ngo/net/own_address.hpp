// The address that this host is known by in its network, for logs and for back ends that ask who speaks.
#pragma once

#include <string>

namespace ngo::net {

// The first IPv4 address of an interface that is up and no loopback; empty without one. Asks the kernel.
[[nodiscard]] std::string own_address();

}  // namespace ngo::net
