#include "ngo/net/listener.hpp"

#include <linux/filter.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <iterator>

namespace ngo::net {

Listener::Listener(EventLoop& loop, Socket socket, OnAccept on_accept, OnTrouble on_trouble)
    : loop_(loop),
      socket_(std::move(socket)),
      on_accept_(std::move(on_accept)),
      on_trouble_(std::move(on_trouble)) {
  loop_.poller().add(socket_.descriptor(), *this);
}

Listener::~Listener() {
  if (socket_) loop_.poller().remove(socket_.descriptor(), *this);
}

void Listener::stop_new() noexcept {
  // A socket filter sees packets from the TCP header on: byte 13 holds the flags. Dropped are those with SYN
  // and without ACK, the first packets of a handshake.
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),          BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x12),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x02, 0, 1), BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
  };
  sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
  if (socket_.local().family() == Address::Family::unix_path) return;
  setsockopt(socket_.descriptor(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

void Listener::close() noexcept {
  if (!socket_) return;
  on_ready(Readiness{Readiness::kRead});
  retry_timer_.disarm();
  loop_.poller().remove(socket_.descriptor(), *this);
  socket_.close();
}

void Listener::on_ready(Readiness) noexcept {
  while (socket_) {
    sockaddr_storage native{};
    socklen_t length = sizeof native;
    int descriptor = accept4(socket_.descriptor(), reinterpret_cast<sockaddr*>(&native), &length,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      troubled_ = false;
      on_accept_(Socket(descriptor), Address::from_native(reinterpret_cast<sockaddr*>(&native), length));
      continue;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return;
    // The peer has gone already, or the network says so (accept(2) lists them): the next one, please.
    if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) continue;
    if (!troubled_) on_trouble_(std::string("cannot accept connections: ") + std::strerror(errno));
    troubled_ = true;
    loop_.timers().arm(retry_timer_, loop_.now() + std::chrono::milliseconds(50));
    return;
  }
}

}  // namespace ngo::net
