#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "ngo/net/tls_test_pair_impl.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::tls {
namespace {

using testing::HasSubstr;
using TlsHandshake = TlsPair;

INSTANTIATE_TEST_SUITE_P(Versions, TlsHandshake, testing::Values(Version::tls12, Version::tls13),
                         [](const auto& parameter) {
                           return parameter.param == Version::tls12 ? "Tls12" : "Tls13";
                         });

TEST_P(TlsHandshake, ResumesASession) {
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
  connect();
  loop.block_on(run(resumed));
  EXPECT_TRUE(resumed) << "the second time was given a ticket as well";
}

TEST_P(TlsHandshake, ASessionIsNotResumedUnderAnotherName) {
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

TEST_P(TlsHandshake, AgreesOnAProtocolAndTellsTheName) {
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

TEST_P(TlsHandshake, WithoutACommonProtocolThereIsNoConnection) {
  ServerOptions theirs = server_options();
  theirs.alpn = {"h2"};
  ClientContextOptions ours = client_options();
  ours.alpn = {"imap"};
  EXPECT_THAT(refusal(theirs, ours).message(), HasSubstr("no application protocol that both sides take"));
}

TEST_P(TlsHandshake, ShowsTheCertificateThatHasTheName) {
  ServerOptions theirs = server_options();
  TestWishes wishes;
  wishes.subject = "exact";
  wishes.names = "DNS:a.example.com";
  theirs.certificates.push_back(files_of("exact", make_certificate(wishes, &authority)));
  wishes.subject = "star";
  wishes.names = "DNS:*.example.com";
  theirs.certificates.push_back(files_of("star", make_certificate(wishes, &authority)));
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

TEST_P(TlsHandshake, KeysOfTwoKindsServeOneName) {
  ServerOptions theirs = server_options();
  TestWishes wishes;
  wishes.rsa = true;
  theirs.certificates.push_back(files_of("rsa", make_certificate(wishes, &authority)));
  theirs.max_version = Version::tls12;
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

TEST_P(TlsHandshake, AClientShowsItsCertificate) {
  ServerOptions theirs = server_options();
  theirs.client_auth = ClientAuth::required;
  theirs.client_ca = file("clients.pem", authority.pem());
  const ServerContext server_context(theirs);
  TestWishes wishes;
  wishes.subject = "orders";
  wishes.names = "URI:spiffe://example.com/orders";
  ClientContextOptions ours = client_options();
  const CertificateOptions files = files_of("orders", make_certificate(wishes, &authority));
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
    const std::optional<Certificate> shown = server->tls()->peer_certificate();
    ASSERT_TRUE(shown);
    EXPECT_EQ(shown->common_name, "orders");
    EXPECT_EQ(shown->subject, "CN=orders");
    EXPECT_EQ(shown->issuer, "CN=Test Authority");
    EXPECT_THAT(shown->uris, testing::ElementsAre("spiffe://example.com/orders"));
    EXPECT_EQ(shown->fingerprint.size(), 64U);
    EXPECT_GT(shown->not_after, shown->not_before);
  }
}

TEST_P(TlsHandshake, AClientWithoutTheRequiredCertificateIsTold) {
  ServerOptions theirs = server_options();
  theirs.client_auth = ClientAuth::required;
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
      co_await client->start_tls(client_context, ClientOptions("localhost"));
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

TEST_P(TlsHandshake, NewCertificatesAreShownAfterAReload) {
  ServerOptions theirs = server_options();
  ServerContext server_context(theirs);
  const ClientContext client_context(client_options());
  EXPECT_FALSE(server_context.reload_if_changed());
  TestWishes wishes;
  wishes.subject = "renewed";
  const TestCertificate renewed = make_certificate(wishes, &authority);
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

TEST_P(TlsHandshake, SaysWhatIsWrongWithACertificate) {
  TestWishes wishes;
  wishes.names = "DNS:other.example.com,IP:192.0.2.1";
  Error error = refusal(server_options(wishes), client_options());
  EXPECT_EQ(word(error), "wrong_host");
  EXPECT_THAT(error.message(), HasSubstr("is not for localhost: it is for other.example.com, 192.0.2.1"));
  EXPECT_EQ(word(refusal(server_options(wishes), client_options(), "127.0.0.1")), "wrong_host");

  ServerOptions self_signed;
  self_signed.certificates.push_back(files_of("self", make_certificate({}, nullptr)));
  error = refusal(self_signed, client_options());
  EXPECT_EQ(word(error), "self_signed");
  EXPECT_EQ(error.code(), Code::internal);

  const TestCertificate stranger = make_authority("Stranger");
  ServerOptions strange;
  strange.certificates.push_back(files_of("strange", make_certificate({}, &stranger)));
  error = refusal(strange, client_options());
  EXPECT_EQ(word(error), "unknown_issuer");
  EXPECT_THAT(error.message(), HasSubstr("signed by CN=Stranger"));

  wishes = {};
  wishes.usage = "clientAuth";
  error = refusal(server_options(wishes), client_options());
  EXPECT_EQ(word(error), "wrong_purpose");

  const TestCertificate revoked = make_certificate({}, &authority);
  ServerOptions of_revoked;
  of_revoked.certificates.push_back(files_of("revoked", revoked));
  ClientContextOptions with_list = client_options();
  with_list.crl = file("crl.pem", make_revocations(authority, {&revoked}));
  error = refusal(of_revoked, with_list);
  EXPECT_EQ(word(error), "revoked");
  EXPECT_EQ(refusal(server_options(), with_list).message(), "accepted");
}

TEST_P(TlsHandshake, ASelfSignedCertificateCanBeTrustedByName) {
  ServerOptions self_signed;
  self_signed.certificates.push_back(files_of("self", make_certificate({}, nullptr)));
  ClientContextOptions ours;
  ours.ca = self_signed.certificates.front().cert;
  EXPECT_EQ(refusal(self_signed, ours).message(), "accepted");
}

TEST_P(TlsHandshake, AClientMustSayWhomItExpects) {
  const ClientContext client_context;
  connect();
  auto run = [&]() -> Task<void> { co_await client->start_tls(client_context, ClientOptions()); };
  EXPECT_THROW(loop.block_on(run()), Error);
}

}  // namespace
}  // namespace ngo::tls
