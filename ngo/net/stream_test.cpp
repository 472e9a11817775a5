#include "ngo/net/stream.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/net/listener.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/scope.hpp"
#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::net {
namespace {

using std::chrono_literals::operator""ms;

// A listener on a free port, and the connections that it took.
class Peer {
 public:
  explicit Peer(EventLoop& loop, const Address& at = Address::parse("127.0.0.1", 0))
      : socket_(Socket::listen(at, false)),
        address_(socket_.local()),
        listener_(
            loop, std::move(socket_),
            [this](Socket socket, const Address&) {
              accepted_.push_back(std::move(socket));
              came_.set();
            },
            [](const std::string&) {}) {}

  [[nodiscard]] const Address& address() const { return address_; }
  Listener& listener() { return listener_; }
  Task<Socket> next() {
    while (accepted_.empty()) {
      came_.reset();
      co_await came_.wait();
    }
    Socket socket = std::move(accepted_.front());
    accepted_.erase(accepted_.begin());
    co_return socket;
  }

 private:
  Socket socket_;
  Address address_;
  std::vector<Socket> accepted_;
  Event came_;
  Listener listener_;
};

Task<std::string> read_all(Stream& stream) {
  std::string all;
  char bytes[1000];
  while (std::size_t got = co_await stream.read_some(bytes)) all.append(bytes, got);
  co_return all;
}

Task<void> send_and_end(Stream& stream, std::string_view text) {
  co_await stream.write_all(text);
  stream.shutdown_write();
}

Task<void> megabytes_go_both_ways(EventLoop& loop, Address at) {
  Peer peer(loop, at);
  Stream client(loop, co_await connect(peer.address()));
  Stream server(loop, co_await peer.next());
  const std::string up(3'000'000, 'u');
  const std::string down(2'000'000, 'd');
  auto [_, got_up, __, got_down] = co_await when_all(send_and_end(client, up), read_all(server),
                                                     send_and_end(server, down), read_all(client));
  EXPECT_EQ(got_up, up);
  EXPECT_EQ(got_down, down);
}

TEST(Stream, CarriesMegabytesBothWaysOverTcp) {
  EventLoop loop;
  loop.block_on(megabytes_go_both_ways(loop, Address::parse("127.0.0.1", 0)));
}

TEST(Stream, CarriesMegabytesBothWaysOverAUnixSocket) {
  EventLoop loop;
  std::string path = testing::TempDir() + "ngo_stream_test.sock";
  loop.block_on(megabytes_go_both_ways(loop, Address::parse("unix:" + path, 0)));
  // The file that is left behind is no obstacle.
  loop.block_on(megabytes_go_both_ways(loop, Address::parse("unix:" + path, 0)));
}

Task<Code> read_with_limit(EventLoop& loop) {
  Peer peer(loop);
  Stream client(loop, co_await connect(peer.address()));
  char byte[1];
  try {
    co_await with_timeout(20ms, client.read_some(byte));
  } catch (const Error& error) {
    co_return error.code();
  }
  co_return Code::internal;
}

TEST(Stream, AReadEndsAtTheDeadline) {
  EventLoop loop;
  EXPECT_EQ(loop.block_on(read_with_limit(loop)), Code::deadline_exceeded);
}

Task<void> connect_nowhere() {
  Socket free = Socket::listen(Address::parse("127.0.0.1", 0), false);
  Address nobody = free.local();
  free.close();
  (void)co_await connect(nobody);
}

TEST(Stream, ConnectingWhereNobodyListensSaysSo) {
  EventLoop loop;
  try {
    loop.block_on(connect_nowhere());
    FAIL() << "connected";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::unavailable);
    EXPECT_NE(error.message().find("refused"), std::string::npos) << error.message();
  }
}

TEST(Socket, ATakenPortIsExplained) {
  Socket first = Socket::listen(Address::parse("127.0.0.1", 0), false);
  try {
    (void)Socket::listen(first.local(), false);
    FAIL() << "bound twice";
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("taken by another process"), std::string::npos) << error.message();
  }
}

Task<bool> connect_after_stop_new(EventLoop& loop) {
  Peer peer(loop);
  Stream before(loop, co_await connect(peer.address()));
  peer.listener().stop_new();
  bool refused = false;
  try {
    // The kernel ignores the request, so this one waits; it is neither reset nor accepted.
    co_await with_timeout(50ms, connect(peer.address()));
  } catch (const Error& error) {
    refused = error.code() == Code::deadline_exceeded;
  }
  Stream accepted(loop, co_await peer.next());
  co_await accepted.write_all("still here");
  char bytes[10];
  co_return refused&& co_await before.read_some(bytes) == 10;
}

TEST(Listener, StopNewKeepsWhoHasComeAndIgnoresWhoComes) {
  EventLoop loop;
  EXPECT_TRUE(loop.block_on(connect_after_stop_new(loop)));
}

}  // namespace
}  // namespace ngo::net
