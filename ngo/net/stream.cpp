#include "ngo/net/stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "ngo/base/error.hpp"
#include "ngo/runtime/sync.hpp"

namespace ngo::net {
namespace {

// The C library's recv() and send() are points where a thread may be cancelled, and prepare for it twice a
// call as soon as the process has a second thread. Nobody cancels a worker.
ssize_t receive(int descriptor, std::span<char> into) noexcept {
  return syscall(SYS_recvfrom, descriptor, into.data(), into.size(), 0, nullptr, nullptr);
}
ssize_t transmit(int descriptor, std::string_view bytes, int flags) noexcept {
  return syscall(SYS_sendto, descriptor, bytes.data(), bytes.size(), flags | MSG_NOSIGNAL, nullptr, 0);
}

}  // namespace

Stream::Stream(EventLoop& loop, Socket socket) : loop_(loop), socket_(std::move(socket)) {
  loop_.poller().add(socket_.descriptor(), *this);
}

Stream::~Stream() { loop_.poller().remove(socket_.descriptor(), *this); }

Stream::Transfer Stream::try_read(std::span<char> into) noexcept {
  if (tls_) [[unlikely]]
    return tls_read(into);
  for (;;) {
    ssize_t got = receive(socket_.descriptor(), into);
    if (got > 0) {
      auto bytes = static_cast<std::size_t>(got);
      if (bytes < into.size()) readable_ = hung_up_;
      return Transfer{Transfer::State::moved, bytes};
    }
    if (got == 0) return Transfer{Transfer::State::ended};
    if (errno == EINTR) continue;
    readable_ = false;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return Transfer{Transfer::State::would_block};
    return Transfer{Transfer::State::failed, 0, errno};
  }
}

// What a call that returned less than 0 says.
Stream::Transfer Stream::cannot_write() noexcept {
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    writable_ = false;
    return Transfer{Transfer::State::would_block};
  }
  return Transfer{Transfer::State::failed, 0, errno};
}

Stream::Transfer Stream::try_write_more(std::string_view bytes) noexcept {
  if (tls_) [[unlikely]]
    return tls_write(bytes, {}, true);
  for (;;) {
    ssize_t sent = transmit(socket_.descriptor(), bytes, MSG_MORE);
    if (sent >= 0) return Transfer{Transfer::State::moved, static_cast<std::size_t>(sent)};
    if (errno != EINTR) return cannot_write();
  }
}

Stream::Transfer Stream::try_send_file(int file, std::uint64_t offset, std::size_t size) noexcept {
  if (tls_) [[unlikely]]
    return tls_send_file(file, offset, size);
  for (;;) {
    auto from = static_cast<off_t>(offset);
    ssize_t sent = sendfile(socket_.descriptor(), file, &from, size);
    if (sent > 0) return Transfer{Transfer::State::moved, static_cast<std::size_t>(sent)};
    if (sent == 0) return Transfer{Transfer::State::ended};
    if (errno != EINTR) return cannot_write();
  }
}

Stream::Transfer Stream::try_write(std::string_view bytes) noexcept { return try_write(bytes, {}); }

Stream::Transfer Stream::try_write(std::string_view first, std::string_view second) noexcept {
  if (tls_) [[unlikely]]
    return tls_write(first, second, false);
  for (;;) {
    ssize_t sent;
    if (second.empty()) {
      sent = transmit(socket_.descriptor(), first, 0);
    } else {
      iovec pieces[2] = {{const_cast<char*>(first.data()), first.size()},
                         {const_cast<char*>(second.data()), second.size()}};
      msghdr message{};
      message.msg_iov = pieces;
      message.msg_iovlen = 2;
      sent = sendmsg(socket_.descriptor(), &message, MSG_NOSIGNAL);
    }
    if (sent >= 0) return Transfer{Transfer::State::moved, static_cast<std::size_t>(sent)};
    if (errno != EINTR) return cannot_write();
  }
}

void Stream::on_ready(Readiness ready) noexcept {
  if (tls_) [[unlikely]]
    ready = tls_news(ready);
  if (ready.hang_up()) hung_up_ = true;
  if (ready.read()) {
    readable_ = true;
    if (reader_ != nullptr) {
      reader_->wake();
    } else if (hung_up_ && hang_up_listener_ != nullptr) {
      hang_up_listener_->on_hang_up();
    }
  }
  if (ready.write()) {
    writable_ = true;
    if (writer_ != nullptr) writer_->wake();
  }
}

void Stream::interrupt() noexcept {
  if (reader_ != nullptr) reader_->wake();
  if (writer_ != nullptr) writer_->wake();
}

Task<std::size_t> Stream::read_some(std::span<char> into) {
  for (;;) {
    co_await readable();
    Transfer transfer = try_read(into);
    if (transfer.state == Transfer::State::moved) co_return transfer.bytes;
    if (transfer.state == Transfer::State::ended) co_return 0;
    if (transfer.state == Transfer::State::failed) throw broken(transfer);
  }
}

Task<void> Stream::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    Transfer transfer = try_write(bytes);
    if (transfer.state == Transfer::State::failed) throw broken(transfer);
    if (transfer.state == Transfer::State::moved) {
      bytes.remove_prefix(transfer.bytes);
    } else {
      co_await writable();
    }
  }
}

void Stream::shutdown_write() noexcept {
  if (tls_) [[unlikely]]
    return tls_shutdown_write();
  ::shutdown(socket_.descriptor(), SHUT_WR);
}

Task<Socket> connect(const Address& address, Address from) {
  sockaddr_storage native{};
  unsigned length = address.to_native(&native);
  Socket made(::socket(native.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!made)
    throw Error(Code::resource_exhausted, std::string("cannot open a socket: ") + std::strerror(errno));
  if (from.family() != Address::Family::none) {
    // The port is chosen with the connection, so that one port may serve connections to several peers.
    const int on = from.port() == 0 ? 1 : 0;
    setsockopt(made.descriptor(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    sockaddr_storage own{};
    const unsigned own_length = from.to_native(&own);
    if (::bind(made.descriptor(), reinterpret_cast<sockaddr*>(&own), own_length) != 0) {
      throw Error(Code::unavailable, "cannot connect to " + address.to_string() + " from " +
                                         from.to_string() + ": " + std::strerror(errno));
    }
  }
  int result = ::connect(made.descriptor(), reinterpret_cast<sockaddr*>(&native), length);
  int error = result == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    // Watched only for the time of the handshake.
    struct Handshake final : IoHandler {
      Event done;
      void on_ready(Readiness) noexcept override { done.set(); }
    } handshake;
    struct Watch {
      Poller& poller;
      int descriptor;
      Handshake& handler;
      ~Watch() { poller.remove(descriptor, handler); }
    };
    Poller& poller = EventLoop::current().poller();
    poller.add(made.descriptor(), handshake);
    Watch watch{poller, made.descriptor(), handshake};
    co_await handshake.done.wait();
    socklen_t size = sizeof error;
    getsockopt(made.descriptor(), SOL_SOCKET, SO_ERROR, &error, &size);
  }
  if (error != 0) {
    throw Error(Code::unavailable, "cannot connect to " + address.to_string() + ": " + std::strerror(error));
  }
  if (address.family() != Address::Family::unix_path) {
    int on = 1;
    setsockopt(made.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  co_return made;
}

}  // namespace ngo::net
