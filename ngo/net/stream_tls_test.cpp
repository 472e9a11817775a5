#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>

#include "ngo/net/tls_test_pair_impl.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::tls {
namespace {

using std::chrono_literals::operator""ms;
using testing::HasSubstr;
using StreamTls = TlsPair;

INSTANTIATE_TEST_SUITE_P(Versions, StreamTls, testing::Values(Version::tls12, Version::tls13),
                         [](const auto& parameter) {
                           return parameter.param == Version::tls12 ? "Tls12" : "Tls13";
                         });

TEST_P(StreamTls, CarriesMegabytesBothWaysThroughSmallBuffers) {
  const ServerContext server_context(server_options());
  const ClientContext client_context(client_options());
  connect(4096);
  const std::string up = numbers(3'000'000);
  const std::string down = numbers(2'000'000);
  auto run = [&]() -> Task<void> {
    co_await shake_hands(server_context, client_context);
    auto [_, got_up, __, got_down] = co_await when_all(send_and_end(*client, up), read_all(*server),
                                                       send_and_end(*server, down), read_all(*client));
    EXPECT_EQ(got_up, up);
    EXPECT_EQ(got_down, down);
  };
  loop.block_on(run());
  ASSERT_NE(client->tls(), nullptr);
  EXPECT_EQ(client->tls()->version(), GetParam() == Version::tls12 ? "TLSv1.2" : "TLSv1.3");
}

TEST_P(StreamTls, SendsAFileByPieces) {
  const ServerContext server_context(server_options());
  const ClientContext client_context(client_options());
  connect(8192);
  const std::string content = numbers(700'001);
  const Socket opened(open(file("content", content).c_str(), O_RDONLY | O_CLOEXEC));
  auto send = [&]() -> Task<void> {
    std::size_t offset = 5;
    for (;;) {
      const Stream::Transfer sent = server->try_send_file(opened.descriptor(), offset, 1'000'000);
      if (sent.state == Stream::Transfer::State::ended) break;
      if (sent.state == Stream::Transfer::State::failed) throw server->broken(sent);
      if (sent.state == Stream::Transfer::State::would_block) {
        co_await server->writable();
      } else {
        offset += sent.bytes;
      }
    }
    server->shutdown_write();
  };
  auto run = [&]() -> Task<void> {
    co_await shake_hands(server_context, client_context);
    auto [_, got] = co_await when_all(send(), read_all(*client));
    EXPECT_EQ(got, content.substr(5));
  };
  loop.block_on(run());
}

TEST_P(StreamTls, HasNewsForAsLongAsARecordIsNotReadToItsEnd) {
  const ServerContext server_context(server_options());
  const ClientContext client_context(client_options());
  connect();
  auto run = [&]() -> Task<void> {
    co_await shake_hands(server_context, client_context);
    co_await client->write_all("0123456789");
    co_await client->write_all("abcdefghij");
    co_await server->readable();
    char bytes[4];
    std::string got;
    while (server->has_news()) {
      const Stream::Transfer transfer = server->try_read(bytes);
      if (transfer.state != Stream::Transfer::State::moved) break;
      got.append(bytes, transfer.bytes);
    }
    // No edge of epoll comes for bytes that OpenSSL holds: all must have been there for the asking.
    EXPECT_EQ(got, "0123456789abcdefghij");
    EXPECT_FALSE(server->has_news());
    co_await client->write_all("again");
    EXPECT_EQ(co_await read_once(*server), "again");
  };
  loop.block_on(run());
}

TEST_P(StreamTls, GathersTwoSmallPiecesIntoOneRecord) {
  const ServerContext server_context(server_options());
  const ClientContext client_context(client_options());
  connect();
  auto run = [&]() -> Task<void> {
    co_await shake_hands(server_context, client_context);
    EXPECT_EQ(server->try_write("head and ", "body").bytes, 13U);
    EXPECT_EQ(co_await read_once(*client), "head and body");
  };
  loop.block_on(run());
}

TEST_P(StreamTls, AnEndIsToldFromACut) {
  const ServerContext server_context(server_options());
  const ClientContext client_context(client_options());
  connect();
  auto run = [&]() -> Task<void> {
    co_await shake_hands(server_context, client_context);
    co_await client->write_all("all of it");
    client->shutdown_write();
    EXPECT_EQ(co_await read_all(*server), "all of it");
    co_await server->write_all("a part");
    ::shutdown(server->descriptor(), SHUT_WR);
    EXPECT_EQ(co_await read_once(*client), "a part");
    static_cast<void>(co_await read_once(*client));
  };
  try {
    loop.block_on(run());
    FAIL() << "a cut was taken for the end";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::unavailable);
    EXPECT_THAT(error.message(), HasSubstr("close_notify"));
  }
}

TEST_P(StreamTls, TheEndComesAfterWhatTheKernelHadNoRoomFor) {
  const ServerContext server_context(server_options());
  const ClientContext client_context(client_options());
  connect(4096);
  auto run = [&]() -> Task<void> {
    co_await shake_hands(server_context, client_context);
    const std::string text = numbers(200'000);
    std::size_t taken = 0;
    while (true) {
      const Stream::Transfer sent = server->try_write(std::string_view(text).substr(taken));
      if (sent.state != Stream::Transfer::State::moved) break;
      taken += sent.bytes;
    }
    server->shutdown_write();
    const std::string got = co_await read_all(*client);
    // The record that would not fit was encrypted already; it leaves before the end.
    EXPECT_GE(got.size(), taken);
    EXPECT_EQ(got, text.substr(0, got.size()));
    EXPECT_EQ(server->try_write("more").state, Stream::Transfer::State::failed);
  };
  loop.block_on(run());
}

TEST_P(StreamTls, AHandshakeEndsAtItsLimitAndNothingIsSentInPlainTextAfterIt) {
  ClientContextOptions ours = client_options();
  ours.handshake_timeout = 20ms;
  const ClientContext client_context(ours);
  connect();
  auto run = [&]() -> Task<void> { co_await client->start_tls(client_context, ClientOptions("localhost")); };
  try {
    loop.block_on(run());
    FAIL() << "nobody answered";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::deadline_exceeded);
    EXPECT_THAT(error.message(), HasSubstr("not done within 20ms"));
  }
  EXPECT_EQ(client->try_write("a secret").state, Stream::Transfer::State::failed);
  char byte[1];
  EXPECT_EQ(client->try_read(byte).state, Stream::Transfer::State::failed);
  EXPECT_EQ(client->tls(), nullptr);
}

TEST_P(StreamTls, SaysThatThePeerSpeaksPlainHttp) {
  const ServerContext server_context(server_options());
  connect();
  auto run = [&]() -> Task<void> {
    co_await client->write_all("GET / HTTP/1.1\r\n\r\n");
    co_await server->start_tls(server_context);
  };
  try {
    loop.block_on(run());
    FAIL() << "plain text was taken for TLS";
  } catch (const Error& error) {
    EXPECT_THAT(error.message(), HasSubstr("plain HTTP"));
  }
}

TEST_P(StreamTls, TakesBytesThatHaveBeenReadAlready) {
  const ServerContext server_context(server_options());
  const ClientContext client_context(client_options());
  connect();
  auto serve = [&]() -> Task<void> {
    char bytes[100];
    const std::size_t got = co_await server->read_some(bytes);
    co_await server->start_tls(server_context, std::string_view(bytes, got));
    co_await server->write_all("hello");
  };
  auto run = [&]() -> Task<void> {
    co_await when_all(serve(), client_side(client_context, ClientOptions("localhost")));
    EXPECT_EQ(co_await read_once(*client), "hello");
  };
  loop.block_on(run());
}

// As STARTTLS, PostgreSQL and MySQL do: each side has spoken in plain text on the connection before.
TEST_P(StreamTls, ChangesOverInTheMiddleOfAConversation) {
  const ServerContext server_context(server_options());
  const ClientContext client_context(client_options());
  connect();
  auto serve = [&]() -> Task<void> {
    co_await server->write_all("220 ready\n");
    EXPECT_EQ(co_await read_once(*server), "STARTTLS\n");
    co_await server->write_all("220 go ahead\n");
    co_await server->start_tls(server_context);
    EXPECT_EQ(co_await read_once(*server), "secret\n");
    co_await server->write_all("250 kept\n");
  };
  auto call = [&]() -> Task<void> {
    EXPECT_EQ(co_await read_once(*client), "220 ready\n");
    EXPECT_EQ(client->tls(), nullptr);
    co_await client->write_all("STARTTLS\n");
    EXPECT_EQ(co_await read_once(*client), "220 go ahead\n");
    co_await client_side(client_context, ClientOptions("localhost"));
    EXPECT_NE(client->tls(), nullptr);
    co_await client->write_all("secret\n");
    EXPECT_EQ(co_await read_once(*client), "250 kept\n");
  };
  auto both = [&]() -> Task<void> { co_await when_all(serve(), call()); };
  loop.block_on(both());
}

// A conversation that is cut off at its n-th wait, whatever that is.
TEST_P(StreamTls, CanBeCancelledAtEveryWait) {
  const ServerContext server_context(server_options());
  const ClientContext client_context(client_options());
  const std::string text = numbers(60'000);
  bool done = false;
  for (int turns = 0; !done; ++turns) {
    ASSERT_LT(turns, 10'000);
    connect(4096);
    Context context;
    auto talk = [&]() -> Task<void> {
      co_await shake_hands(server_context, client_context);
      auto [_, got_up, __, got_down] = co_await when_all(send_and_end(*client, text), read_all(*server),
                                                         send_and_end(*server, text), read_all(*client));
      EXPECT_EQ(got_up, text);
      EXPECT_EQ(got_down, text);
    };
    auto cut = [&]() -> Task<void> {
      for (int i = 0; i < turns; ++i) co_await yield();
      context.cancel();
    };
    auto guarded = [&]() -> Task<void> {
      try {
        co_await with_context(context, talk());
        done = true;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::cancelled) << error.message();
      }
    };
    auto run = [&]() -> Task<void> { co_await when_all(guarded(), cut()); };
    loop.block_on(run());
  }
}

}  // namespace
}  // namespace ngo::tls
