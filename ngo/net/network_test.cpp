#include "ngo/net/network.hpp"

#include <gtest/gtest.h>

namespace ngo::net {
namespace {

Network network(std::string_view text) {
  std::string problem;
  std::optional<Network> made = Network::parse(text, problem);
  EXPECT_TRUE(made) << problem;
  return made.value_or(Network());
}

bool holds(std::string_view net, std::string_view address) {
  return network(net).contains(Address::parse(address, 80));
}

TEST(Network, HoldsTheAddressesWithItsPrefix) {
  EXPECT_TRUE(holds("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(holds("192.168.4.0/22", "192.168.7.255"));
  EXPECT_FALSE(holds("192.168.4.0/22", "192.168.8.0"));
  EXPECT_TRUE(holds("0.0.0.0/0", "1.2.3.4"));
  EXPECT_FALSE(holds("0.0.0.0/0", "::1"));
  EXPECT_TRUE(holds("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(holds("192.0.2.1", "192.0.2.1"));
  EXPECT_FALSE(holds("192.0.2.1", "192.0.2.2"));
}

TEST(Network, TakesAnIpv4AddressThatIsWrittenAsIpv6AsTheIpv4Address) {
  EXPECT_TRUE(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
  EXPECT_FALSE(holds("10.0.0.0/8", "::ffff:11.1.2.3"));
  EXPECT_FALSE(holds("10.0.0.0/8", "::10.1.2.3"));
  EXPECT_TRUE(holds("::ffff:0:0/96", "::ffff:10.1.2.3"));
  EXPECT_TRUE(holds("::/0", "::1"));
}

TEST(Network, KnowsUnixSocketsAndTheUnknown) {
  EXPECT_TRUE(holds("unix", "unix:/run/x"));
  EXPECT_FALSE(holds("unix", "127.0.0.1"));
  EXPECT_FALSE(holds("0.0.0.0/0", "unix:/run/x"));
  EXPECT_FALSE(network("0.0.0.0/0").contains(Address()));
  EXPECT_FALSE(Network().contains(Address()));
}

TEST(Network, SaysWhatIsWrongWithAText) {
  for (std::string_view text : {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0/8", "::/129", "lan",
                                "10.0.0.0/8 ", "/8", "10.0.0.0/8/8", "[::1]"}) {
    std::string problem;
    EXPECT_FALSE(Network::parse(text, problem)) << text;
    EXPECT_NE(problem, "") << text;
  }
  std::string problem;
  EXPECT_FALSE(Network::parse("10.1.2.3/8", problem));
  EXPECT_EQ(problem, "\"10.1.2.3/8\" has bits behind its prefix; the network is 10.0.0.0/8");
}

TEST(Network, ComesBackFromItsText) {
  for (std::string_view text : {"10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "::1", "unix", "0.0.0.0/0"})
    EXPECT_EQ(network(text).to_string(), text);
}

}  // namespace
}  // namespace ngo::net
