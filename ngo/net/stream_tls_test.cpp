#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/net/stream.hpp"
#include "ngo/net/tls_test_certificates_impl.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::net {
namespace {

using std::chrono_literals::operator""ms;
using testing::HasSubstr;
using tls::ClientContext;
using tls::ClientContextOptions;
using tls::ServerContext;
using tls::ServerOptions;
using tls::TestCertificate;
using tls::TestWishes;

// An authority, files for what it signs, and two connected streams.
class StreamTls : public testing::TestWithParam<tls::Version> {
 protected:
  std::string file(const std::string& name, const std::string& content) {
    const std::string prefix = testing::TempDir() + "ngo_tls_" + std::to_string(getpid()) + "_";
    return tls::write_test_file(prefix, name, content);
  }
  tls::CertificateOptions files_of(const std::string& name, const TestCertificate& made) {
    tls::CertificateOptions options;
    options.cert = file(name + ".pem", made.pem());
    options.key = file(name + ".key", made.key_pem());
    return options;
  }
  ServerOptions server_options(const TestWishes& wishes = {}) {
    ServerOptions options;
    options.max_version = GetParam();
    options.certificates.push_back(files_of("server", tls::make_certificate(wishes, &authority)));
    return options;
  }
  ClientContextOptions client_options() {
    ClientContextOptions options;
    options.ca = file("ca.pem", authority.pem());
    return options;
  }
  void connect(int buffer = 0) {
    int pair[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    if (buffer > 0) {
      for (const int descriptor : pair) setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    }
    client = std::make_unique<Stream>(loop, Socket(pair[0]));
    server = std::make_unique<Stream>(loop, Socket(pair[1]));
  }
  Task<void> client_side(const ClientContext& context, tls::ClientOptions options) {
    co_await client->start_tls(context, options);
  }
  // Both sides; the first failure is thrown.
  Task<void> shake_hands(const ServerContext& server_context, const ClientContext& client_context,
                         std::string name = "localhost") {
    co_await when_all(server->start_tls(server_context),
                      client_side(client_context, tls::ClientOptions(name)));
  }
  // What the client has against the server's certificate.
  Error refusal(const ServerOptions& theirs, const ClientContextOptions& ours,
                std::string name = "localhost") {
    const ServerContext server_context(theirs);
    const ClientContext client_context(ours);
    connect();
    auto serve = [&]() -> Task<void> {
      try {
        co_await server->start_tls(server_context);
      } catch (const Error&) {
        // Told by the client's alert.
      }
    };
    auto call = [&]() -> Task<Error> {
      try {
        co_await client->start_tls(client_context, tls::ClientOptions(name));
      } catch (const Error& error) {
        co_return error;
      }
      co_return Error(Code::internal, "accepted");
    };
    auto both = [&]() -> Task<Error> { co_return std::get<1>(co_await when_all(serve(), call())); };
    return loop.block_on(both());
  }
  // The field of an error that says why a certificate was refused.
  static std::string word(const Error& error) {
    for (const auto& [name, value] : error.fields()) {
      if (name == "certificate") return value;
    }
    return "";
  }

  EventLoop loop;
  TestCertificate authority = tls::make_authority();
  std::unique_ptr<Stream> client;
  std::unique_ptr<Stream> server;
};

Task<std::string> read_all(Stream& stream) {
  std::string all;
  char bytes[3000];
  while (std::size_t got = co_await stream.read_some(bytes)) all.append(bytes, got);
  co_return all;
}

Task<std::string> read_once(Stream& stream) {
  char bytes[3000];
  co_return std::string(bytes, co_await stream.read_some(bytes));
}

Task<void> send_and_end(Stream& stream, std::string_view text) {
  co_await stream.write_all(text);
  stream.shutdown_write();
}

std::string numbers(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + ",";
  text.resize(size);
  return text;
}

INSTANTIATE_TEST_SUITE_P(Versions, StreamTls, testing::Values(tls::Version::tls12, tls::Version::tls13),
                         [](const auto& parameter) {
                           return parameter.param == tls::Version::tls12 ? "Tls12" : "Tls13";
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
  EXPECT_EQ(client->tls()->version(), GetParam() == tls::Version::tls12 ? "TLSv1.2" : "TLSv1.3");
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

TEST_P(StreamTls, ResumesASession) {
  const ServerContext server_context(server_options());
  const ClientContext client_context(client_options());
  auto run = [&](bool& resumed) -> Task<void> {
    co_await shake_hands(server_context, client_context);
    co_await server->write_all("hello");
    EXPECT_EQ(co_await read_once(*client), "hello");
    resumed = client->tls()->resumed() && server->tls()->resumed();
    EXPECT_EQ(client->tls()->peer_certificate()->common_name, "localhost");
  };
  bool resumed = true;
  connect();
  loop.block_on(run(resumed));
  EXPECT_FALSE(resumed);
  connect();  // the streams before it go without a word
  EXPECT_GE(client_context.kept_sessions(), 1U);
  loop.block_on(run(resumed));
  EXPECT_TRUE(resumed);
}

TEST_P(StreamTls, ASessionIsNotResumedUnderAnotherName) {
  const ServerContext server_context(server_options());
  const ClientContext client_context(client_options());
  auto run = [&](std::string name) -> Task<void> {
    co_await shake_hands(server_context, client_context, name);
    co_await server->write_all("hello");
    EXPECT_EQ(co_await read_once(*client), "hello");
  };
  connect();
  loop.block_on(run("localhost"));
  connect();
  loop.block_on(run("127.0.0.1"));
  EXPECT_FALSE(client->tls()->resumed());
}

TEST_P(StreamTls, AgreesOnAProtocolAndTellsTheName) {
  ServerOptions theirs = server_options();
  theirs.alpn = {"h2", "http/1.1"};
  ClientContextOptions ours = client_options();
  ours.alpn = {"http/1.1", "h2"};
  const ServerContext server_context(theirs);
  const ClientContext client_context(ours);
  connect();
  loop.block_on(shake_hands(server_context, client_context));
  EXPECT_EQ(client->tls()->alpn(), "h2") << "the server's order counts";
  EXPECT_EQ(server->tls()->alpn(), "h2");
  EXPECT_EQ(server->tls()->server_name(), "localhost");
  EXPECT_FALSE(server->tls()->peer_certificate());
}

TEST_P(StreamTls, WithoutACommonProtocolThereIsNoConnection) {
  ServerOptions theirs = server_options();
  theirs.alpn = {"h2"};
  ClientContextOptions ours = client_options();
  ours.alpn = {"imap"};
  EXPECT_THAT(refusal(theirs, ours).message(), HasSubstr("no application protocol that both sides take"));
}

TEST_P(StreamTls, ShowsTheCertificateThatHasTheName) {
  ServerOptions theirs = server_options();
  TestWishes wishes;
  wishes.subject = "exact";
  wishes.names = "DNS:a.example.com";
  theirs.certificates.push_back(files_of("exact", tls::make_certificate(wishes, &authority)));
  wishes.subject = "star";
  wishes.names = "DNS:*.example.com";
  theirs.certificates.push_back(files_of("star", tls::make_certificate(wishes, &authority)));
  const ServerContext server_context(theirs);
  ClientContextOptions ours;
  ours.verify = false;
  const ClientContext client_context(ours);
  auto shown = [&](std::string name) {
    connect();
    loop.block_on(shake_hands(server_context, client_context, name));
    return client->tls()->peer_certificate()->common_name;
  };
  EXPECT_EQ(shown("a.example.com"), "exact");
  EXPECT_EQ(shown("A.Example.COM."), "exact");
  EXPECT_EQ(shown("b.example.com"), "star");
  EXPECT_EQ(shown("c.b.example.com"), "localhost") << "a star is one label";
  EXPECT_EQ(shown("example.com"), "localhost");
  EXPECT_EQ(shown("127.0.0.1"), "localhost");
}

TEST_P(StreamTls, KeysOfTwoKindsServeOneName) {
  ServerOptions theirs = server_options();
  TestWishes wishes;
  wishes.rsa = true;
  theirs.certificates.push_back(files_of("rsa", tls::make_certificate(wishes, &authority)));
  theirs.max_version = tls::Version::tls12;
  const ServerContext server_context(theirs);
  ClientContextOptions ours = client_options();
  ours.ciphers = "ECDHE-RSA-AES128-GCM-SHA256";
  const ClientContext only_rsa(ours);
  connect();
  loop.block_on(shake_hands(server_context, only_rsa));
  EXPECT_EQ(client->tls()->cipher(), "ECDHE-RSA-AES128-GCM-SHA256");
  ours.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256";
  const ClientContext only_ecdsa(ours);
  connect();
  loop.block_on(shake_hands(server_context, only_ecdsa));
  EXPECT_EQ(client->tls()->cipher(), "ECDHE-ECDSA-AES128-GCM-SHA256");
}

TEST_P(StreamTls, AClientShowsItsCertificate) {
  ServerOptions theirs = server_options();
  theirs.client_auth = tls::ClientAuth::required;
  theirs.client_ca = file("clients.pem", authority.pem());
  const ServerContext server_context(theirs);
  TestWishes wishes;
  wishes.subject = "orders";
  wishes.names = "URI:spiffe://example.com/orders";
  ClientContextOptions ours = client_options();
  const tls::CertificateOptions files = files_of("orders", tls::make_certificate(wishes, &authority));
  ours.cert = files.cert;
  ours.key = files.key;
  const ClientContext client_context(ours);
  for (const bool resumed : {false, true}) {
    connect();
    auto run = [&]() -> Task<void> {
      co_await shake_hands(server_context, client_context);
      co_await server->write_all("hello");
      EXPECT_EQ(co_await read_once(*client), "hello");
    };
    loop.block_on(run());
    EXPECT_EQ(server->tls()->resumed(), resumed);
    const std::optional<tls::Certificate> shown = server->tls()->peer_certificate();
    ASSERT_TRUE(shown);
    EXPECT_EQ(shown->common_name, "orders");
    EXPECT_EQ(shown->subject, "CN=orders");
    EXPECT_EQ(shown->issuer, "CN=Test Authority");
    EXPECT_THAT(shown->uris, testing::ElementsAre("spiffe://example.com/orders"));
    EXPECT_EQ(shown->fingerprint.size(), 64U);
    EXPECT_GT(shown->not_after, shown->not_before);
  }
}

TEST_P(StreamTls, AClientWithoutTheRequiredCertificateIsTold) {
  ServerOptions theirs = server_options();
  theirs.client_auth = tls::ClientAuth::required;
  theirs.client_ca = file("clients.pem", authority.pem());
  const ServerContext server_context(theirs);
  const ClientContext client_context(client_options());
  connect();
  std::string of_server;
  std::string of_client;
  auto serve = [&]() -> Task<void> {
    try {
      co_await server->start_tls(server_context);
    } catch (const Error& error) {
      of_server = error.message();
    }
  };
  auto call = [&]() -> Task<void> {
    try {
      co_await client->start_tls(client_context, tls::ClientOptions("localhost"));
      // In TLS 1.3 the server looks at it when the client is done already.
      static_cast<void>(co_await read_once(*client));
    } catch (const Error& error) {
      of_client = error.message();
    }
  };
  auto both = [&]() -> Task<void> { co_await when_all(serve(), call()); };
  loop.block_on(both());
  EXPECT_THAT(of_server, HasSubstr("showed no certificate, and one is required"));
  EXPECT_THAT(of_client, HasSubstr("certificate"));
}

TEST_P(StreamTls, NewCertificatesAreShownAfterAReload) {
  ServerOptions theirs = server_options();
  ServerContext server_context(theirs);
  const ClientContext client_context(client_options());
  EXPECT_FALSE(server_context.reload_if_changed());
  TestWishes wishes;
  wishes.subject = "renewed";
  const TestCertificate renewed = tls::make_certificate(wishes, &authority);
  static_cast<void>(file("server.pem", renewed.pem()));
  try {
    server_context.reload_if_changed();
    FAIL() << "a key that does not fit was taken";
  } catch (const Error& error) {
    EXPECT_THAT(error.message(), HasSubstr("does not belong to the certificate"));
  }
  EXPECT_FALSE(server_context.reload_if_changed()) << "said once";
  connect();
  loop.block_on(shake_hands(server_context, client_context));
  EXPECT_EQ(client->tls()->peer_certificate()->common_name, "localhost") << "the old pair stays";
  static_cast<void>(file("server.key", renewed.key_pem()));
  EXPECT_TRUE(server_context.reload_if_changed());
  std::unique_ptr<Stream> older = std::move(client);
  connect();
  loop.block_on(shake_hands(server_context, client_context));
  EXPECT_EQ(older->tls()->peer_certificate()->common_name, "localhost");
  ClientContextOptions fresh = client_options();
  fresh.resumption = false;
  const ClientContext without_sessions(fresh);
  connect();
  loop.block_on(shake_hands(server_context, without_sessions));
  EXPECT_EQ(client->tls()->peer_certificate()->common_name, "renewed");
}

TEST_P(StreamTls, SaysWhatIsWrongWithACertificate) {
  TestWishes wishes;
  wishes.names = "DNS:other.example.com,IP:192.0.2.1";
  Error error = refusal(server_options(wishes), client_options());
  EXPECT_EQ(word(error), "wrong_host");
  EXPECT_THAT(error.message(), HasSubstr("is not for localhost: it is for other.example.com, 192.0.2.1"));
  EXPECT_EQ(word(refusal(server_options(wishes), client_options(), "127.0.0.1")), "wrong_host");

  ServerOptions self_signed;
  self_signed.certificates.push_back(files_of("self", tls::make_certificate({}, nullptr)));
  error = refusal(self_signed, client_options());
  EXPECT_EQ(word(error), "self_signed");
  EXPECT_EQ(error.code(), Code::internal);

  const TestCertificate stranger = tls::make_authority("Stranger");
  ServerOptions strange;
  strange.certificates.push_back(files_of("strange", tls::make_certificate({}, &stranger)));
  error = refusal(strange, client_options());
  EXPECT_EQ(word(error), "unknown_issuer");
  EXPECT_THAT(error.message(), HasSubstr("signed by CN=Stranger"));

  wishes = {};
  wishes.usage = "clientAuth";
  error = refusal(server_options(wishes), client_options());
  EXPECT_EQ(word(error), "wrong_purpose");

  const TestCertificate revoked = tls::make_certificate({}, &authority);
  ServerOptions of_revoked;
  of_revoked.certificates.push_back(files_of("revoked", revoked));
  ClientContextOptions with_list = client_options();
  with_list.crl = file("crl.pem", tls::make_revocations(authority, {&revoked}));
  error = refusal(of_revoked, with_list);
  EXPECT_EQ(word(error), "revoked");
  EXPECT_EQ(refusal(server_options(), with_list).message(), "accepted");
}

TEST_P(StreamTls, ASelfSignedCertificateCanBeTrustedByName) {
  ServerOptions self_signed;
  self_signed.certificates.push_back(files_of("self", tls::make_certificate({}, nullptr)));
  ClientContextOptions ours;
  ours.ca = self_signed.certificates.front().cert;
  EXPECT_EQ(refusal(self_signed, ours).message(), "accepted");
}

TEST_P(StreamTls, AClientMustSayWhomItExpects) {
  const ClientContext client_context;
  connect();
  auto run = [&]() -> Task<void> { co_await client->start_tls(client_context, tls::ClientOptions()); };
  EXPECT_THROW(loop.block_on(run()), Error);
}

TEST_P(StreamTls, AHandshakeEndsAtItsLimitAndNothingIsSentInPlainTextAfterIt) {
  ClientContextOptions ours = client_options();
  ours.handshake_timeout = 20ms;
  const ClientContext client_context(ours);
  connect();
  auto run = [&]() -> Task<void> {
    co_await client->start_tls(client_context, tls::ClientOptions("localhost"));
  };
  try {
    loop.block_on(run());
    FAIL() << "nobody answered";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::deadline_exceeded);
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
    co_await when_all(serve(), client_side(client_context, tls::ClientOptions("localhost")));
    EXPECT_EQ(co_await read_once(*client), "hello");
  };
  loop.block_on(run());
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
}  // namespace ngo::net
