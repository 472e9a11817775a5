#include <sys/socket.h>

#include <algorithm>

#include "ngo/base/error.hpp"
#include "ngo/net/test_dns_server_impl.hpp"

namespace ngo::net {

TestDnsServer::TestDnsServer(EventLoop& loop, Answer answer) : loop_(loop), answer_(std::move(answer)) {
  // A port that is free for TCP may be taken for UDP.
  Socket listening;
  sockaddr_storage native{};
  do {
    listening = Socket::listen(Address::parse("127.0.0.1", 0), false);
    address_ = listening.local();
    datagrams_ = Socket(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  } while (::bind(datagrams_.descriptor(), reinterpret_cast<sockaddr*>(&native),
                  address_.to_native(&native)) != 0);
  loop_.poller().add(datagrams_.descriptor(), *this);
  listener_ = std::make_unique<Listener>(
      loop_, std::move(listening),
      [this](Socket socket, const Address&) { spawn_detached(serve(*this, std::move(socket))); },
      [](const std::string&) {});
}

TestDnsServer::~TestDnsServer() { loop_.poller().remove(datagrams_.descriptor(), *this); }

int TestDnsServer::times_asked(std::string_view what) const {
  return static_cast<int>(std::count(asked_.begin(), asked_.end(), what));
}

void TestDnsServer::on_ready(Readiness) noexcept {
  char bytes[4096];
  sockaddr_storage from{};
  socklen_t length = sizeof from;
  ssize_t got;
  while ((got = recvfrom(datagrams_.descriptor(), bytes, sizeof bytes, 0, reinterpret_cast<sockaddr*>(&from),
                         &length)) > 0) {
    const std::string reply = reply_to({bytes, static_cast<std::size_t>(got)}, false);
    if (reply.empty()) continue;
    sendto(datagrams_.descriptor(), reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from),
           length);
  }
}

Task<void> TestDnsServer::serve(TestDnsServer& server, Socket socket) {
  Stream stream(server.loop_, std::move(socket));
  std::string bytes;
  for (;;) {
    char some[4096];
    const std::size_t got = co_await stream.read_some(some);
    if (got == 0) co_return;
    bytes.append(some, got);
    while (bytes.size() >= 2) {
      const std::size_t size =
          static_cast<unsigned char>(bytes[0]) * 256U + static_cast<unsigned char>(bytes[1]);
      if (bytes.size() < 2 + size) break;
      const std::string reply = server.reply_to(std::string_view(bytes).substr(2, size), true);
      bytes.erase(0, 2 + size);
      if (reply.empty()) continue;
      const std::string framed = DnsReply::number(static_cast<unsigned>(reply.size())) + reply;
      co_await stream.write_all(framed);
    }
  }
}

std::string TestDnsServer::reply_to(std::string_view message, bool by_tcp) {
  DnsQuestion question;
  question.id = message.substr(0, 2);
  question.by_tcp = by_tcp;
  std::size_t at = 12;
  while (message.at(at) != 0) {
    const auto size = static_cast<std::size_t>(message[at]);
    if (!question.name.empty()) question.name += '.';
    question.name += message.substr(at + 1, size);
    at += 1 + size;
  }
  question.type = static_cast<unsigned char>(message.at(at + 2));
  question.bytes = message.substr(12, at + 5 - 12);
  const char* type = question.type == 1 ? " A" : (question.type == 28 ? " AAAA" : " SRV");
  asked_.push_back(question.name + type + (by_tcp ? " by TCP" : ""));
  return answer_(question);
}

}  // namespace ngo::net
