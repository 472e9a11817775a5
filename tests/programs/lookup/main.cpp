// The code of docs/dns.md, and what the system tests ask about names.
#include <ngo/app.hpp>
#include <ngo/app/dns.hpp>
#include <ngo/net/stream.hpp>
#include <ngo/runtime/combine.hpp>

namespace {

struct Wanted {
  std::string family = "any";
};

struct Addresses {
  std::string name;
  std::vector<std::string> addresses;
  std::int64_t seconds;
  bool stale;
};

struct Target {
  std::string host;
  std::uint16_t port;
  std::uint16_t priority;
};

ngo::net::Family family_of(const std::string& text) {
  if (text == "ipv4") return ngo::net::Family::ipv4;
  return text == "ipv6" ? ngo::net::Family::ipv6 : ngo::net::Family::any;
}

// [resolve]
ngo::Task<Addresses> addresses_of(std::string host, ngo::net::Family family, ngo::Dns& dns) {
  ngo::net::Resolved found = co_await dns.here().resolve(host, family);
  Addresses out{
      found.name, {}, std::chrono::duration_cast<std::chrono::seconds>(found.ttl).count(), found.stale};
  for (const ngo::net::Address& address : found.addresses) out.addresses.push_back(address.host());
  co_return out;
}
// [/resolve]

// [services]
ngo::Task<std::vector<Target>> servers_of(std::string service, ngo::Dns& dns) {
  ngo::net::ResolvedService found = co_await dns.here().resolve_service(service);
  std::vector<Target> out;
  for (const ngo::net::Service& each : found.services) out.push_back({each.host, each.port, each.priority});
  co_return out;
}
// [/services]

// [connect]
ngo::Task<std::string> greeting_of(std::string host, std::uint16_t port, ngo::Dns& dns) {
  ngo::net::Socket socket =
      co_await ngo::with_timeout(std::chrono::seconds(5), ngo::net::connect(dns.here(), host, port));
  ngo::net::Stream stream(ngo::EventLoop::current(), std::move(socket));
  char bytes[100];
  std::size_t size = co_await stream.read_some(bytes);
  co_return std::string(bytes, size);
}
// [/connect]

}  // namespace

int main(int argc, char** argv) {
  ngo::App app(argc, argv);
  app.get("/addresses/{host}", [](std::string host, ngo::Query<Wanted> wanted, ngo::Dns& dns) {
    return addresses_of(std::move(host), family_of(wanted->family), dns);
  });
  app.get("/services/{name}",
          [](std::string name, ngo::Dns& dns) { return servers_of(std::move(name), dns); });
  app.get("/greeting/{host}/{port}", [](std::string host, std::uint16_t port, ngo::Dns& dns) {
    return greeting_of(std::move(host), port, dns);
  });
  return app.run();
}
