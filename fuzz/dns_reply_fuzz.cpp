// What comes back from a DNS server, on its whole way: by a datagram into c-ares, our reading of it, the
// cache, and whoever asked. The input is what follows the id, so that it is taken for an answer. Whatever it
// is, the question ends, with addresses or with an error that says so.
#include <sys/socket.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>

#include "ngo/base/error.hpp"
#include "ngo/net/resolver.hpp"
#include "ngo/net/socket.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace {

using ngo::Code;
using ngo::net::Address;

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "dns_reply_fuzz: %s\n", what);
  std::abort();
}

// Answers every question with the same bytes behind its id.
class Server final : private ngo::IoHandler {
 public:
  explicit Server(ngo::EventLoop& loop)
      : loop_(loop), socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_storage native{};
    const unsigned length = Address::parse("127.0.0.1", 0).to_native(&native);
    require(::bind(socket_.descriptor(), reinterpret_cast<sockaddr*>(&native), length) == 0, "cannot bind");
    loop_.poller().add(socket_.descriptor(), *this);
  }
  ~Server() { loop_.poller().remove(socket_.descriptor(), *this); }
  [[nodiscard]] std::string address() const { return socket_.local().to_string(); }
  void answer(std::span<const std::uint8_t> with) { reply_.assign(with.begin(), with.end()); }

 private:
  void on_ready(ngo::Readiness) noexcept override {
    char asked[512];
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    ssize_t size;
    while ((size = recvfrom(socket_.descriptor(), asked, sizeof asked, 0, reinterpret_cast<sockaddr*>(&from),
                            &length)) > 0) {
      // Behind the header of 12 bytes: the name, its end, type and class.
      const std::string_view message(asked, static_cast<std::size_t>(size));
      const std::string_view question = message.substr(12, message.find('\0', 12) + 5 - 12);
      std::string bytes(message.substr(0, 2));
      bytes += reply_.substr(0, 2);
      bytes += message.substr(4, 2);
      bytes += reply_.substr(2, 6);
      bytes += question;
      bytes += reply_.substr(8);
      sendto(socket_.descriptor(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&from), length);
    }
  }

  ngo::EventLoop& loop_;
  ngo::net::Socket socket_;
  std::string reply_;
};

ngo::Task<void> ask(ngo::net::Resolver& resolver) {
  try {
    ngo::net::Resolved found = co_await resolver.resolve("db.test.");
    require(!found.addresses.empty() && found.addresses.size() <= 1024, "a wrong number of addresses");
  } catch (const ngo::Error& error) {
    require(error.code() == Code::not_found || error.code() == Code::unavailable, "an error of another kind");
  }
  try {
    ngo::net::ResolvedService found = co_await resolver.resolve_service("db.test.");
    require(!found.services.empty() && found.services.size() <= 512, "a wrong number of services");
  } catch (const ngo::Error& error) {
    require(error.code() == Code::not_found || error.code() == Code::unavailable, "an error of another kind");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static ngo::EventLoop loop;
  static Server server(loop);
  static ngo::net::Resolver resolver(loop, [] {
    ngo::net::DnsOptions options;
    options.servers = {server.address()};
    options.timeout = std::chrono::milliseconds(1);
    options.attempts = 1;
    options.failure_ttl = std::chrono::milliseconds(0);
    options.hosts_file = "";
    return options;
  }());
  if (size < 8 || size > 8192) return 0;
  server.answer({data, size});
  resolver.clear();
  loop.block_on(ask(resolver));
  return 0;
}
