// The limit: what one thread with epoll can do at best, and the reference of every HTTP figure.
//
// It checks the syntax of the request line and of each header, answers GET /hello with the bytes that all
// contenders answer, keeps connections alive and answers everything that is buffered with one send. It knows
// no routes, deadlines, limits or logs, and drops whoever sends a body, errs, or does not read its answers.
// Usage: limit PORT
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string_view>
#include <utility>

namespace {

constexpr std::string_view kAnswerHead = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: ";
constexpr std::string_view kLengthHead = "\r\nContent-Length: ";
constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kAnswerBody =
    R"({"id":12345,"title":"hello world","author":"someone","tags":["a","b","c"],"published":true,"n":1})";
static_assert(kAnswerBody.size() == 97);
constexpr std::string_view kNotFoundHead = "HTTP/1.1 404 Not Found\r\nDate: ";
constexpr std::string_view kDateExample = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr std::size_t kLongestAnswer = 512;
static_assert(kAnswerHead.size() + kDateExample.size() + kLengthHead.size() + 24 + kAnswerBody.size() <
              kLongestAnswer);
constexpr std::size_t kLongestHead = 8192;

// The bytes of one request head; `size` 0: more must come.
struct Head {
  std::size_t size = 0;
  std::string_view target;
  bool valid = true;
};

bool is_valid_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 || line[colon - 1] == ' ') return false;
  const bool announces_body = (colon == 14 && strncasecmp(line.data(), "content-length", colon) == 0) ||
                              (colon == 17 && strncasecmp(line.data(), "transfer-encoding", colon) == 0);
  return !announces_body;
}

// Takes "METHOD target HTTP/1.1" apart; an empty target: it is malformed.
std::string_view target_of(std::string_view line) {
  constexpr std::string_view kVersion = " HTTP/1.1";
  if (!line.ends_with(kVersion)) return {};
  const std::size_t space = line.find(' ');
  if (space == 0 || space >= line.size() - kVersion.size()) return {};
  const std::string_view target = line.substr(space + 1, line.size() - kVersion.size() - space - 1);
  return target.find(' ') == std::string_view::npos ? target : std::string_view{};
}

Head read_head(std::string_view bytes) {
  Head head;
  for (std::size_t begin = 0;;) {
    const std::size_t newline = bytes.find('\n', begin);
    if (newline == std::string_view::npos) {
      head.valid = bytes.size() <= kLongestHead;
      return head;
    }
    if (newline == begin || bytes[newline - 1] != '\r') return {0, {}, false};
    const std::string_view line = bytes.substr(begin, newline - 1 - begin);
    if (begin == 0) {
      head.target = target_of(line);
      if (head.target.empty()) return {0, {}, false};
    } else if (line.empty()) {
      head.size = newline + 1;
      return head;
    } else if (!is_valid_field(line)) {
      return {0, {}, false};
    }
    begin = newline + 1;
  }
}

// Holds what was read of its peer's requests; what goes out is held once for all connections.
struct Connection {
  explicit Connection(int accepted) : socket(accepted) {}
  int socket;
  std::size_t used = 0;
  std::array<char, 16 * 1024> in;
};

class Server {
 public:
  explicit Server(int listener) : listener_(listener), poll_(epoll_create1(EPOLL_CLOEXEC)) {
    epoll_event interest{.events = EPOLLIN, .data = {.ptr = nullptr}};
    epoll_ctl(poll_, EPOLL_CTL_ADD, listener_, &interest);
  }

  [[noreturn]] void run() {
    for (std::array<epoll_event, 512> ready;;) {
      const int count = epoll_wait(poll_, ready.data(), static_cast<int>(ready.size()), -1);
      write_date();
      for (int i = 0; i < count; ++i) {
        auto* connection = static_cast<Connection*>(ready[i].data.ptr);
        if (connection == nullptr) {
          accept_all();
        } else if (!serve(*connection) || (ready[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
          close(connection->socket);
          delete connection;
        }
      }
    }
  }

 private:
  void accept_all() {
    for (int socket; (socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
      const int on = 1;
      setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      epoll_event interest{.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data = {.ptr = new Connection(socket)}};
      epoll_ctl(poll_, EPOLL_CTL_ADD, socket, &interest);
    }
  }

  // Reads until a read is shorter than asked; false: the connection is done.
  bool serve(Connection& connection) {
    for (;;) {
      const std::size_t room = connection.in.size() - connection.used;
      const ssize_t got = recv(connection.socket, connection.in.data() + connection.used, room, 0);
      if (got <= 0) return got < 0 && errno == EAGAIN;
      connection.used += static_cast<std::size_t>(got);
      if (!answer(connection)) return false;
      if (static_cast<std::size_t>(got) < room) return true;
    }
  }

  bool answer(Connection& connection) {
    std::string_view bytes(connection.in.data(), connection.used);
    while (!bytes.empty()) {
      const Head head = read_head(bytes);
      if (!head.valid) return false;
      if (head.size == 0) break;
      if (head.target == "/hello") {
        append(kAnswerHead, kAnswerBody);
      } else {
        append(kNotFoundHead, {});
      }
      bytes.remove_prefix(head.size);
      if (out_used_ + kLongestAnswer > out_.size() && !flush(connection)) return false;
    }
    std::memmove(connection.in.data(), bytes.data(), bytes.size());
    connection.used = bytes.size();
    return out_used_ == 0 || flush(connection);
  }

  void append(std::string_view head, std::string_view body) {
    append(head);
    append({date_.data(), date_.size()});
    append(kLengthHead);
    char* const at = out_.data() + out_used_;
    out_used_ += static_cast<std::size_t>(std::to_chars(at, at + 20, body.size()).ptr - at);
    append(kHeadEnd);
    append(body);
  }

  void append(std::string_view text) {
    std::memcpy(out_.data() + out_used_, text.data(), text.size());
    out_used_ += text.size();
  }

  bool flush(Connection& connection) {
    const ssize_t sent = send(connection.socket, out_.data(), out_used_, MSG_NOSIGNAL);
    return sent == static_cast<ssize_t>(std::exchange(out_used_, 0));
  }

  void write_date() {
    const std::time_t now = std::time(nullptr);
    if (now == date_second_) return;
    date_second_ = now;
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::array<char, kDateExample.size() + 1> text;
    std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
    std::memcpy(date_.data(), text.data(), date_.size());
  }

  int listener_;
  int poll_;
  std::time_t date_second_ = 0;
  std::array<char, kDateExample.size()> date_{};
  std::size_t out_used_ = 0;
  std::array<char, 64 * 1024> out_{};
};

int listen_on_loopback(std::uint16_t port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound = bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  return bound && listen(listener, 4096) == 0 ? listener : -1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view argument = argc == 2 ? argv[1] : "";
  std::uint16_t port = 0;
  if (std::from_chars(argument.data(), argument.data() + argument.size(), port).ec != std::errc{}) {
    std::fputs("usage: limit PORT\n", stderr);
    return 2;
  }
  const int listener = listen_on_loopback(port);
  if (listener < 0) {
    std::perror("limit: cannot listen");
    return 1;
  }
  static Server server(listener);
  server.run();
}
