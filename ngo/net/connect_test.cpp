#include "ngo/net/connect.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>

#include "ngo/base/error.hpp"
#include "ngo/net/test_dns_server_impl.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/scope.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::net {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// A port of an address where every handshake hangs: its queue is full and nobody takes from it.
class BlackHole {
 public:
  explicit BlackHole(const Address& at) : listening_(Socket::listen(at, false, 0)) {
    sockaddr_storage native{};
    const unsigned length = local().to_native(&native);
    for (Socket& each : full_) {
      each = Socket(::socket(native.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      (void)::connect(each.descriptor(), reinterpret_cast<sockaddr*>(&native), length);
    }
  }
  [[nodiscard]] Address local() const { return listening_.local(); }

 private:
  Socket listening_;
  Socket full_[4];
};

// Two of them at one port: a port that is free for one family may be taken in the other.
template <class Six, class Four>
struct Pair {
  std::optional<Six> six;
  std::optional<Four> four;
  std::uint16_t port = 0;
};
template <class Six, class Four>
Pair<Six, Four> at_one_port(Six (*make_six)(const Address&), Four (*make_four)(const Address&)) {
  for (;;) {
    Pair<Six, Four> pair;
    pair.six.emplace(make_six(Address::parse("::1", 0)));
    pair.port = pair.six->local().port();
    try {
      pair.four.emplace(make_four(Address::parse("127.0.0.1", pair.port)));
      return pair;
    } catch (const Error&) {
      continue;
    }
  }
}
Socket listening(const Address& at) { return Socket::listen(at, false); }
BlackHole swallowing(const Address& at) { return BlackHole(at); }

// Many containers have no IPv6, not even ::1.
bool has_ipv6() {
  try {
    (void)Socket::listen(Address::parse("::1", 0), false);
    return true;
  } catch (const Error&) {
    return false;
  }
}

Address peer_of(const Socket& socket) {
  sockaddr_storage native{};
  socklen_t length = sizeof native;
  getpeername(socket.descriptor(), reinterpret_cast<sockaddr*>(&native), &length);
  return Address::from_native(reinterpret_cast<sockaddr*>(&native), length);
}

int open_descriptors() {
  int count = 0;
  for (int i = 0; i < 200; ++i) count += fcntl(i, F_GETFD) >= 0 ? 1 : 0;
  return count;
}

class ConnectTest : public testing::Test {
 public:
  ConnectTest() {
    DnsOptions options;
    options.servers = {server.address()};
    options.hosts_file = "";
    options.resolv_conf = "/nonexistent/resolv.conf";
    resolver.emplace(loop, options);
  }
  ~ConnectTest() override {
    resolver.reset();
    loop.block_on(end());
  }
  Task<void> end() {
    loop.cancel_detached();
    while (loop.detached_count() > 0) co_await yield();
  }

  // What db.test is.
  void serve(std::vector<std::string> addresses) {
    server.answer_by([all = std::move(addresses)](const DnsQuestion& question) {
      DnsReply reply(question);
      for (const std::string& each : all) {
        if ((each.find(':') != std::string::npos) == (question.type == 28))
          reply.address(question.name, 60, each);
      }
      return reply.bytes();
    });
  }
  Socket connect_to(std::string_view host, std::uint16_t port, const ConnectOptions& options = {}) {
    return loop.block_on(net::connect(*resolver, host, port, options));
  }
  Error failure(std::string_view host, std::uint16_t port, const ConnectOptions& options = {}) {
    try {
      (void)connect_to(host, port, options);
      ADD_FAILURE() << "it connects";
    } catch (const Error& error) {
      return error;
    }
    return Error(Code::internal, "");
  }

  VirtualClock clock;
  EventLoop loop{clock};
  TestDnsServer server{loop, [](const DnsQuestion& question) { return DnsReply(question, 3).bytes(); }};
  std::optional<Resolver> resolver;
};

TEST_F(ConnectTest, PrefersIpv6) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  const auto [six, four, port] = at_one_port(listening, listening);
  serve({"127.0.0.1", "::1"});
  Socket socket = connect_to("db.test", port);
  EXPECT_EQ(peer_of(socket).to_string(), "[::1]:" + std::to_string(port));
}

TEST_F(ConnectTest, TakesTheNextAddressAtOnceWhenOneRefuses) {
  Socket four = Socket::listen(Address::parse("127.0.0.1", 0), false);
  const std::uint16_t port = four.local().port();
  serve({"127.0.0.1", "::1"});
  const TimePoint before = clock.now();
  Socket socket = connect_to("db.test", port);
  EXPECT_EQ(peer_of(socket).host(), "127.0.0.1");
  EXPECT_LT(clock.now() - before, 250ms);
}

TEST_F(ConnectTest, DoesNotWaitForAnAddressThatSwallowsEverything) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  const auto [six, four, port] = at_one_port(swallowing, listening);
  serve({"127.0.0.1", "::1"});
  const int descriptors = open_descriptors();
  const TimePoint before = clock.now();
  Socket socket = connect_to("db.test", port);
  EXPECT_EQ(peer_of(socket).host(), "127.0.0.1");
  EXPECT_GE(clock.now() - before, 250ms);
  // The loser is closed: only the winner has come.
  EXPECT_LE(open_descriptors(), descriptors + 1);
}

TEST_F(ConnectTest, TheFamiliesTakeTurns) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  Socket four = Socket::listen(Address::parse("127.0.0.1", 0), false);
  const std::uint16_t port = four.local().port();
  four.close();
  serve({"127.0.0.1", "127.0.0.2", "::1"});
  const Error error = failure("db.test", port);
  const std::string at = ":" + std::to_string(port) + ": Connection refused";
  EXPECT_EQ(error.code(), Code::unavailable);
  EXPECT_EQ(error.message(), "cannot connect to db.test:" + std::to_string(port) + ": [::1]" + at +
                                 "; 127.0.0.1" + at + "; 127.0.0.2" + at);
}

TEST_F(ConnectTest, BeginsWithIpv4WhenIpv6IsSlowToBeFound) {
  Socket four = Socket::listen(Address::parse("127.0.0.1", 0), false);
  server.answer_by([](const DnsQuestion& question) {
    return question.type == 1 ? DnsReply(question).address(question.name, 60, "127.0.0.1").bytes()
                              : std::string();
  });
  const TimePoint before = clock.now();
  Socket socket = connect_to("db.test", four.local().port());
  EXPECT_EQ(peer_of(socket).host(), "127.0.0.1");
  EXPECT_GE(clock.now() - before, 50ms);
}

TEST_F(ConnectTest, TakesLiteralAddressesLocalhostAndUnixSockets) {
  Socket four = Socket::listen(Address::parse("127.0.0.1", 0), false);
  const std::uint16_t port = four.local().port();
  EXPECT_TRUE(connect_to("127.0.0.1", port));
  EXPECT_TRUE(connect_to("localhost", port));
  const std::string path = testing::TempDir() + "connect_test." + std::to_string(getpid());
  Socket local = Socket::listen(Address::parse("unix:" + path, 0), false);
  EXPECT_TRUE(connect_to("unix:" + path, 0));
  unlink(path.c_str());
  EXPECT_TRUE(server.asked().empty());
}

TEST_F(ConnectTest, ConnectsFromAnAddressThatIsSet) {
  Socket four = Socket::listen(Address::parse("127.0.0.1", 0), false);
  serve({"127.0.0.1", "::1"});
  ConnectOptions options;
  options.bind = Address::parse("127.0.0.9", 0);
  Socket socket = connect_to("db.test", four.local().port(), options);
  EXPECT_EQ(socket.local().host(), "127.0.0.9");
  EXPECT_EQ(server.times_asked("db.test AAAA"), 0);
  options.bind = Address::parse("192.0.2.1", 0);
  EXPECT_NE(
      failure("db.test", four.local().port(), options).message().find("Cannot assign requested address"),
      std::string::npos);
}

TEST_F(ConnectTest, AHostThatIsNotKnownIsUnavailable) {
  const Error error = failure("gone.test", 80);
  EXPECT_EQ(error.code(), Code::unavailable);
  EXPECT_EQ(error.message(), "cannot connect to gone.test:80: \"gone.test\" is not known (asked " +
                                 server.address() + " for gone.test)");
  EXPECT_EQ(failure("no host", 80).code(), Code::invalid_argument);
}

TEST_F(ConnectTest, ADeadlineTellsHowFarItCame) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  const auto [six, four, port] = at_one_port(swallowing, swallowing);
  serve({"127.0.0.1", "::1"});
  const std::string end = ":" + std::to_string(port) + ": no answer";
  try {
    loop.block_on([](Resolver& by, std::uint16_t to) -> Task<void> {
      co_await with_timeout(3s, net::connect(by, "db.test", to));
    }(*resolver, port));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::deadline_exceeded);
    EXPECT_EQ(error.message(), "the deadline has passed while connecting to db.test:" + std::to_string(port) +
                                   ": [::1]" + end + "; 127.0.0.1" + end);
  }
}

TEST_F(ConnectTest, MayBeCancelledWhereverItWaits) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  const auto [six, four, port] = at_one_port(swallowing, listening);
  serve({"127.0.0.1", "::1"});
  const int descriptors = open_descriptors();
  int connected = 0;
  for (int turns = 0; turns < 40; ++turns) {
    resolver->clear();
    loop.block_on([](Resolver& by, std::uint16_t to, int before, int& successes) -> Task<void> {
      Context context(Context::current());
      co_await Scope::run([&](Scope& scope) -> Task<void> {
        auto attempt = [](Resolver& its, std::uint16_t its_port, Context& under,
                          int& its_successes) -> Task<void> {
          ConnectOptions options;
          options.attempt_delay = 1ms;
          try {
            Socket socket = co_await with_context(under, net::connect(its, "db.test", its_port, options));
            ++its_successes;
          } catch (const Error& error) {
            EXPECT_EQ(error.code(), Code::cancelled);
          }
        };
        scope.spawn(attempt(by, to, context, successes));
        for (int i = 0; i < before; ++i) co_await yield();
        if (before % 2 == 1) co_await sleep(std::chrono::milliseconds(before));
        context.cancel();
      });
    }(*resolver, port, turns, connected));
  }
  EXPECT_GT(connected, 0);
  EXPECT_LT(connected, 40);
  EXPECT_LE(open_descriptors(), descriptors + 2);  // the resolver's own
}

}  // namespace
}  // namespace ngo::net
