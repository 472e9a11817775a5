#include "ngo/net/socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "ngo/base/error.hpp"

namespace ngo::net {
namespace {

int native_family(const Address& address) {
  switch (address.family()) {
    case Address::Family::ipv4: return AF_INET;
    case Address::Family::ipv6: return AF_INET6;
    default: return AF_UNIX;
  }
}

[[noreturn]] void fail(const Address& address, const char* doing, int error) {
  std::string why = std::strerror(error);
  if (error == EADDRINUSE) {
    why = "the address is taken by another process; stop that one, or choose another port (0: any free one)";
  } else if (error == EACCES && address.family() != Address::Family::unix_path) {
    why = "not permitted; ports below 1024 need the capability CAP_NET_BIND_SERVICE";
  } else if (error == EADDRNOTAVAIL) {
    why = "this machine has no such address";
  }
  throw Error(Code::unavailable, std::string("cannot ") + doing + " " + address.to_string() + ": " + why);
}

// A Unix socket's file that a dead process has left behind.
void remove_stale(const Address& address) {
  struct stat status{};
  if (stat(address.path().c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return;
  Socket probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_storage native{};
  unsigned length = address.to_native(&native);
  if (connect(probe.descriptor(), reinterpret_cast<sockaddr*>(&native), length) != 0 &&
      errno == ECONNREFUSED) {
    unlink(address.path().c_str());
  }
}

}  // namespace

void Socket::close() noexcept {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

namespace {

Socket bound(const Address& address, bool share_port) {
  Socket made(::socket(native_family(address), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!made) fail(address, "listen at", errno);
  int on = 1;
  if (address.family() == Address::Family::unix_path) {
    remove_stale(address);
  } else {
    setsockopt(made.descriptor(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (share_port) setsockopt(made.descriptor(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    // Accepted sockets inherit it: answers leave at once.
    setsockopt(made.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  sockaddr_storage native{};
  unsigned length = address.to_native(&native);
  if (::bind(made.descriptor(), reinterpret_cast<sockaddr*>(&native), length) != 0)
    fail(address, "listen at", errno);
  return made;
}

}  // namespace

Socket Socket::listen(const Address& address, bool share_port, int backlog) {
  Socket made = bound(address, share_port);
  if (::listen(made.descriptor(), backlog) != 0) fail(address, "listen at", errno);
  return made;
}

void Socket::check_free(const Address& address) { (void)bound(address, false); }

Address Socket::local() const {
  sockaddr_storage native{};
  socklen_t length = sizeof native;
  getsockname(descriptor_, reinterpret_cast<sockaddr*>(&native), &length);
  return Address::from_native(reinterpret_cast<sockaddr*>(&native), length);
}

}  // namespace ngo::net
