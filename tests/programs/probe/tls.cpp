// What TLS knows of a connection, and a call to somebody else's TLS server.
#include <cstdint>
#include <string>
#include <vector>

#include <ngo/net/stream.hpp>
#include <ngo/net/tls_context.hpp>
#include <ngo/runtime/combine.hpp>

#include "probe.hpp"

namespace probe {
namespace {

struct Link {
  std::string version;
  std::string cipher;
  std::string alpn;
  std::string server_name;
  bool resumed = false;
  std::string client;
  std::vector<std::string> client_uris;
};

struct Target {
  std::uint16_t port = 0;
  std::string name = "localhost";
  std::string ca;
  std::string crl;
  std::string cert;
  std::string key;
  std::string alpn;
  bool verify = true;
  bool tls13 = false;
  std::string send;
};

struct Outcome {
  std::string answer;
  std::string version;
  std::string alpn;
  std::string error;
  std::string certificate;  // what is wrong with it
  bool stapled = false;
};

ngo::Task<Outcome> call(ngo::Query<Target> query) {
  const Target& target = *query;
  ngo::tls::ClientContextOptions options;
  options.verify = target.verify;
  options.ca = target.ca;
  options.crl = target.crl;
  options.cert = target.cert;
  options.key = target.key;
  if (target.tls13) options.min_version = ngo::tls::Version::tls13;
  if (!target.alpn.empty()) options.alpn = {target.alpn};
  Outcome outcome;
  try {
    const ngo::tls::ClientContext context(options);
    ngo::net::Address address = ngo::net::Address::parse("127.0.0.1", target.port);
    ngo::net::Socket socket = co_await ngo::net::connect(address);
    ngo::net::Stream stream(ngo::EventLoop::current(), std::move(socket));
    ngo::tls::ClientOptions whom(target.name);
    co_await stream.start_tls(context, whom);
    outcome.version = stream.tls()->version();
    outcome.alpn = stream.tls()->alpn();
    outcome.stapled = stream.tls()->stapled();
    if (!target.send.empty()) {
      co_await stream.write_all(target.send);
      char bytes[4096];
      const std::size_t got = co_await stream.read_some(bytes);
      outcome.answer.assign(bytes, got);
    }
    stream.shutdown_write();
  } catch (const ngo::Error& error) {
    outcome.error = error.message();
    for (const auto& [name, value] : error.fields()) {
      if (name == "certificate") outcome.certificate = value;
    }
  }
  co_return outcome;
}

}  // namespace

void add_tls(ngo::App& app) {
  app.get("/tls", [](const ngo::Request& request) {
    Link link;
    const ngo::tls::Session* session = request.tls();
    if (session == nullptr) return link;
    link.version = session->version();
    link.cipher = session->cipher();
    link.alpn = session->alpn();
    link.server_name = session->server_name();
    link.resumed = session->resumed();
    if (const auto certificate = request.client_certificate()) {
      link.client = certificate->common_name;
      link.client_uris = certificate->uris;
    }
    return link;
  });
  app.get("/tls/call", &call);
}

}  // namespace probe
