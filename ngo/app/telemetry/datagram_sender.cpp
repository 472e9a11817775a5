#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <system_error>

#include "ngo/app/telemetry/datagram_sender_impl.hpp"
#include "ngo/base/error.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::app {
namespace {

constexpr int kMostPauses = 100;  // of a millisecond, while the network takes nothing

// Nobody tells where no agent listens, so the addresses cannot be tried in turn: IPv4, which old agents
// listen on, goes first.
const net::Address& chosen(const net::Resolved& found) {
  for (const net::Address& each : found.addresses)
    if (each.family() == net::Address::Family::ipv4) return each;
  return found.addresses.front();
}

}  // namespace

Task<std::size_t> DatagramSender::send(std::span<const std::string> packets) {
  if (resolver_ == nullptr) resolver_ = std::make_unique<net::Resolver>(EventLoop::current());
  const net::Resolved found = co_await resolver_->resolve(host_);
  const net::Address address = net::Address::parse(chosen(found).host(), port_);
  sockaddr_storage native{};
  const unsigned length = address.to_native(&native);
  const net::Socket socket(::socket(native.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) throw Error(Code::unavailable, "no socket: " + std::generic_category().message(errno));
  std::size_t sent = 0;
  int pauses = 0;
  while (sent < packets.size()) {
    const std::string& packet = packets[sent];
    if (::sendto(socket.descriptor(), packet.data(), packet.size(), 0,
                 reinterpret_cast<const sockaddr*>(&native), length) >= 0) {
      ++sent;
      continue;
    }
    const int error = errno;
    if (error == EINTR) continue;
    if (error != EAGAIN && error != ENOBUFS)
      throw Error(Code::unavailable, target() + ": " + std::generic_category().message(error));
    if (++pauses > kMostPauses) break;
    co_await sleep(std::chrono::milliseconds(1));
  }
  co_return sent;
}

}  // namespace ngo::app
