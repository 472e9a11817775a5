// The code of docs/tls.md.
#include <ngo/app.hpp>
#include <ngo/net/stream.hpp>
#include <ngo/net/tls_context.hpp>

struct Asker {
  std::string name;
  std::string protocol;
};

struct Target {
  std::uint16_t port = 0;
  std::string ca;
};

// [call]
ngo::Task<std::string> first_line(const ngo::tls::ClientContext& context, ngo::net::Address address) {
  ngo::net::Stream stream(ngo::EventLoop::current(), co_await ngo::net::connect(address));
  ngo::tls::ClientOptions options("localhost");  // whom the certificate must name
  co_await stream.start_tls(context, options);
  co_await stream.write_all("GET /tls/asker HTTP/1.0\r\nHost: localhost\r\n\r\n");
  char bytes[1024];
  const std::size_t got = co_await stream.read_some(bytes);
  std::string_view answer(bytes, got);
  co_return std::string(answer.substr(0, answer.find('\r')));
}
// [/call]

void add_tls(ngo::App& app) {
  // [asker]
  app.get("/tls/asker", [](const ngo::Request& request) {
    std::optional<ngo::tls::Certificate> client = request.client_certificate();
    return Asker{client ? client->common_name : "nobody", std::string(request.scheme())};
  });
  // [/asker]
  app.get("/tls/call", [](ngo::Query<Target> target) -> ngo::Task<std::string> {
    ngo::tls::ClientContextOptions options;
    options.ca = target->ca;
    const ngo::tls::ClientContext context(options);
    ngo::net::Address address = ngo::net::Address::parse("127.0.0.1", target->port);
    co_return co_await first_line(context, address);
  });
}
