#include "ngo/http/forwarded.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "ngo/base/text.hpp"

namespace ngo::http {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

// What find_client() says for a peer, as "address" or "address by TLS". 10.0.0.0/8 and Unix sockets are
// trusted.
std::string client_of(std::string_view peer, const Fields& fields,
                      ForwardedHeader source = ForwardedHeader::x_forwarded_for) {
  std::string bytes;
  HeaderTable headers;
  for (const auto& [name, value] : fields) {
    const auto at = static_cast<std::uint32_t>(bytes.size());
    headers.add(known_header(name), at, static_cast<std::uint32_t>(name.size()),
                at + static_cast<std::uint32_t>(name.size()), static_cast<std::uint32_t>(value.size()));
    bytes += name + value;
  }
  headers.rebase(bytes.data());
  std::string problem;
  const std::vector<net::Network> trusted = {*net::Network::parse("10.0.0.0/8", problem),
                                             *net::Network::parse("unix", problem)};
  Client client = find_client({net::Address::parse(peer, 1), false}, headers, trusted, source);
  return client.address.host() + (client.secure ? " by TLS" : "");
}

TEST(Forwarded, CountsForNothingFromAPeerThatIsNotTrusted) {
  const Fields all = {{"Forwarded", "for=1.1.1.1;proto=https"},
                      {"X-Forwarded-For", "1.1.1.1"},
                      {"X-Forwarded-Proto", "https"},
                      {"X-Real-IP", "1.1.1.1"}};
  EXPECT_EQ(client_of("192.0.2.9", all), "192.0.2.9");
  EXPECT_EQ(client_of("10.0.0.1", all), "1.1.1.1 by TLS");
}

TEST(Forwarded, IsWalkedFromTheRightThroughTrustedProxiesOnly) {
  struct Case {
    const char* header;
    const char* value;
    const char* client;
  };
  for (const Case& each : {
           Case{"X-Forwarded-For", "6.6.6.6, 192.0.2.1", "192.0.2.1"},
           Case{"X-Forwarded-For", "6.6.6.6, 192.0.2.1, 10.0.0.7", "192.0.2.1"},
           Case{"X-Forwarded-For", "10.0.0.8, 10.0.0.7", "10.0.0.8"},
           Case{"X-Forwarded-For", "10.9.9.9, 192.0.2.1", "192.0.2.1"},
           Case{"X-Forwarded-For", "192.0.2.1:4711", "192.0.2.1"},
           Case{"X-Forwarded-For", "2001:db8::1", "2001:db8::1"},
           Case{"X-Forwarded-For", "[2001:db8::1]:80", "2001:db8::1"},
           Case{"X-Forwarded-For", "192.0.2.1, unknown", "10.0.0.1"},
           Case{"X-Forwarded-For", "192.0.2.1, evil\", 10.0.0.7", "10.0.0.7"},
           Case{"X-Forwarded-For", "", "10.0.0.1"},
           Case{"X-Forwarded-For", ",, ,", "10.0.0.1"},
           Case{"X-Real-IP", "192.0.2.1", "192.0.2.1"},
           Case{"X-Real-IP", "nobody", "10.0.0.1"},
           Case{"Forwarded", "for=6.6.6.6, for=192.0.2.1;by=10.0.0.1", "192.0.2.1"},
           Case{"Forwarded", "For=\"[2001:db8::1]:4711\"", "2001:db8::1"},
           Case{"Forwarded", "for=192.0.2.1, for=_hidden", "10.0.0.1"},
           Case{"Forwarded", "for=192.0.2.1;proto=https, for=10.0.0.7;proto=http", "192.0.2.1 by TLS"},
           Case{"Forwarded", "for=unknown;proto=https", "10.0.0.1 by TLS"},
           Case{"Forwarded", "proto=HTTPS ; for=192.0.2.1", "192.0.2.1 by TLS"},
           Case{"Forwarded", "for=6.6.6.6;x=\", for=192.0.2.1", "10.0.0.1"},
           Case{"Forwarded", "for=6.6.6.6;x=\", for=\"[2001:db8::1]\"", "10.0.0.1"},
           Case{"Forwarded", "for=192.0.2.1;for=6.6.6.6", "10.0.0.1"},
           Case{"Forwarded", "192.0.2.1", "10.0.0.1"},
       }) {
    const std::string_view header = each.header;
    const ForwardedHeader source = header == "Forwarded"   ? ForwardedHeader::forwarded
                                   : header == "X-Real-IP" ? ForwardedHeader::x_real_ip
                                                           : ForwardedHeader::x_forwarded_for;
    EXPECT_EQ(client_of("10.0.0.1", {{each.header, each.value}}, source), each.client) << each.value;
  }
}

TEST(Forwarded, JoinsFieldsInTheirOrderAndKeepsQuotationMarksInside) {
  EXPECT_EQ(client_of("10.0.0.1", {{"X-Forwarded-For", "6.6.6.6"}, {"X-Forwarded-For", "192.0.2.1"}}),
            "192.0.2.1");
  EXPECT_EQ(client_of("10.0.0.1", {{"Forwarded", "for=\"6.6.6.6"}, {"Forwarded", "for=192.0.2.1"}},
                      ForwardedHeader::forwarded),
            "192.0.2.1");
}

// The proxy writes one of them and passes on the others as the client has sent them.
TEST(Forwarded, BelievesTheOneHeaderThatTheProxiesWrite) {
  for (const char* forged : {"for=6.6.6.6", "for=unknown", "for=192.0.2.1;proto=https"}) {
    EXPECT_EQ(client_of("10.0.0.1", {{"Forwarded", forged}, {"X-Forwarded-For", "192.0.2.1"}}), "192.0.2.1");
    EXPECT_EQ(client_of("10.0.0.1", {{"Forwarded", forged}}), "10.0.0.1");
  }
  const Fields both = {
      {"Forwarded", "for=6.6.6.6"}, {"X-Forwarded-For", "192.0.2.1"}, {"X-Real-IP", "192.0.2.2"}};
  EXPECT_EQ(client_of("10.0.0.1", both, ForwardedHeader::forwarded), "6.6.6.6");
  EXPECT_EQ(client_of("10.0.0.1", both, ForwardedHeader::x_forwarded_for), "192.0.2.1");
  EXPECT_EQ(client_of("10.0.0.1", both, ForwardedHeader::x_real_ip), "192.0.2.2");
}

TEST(Forwarded, TakesTheSchemeOfTheNearestProxyUnlessThereIsOneForEachAddress) {
  EXPECT_EQ(client_of("10.0.0.1", {{"X-Forwarded-For", "192.0.2.1"}, {"X-Forwarded-Proto", "http, https"}}),
            "192.0.2.1 by TLS");
  EXPECT_EQ(client_of("10.0.0.1",
                      {{"X-Forwarded-For", "6.6.6.6, 192.0.2.1"}, {"X-Forwarded-Proto", "https, http"}}),
            "192.0.2.1");
  EXPECT_EQ(client_of("10.0.0.1",
                      {{"X-Forwarded-For", "192.0.2.1, 10.0.0.2"}, {"X-Forwarded-Proto", "https, http"}}),
            "192.0.2.1 by TLS");
  EXPECT_EQ(client_of("unix:/x", {{"X-Forwarded-Proto", "https"}}), "unix:/x by TLS");
  EXPECT_EQ(client_of("10.0.0.1", {{"X-Forwarded-Proto", "gopher"}}), "10.0.0.1");
}

TEST(Forwarded, LooksAtAsManyProxiesAsAnybodyHas) {
  std::string many = "192.0.2.1";
  for (int i = 0; i < 1000; ++i) many += ", 10.0.0.2";
  EXPECT_EQ(client_of("10.0.0.1", {{"X-Forwarded-For", many}}), "10.0.0.2");
}

}  // namespace
}  // namespace ngo::http
