// What tests of TLS begin with: an authority, files for what it signs, and two connected streams.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "ngo/base/error.hpp"
#include "ngo/net/stream.hpp"
#include "ngo/net/tls_test_certificates_impl.hpp"
#include "ngo/runtime/combine.hpp"

namespace ngo::tls {

using net::Socket;
using net::Stream;

// For both versions.
class TlsPair : public testing::TestWithParam<Version> {
 protected:
  std::string file(const std::string& name, const std::string& content) {
    const std::string prefix = testing::TempDir() + "ngo_tls_" + std::to_string(getpid()) + "_";
    return write_test_file(prefix, name, content);
  }
  CertificateOptions files_of(const std::string& name, const TestCertificate& made) {
    CertificateOptions options;
    options.cert = file(name + ".pem", made.pem());
    options.key = file(name + ".key", made.key_pem());
    return options;
  }
  ServerOptions server_options(const TestWishes& wishes = {}) {
    ServerOptions options;
    options.max_version = GetParam();
    options.certificates.push_back(files_of("server", make_certificate(wishes, &authority)));
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
  Task<void> client_side(const ClientContext& context, ClientOptions options) {
    co_await client->start_tls(context, options);
  }
  // Both sides; the first failure is thrown.
  Task<void> shake_hands(const ServerContext& server_context, const ClientContext& client_context,
                         std::string name = "localhost") {
    co_await when_all(server->start_tls(server_context), client_side(client_context, ClientOptions(name)));
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
        co_await client->start_tls(client_context, ClientOptions(name));
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
  TestCertificate authority = make_authority();
  std::unique_ptr<Stream> client;
  std::unique_ptr<Stream> server;
};

inline Task<std::string> read_all(Stream& stream) {
  std::string all;
  char bytes[3000];
  while (std::size_t got = co_await stream.read_some(bytes)) all.append(bytes, got);
  co_return all;
}

inline Task<std::string> read_once(Stream& stream) {
  char bytes[3000];
  co_return std::string(bytes, co_await stream.read_some(bytes));
}

inline Task<void> send_and_end(Stream& stream, std::string_view text) {
  co_await stream.write_all(text);
  stream.shutdown_write();
}

inline std::string numbers(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + ",";
  text.resize(size);
  return text;
}

}  // namespace ngo::tls
