// Forwarded headers: whatever a client has sent to a trusted proxy, which appends the client's real address,
// that address is the client, or the walk stops at the proxy. Nothing that the client makes up ever counts.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "ngo/http/forwarded.hpp"

namespace {

using ngo::http::ForwardedHeader;
using ngo::http::KnownHeader;

std::string client_of(KnownHeader name, const std::string& value) {
  ngo::http::HeaderTable headers;
  headers.add(name, 0, 1, 0, static_cast<std::uint32_t>(value.size()));
  headers.rebase(value.data());
  std::string problem;
  const std::vector<ngo::net::Network> trusted = {*ngo::net::Network::parse("10.0.0.0/8", problem)};
  const ngo::http::Client peer{ngo::net::Address::parse("10.0.0.1", 1), false};
  const ForwardedHeader source = name == KnownHeader::forwarded   ? ForwardedHeader::forwarded
                                 : name == KnownHeader::x_real_ip ? ForwardedHeader::x_real_ip
                                                                  : ForwardedHeader::x_forwarded_for;
  return ngo::http::find_client(peer, headers, trusted, source).address.host();
}

void check(KnownHeader name, const std::string& value) {
  const std::string client = client_of(name, value);
  if (client == "192.0.2.1" || client == "10.0.0.1") return;
  std::fprintf(stderr, "forwarded_fuzz: \"%s\" made the client %s\n", value.c_str(), client.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check(KnownHeader::x_forwarded_for, text + ", 192.0.2.1");
  check(KnownHeader::forwarded, text + ", for=192.0.2.1");
  check(KnownHeader::forwarded, text + ", for=\"192.0.2.1:80\";proto=https");
  static_cast<void>(client_of(KnownHeader::x_forwarded_for, text));
  static_cast<void>(client_of(KnownHeader::x_real_ip, text));
  static_cast<void>(client_of(KnownHeader::forwarded, text));
  return 0;
}
