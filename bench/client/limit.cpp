// The limit of a client: what one thread with epoll can do at best. Each connection sends a request, reads
// the response, checks its status, finds its length and its end, and goes on. No names, limits of time,
// retries. Usage: bench_client_limit PORT CONNECTIONS SECONDS
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "report.hpp"

namespace {

struct Connection {
  int descriptor = -1;
  std::size_t size = 0;
  char bytes[16 * 1024];
};

// The bytes of one response; 0: more must come. Ends the program when it is not the one that is expected.
std::size_t whole_response(std::string_view bytes) {
  const std::size_t head = bytes.find("\r\n\r\n");
  if (head == std::string_view::npos) return 0;
  if (!bytes.starts_with("HTTP/1.1 200 ")) std::exit(2);
  std::size_t length = 0;
  std::size_t line = bytes.find("\r\n") + 2;
  while (line < head) {
    const std::size_t end = bytes.find("\r\n", line);
    constexpr std::string_view kName = "Content-Length:";
    if (end - line > kName.size() && strncasecmp(bytes.data() + line, kName.data(), kName.size()) == 0) {
      const char* at = bytes.data() + line + kName.size();
      while (*at == ' ') ++at;
      std::from_chars(at, bytes.data() + end, length);
    }
    line = end + 2;
  }
  const std::size_t whole = head + 4 + length;
  return bytes.size() >= whole ? whole : 0;
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Wanted wanted = bench::read_arguments(argc, argv);
  const std::string request =
      "GET /hello HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(wanted.port) + "\r\n\r\n";
  const int poller = epoll_create1(0);
  std::vector<std::unique_ptr<Connection>> connections;
  for (int i = 0; i < wanted.connections; ++i) {
    auto connection = std::make_unique<Connection>();
    connection->descriptor = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(wanted.port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(connection->descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return 2;
    const int on = 1;
    setsockopt(connection->descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    event.data.ptr = connection.get();
    epoll_ctl(poller, EPOLL_CTL_ADD, connection->descriptor, &event);
    connections.push_back(std::move(connection));
  }
  bench::Report report(wanted);
  const auto ask = [&](Connection& connection) {
    if (send(connection.descriptor, request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size()))
      std::exit(2);
  };
  for (auto& connection : connections) ask(*connection);
  std::vector<epoll_event> events(256);
  while (!report.over()) {
    const int ready = epoll_wait(poller, events.data(), static_cast<int>(events.size()), 100);
    for (int i = 0; i < ready; ++i) {
      Connection& connection = *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      const ssize_t got = recv(connection.descriptor, connection.bytes + connection.size,
                               sizeof connection.bytes - connection.size, MSG_DONTWAIT);
      if (got <= 0) return 2;
      connection.size += static_cast<std::size_t>(got);
      const std::size_t taken = whole_response({connection.bytes, connection.size});
      if (taken == 0) continue;
      connection.size -= taken;
      std::memmove(connection.bytes, connection.bytes + taken, connection.size);
      report.answered();
      ask(connection);
    }
  }
  report.print();
  return 0;
}
