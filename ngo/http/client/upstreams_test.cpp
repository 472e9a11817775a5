#include "ngo/http/client/upstreams.hpp"

#include <gtest/gtest.h>

#include <map>

namespace ngo::http {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

std::vector<net::Address> addresses(std::initializer_list<const char*> hosts) {
  std::vector<net::Address> made;
  for (const char* host : hosts) made.push_back(net::Address::parse(host, 80));
  return made;
}

constexpr TimePoint kStart{1s};

std::string chosen(Balancer& balancer, std::uint64_t random = 0, TimePoint now = kStart,
                   const Upstream* but = nullptr) {
  return balancer.choose(now, random, but)->address.host();
}

TEST(Balancer, TakesTurns) {
  Balancer balancer({});
  balancer.assign(addresses({"10.0.0.1", "10.0.0.2", "10.0.0.3"}));
  std::map<std::string, int> calls;
  for (int i = 0; i < 30; ++i) ++calls[chosen(balancer)];
  EXPECT_EQ(calls, (std::map<std::string, int>{{"10.0.0.1", 10}, {"10.0.0.2", 10}, {"10.0.0.3", 10}}));
}

TEST(Balancer, AvoidsTheOneThatHasJustFailed) {
  Balancer balancer({});
  balancer.assign(addresses({"10.0.0.1", "10.0.0.2"}));
  const Balancer::Server failed = balancer.choose(kStart, 0);
  for (int i = 0; i < 10; ++i) EXPECT_NE(chosen(balancer, 0, kStart, failed.get()), failed->address.host());
  balancer.assign(addresses({"10.0.0.1"}));
  EXPECT_EQ(chosen(balancer, 0, kStart, balancer.servers()[0].get()), "10.0.0.1");
}

TEST(Balancer, LeavesOutAServerThatFailsSeveralTimesInARow) {
  Balancer balancer({Balance::round_robin, 3, 10s});
  balancer.assign(addresses({"10.0.0.1", "10.0.0.2", "10.0.0.3"}));
  Upstream& bad = *balancer.servers()[1];
  balancer.failed(bad, kStart);
  balancer.failed(bad, kStart);
  balancer.succeeded(bad, 1ms);
  balancer.failed(bad, kStart);
  balancer.failed(bad, kStart);
  EXPECT_EQ(bad.ejected_until, TimePoint{});
  balancer.failed(bad, kStart);
  for (int i = 0; i < 30; ++i) EXPECT_NE(chosen(balancer), "10.0.0.2");
  // It is tried again when the time is over, and left out for longer when it fails at once.
  std::map<std::string, int> calls;
  for (int i = 0; i < 30; ++i) ++calls[chosen(balancer, 0, kStart + 10s)];
  EXPECT_EQ(calls["10.0.0.2"], 10);
  balancer.failed(bad, kStart + 10s);
  EXPECT_EQ(bad.ejected_until, kStart + 30s);
}

TEST(Balancer, AsksAllWhenHalfOfThemWouldBeLeftOut) {
  Balancer balancer({Balance::round_robin, 1, 10s});
  balancer.assign(addresses({"10.0.0.1", "10.0.0.2"}));
  balancer.failed(*balancer.servers()[0], kStart);
  std::map<std::string, int> calls;
  for (int i = 0; i < 10; ++i) ++calls[chosen(balancer)];
  EXPECT_EQ(calls["10.0.0.1"], 5);
}

TEST(Balancer, KnowsWhenAllFail) {
  Balancer balancer({});
  balancer.assign(addresses({"10.0.0.1", "10.0.0.2"}));
  balancer.failed(*balancer.servers()[0], kStart);
  EXPECT_FALSE(balancer.all_failing());
  balancer.failed(*balancer.servers()[1], kStart);
  EXPECT_TRUE(balancer.all_failing());
}

TEST(Balancer, ByLatencyTakesTheBetterOfTwo) {
  Balancer balancer({Balance::latency, 5, 10s});
  balancer.assign(addresses({"10.0.0.1", "10.0.0.2"}));
  balancer.succeeded(*balancer.servers()[0], 10ms);
  balancer.succeeded(*balancer.servers()[1], 1ms);
  for (std::uint64_t random = 0; random < 20; ++random)
    EXPECT_EQ(chosen(balancer, random * 0x123456789abcdefU), "10.0.0.2");
  // What it has to do already counts as well.
  balancer.servers()[1]->in_flight = 20;
  EXPECT_EQ(chosen(balancer), "10.0.0.1");
}

TEST(Balancer, ByLatencyTriesWhoHasNotAnsweredYet) {
  Balancer balancer({Balance::latency, 5, 10s});
  balancer.assign(addresses({"10.0.0.1", "10.0.0.2"}));
  balancer.succeeded(*balancer.servers()[0], 1ms);
  EXPECT_EQ(chosen(balancer), "10.0.0.2");
}

TEST(Balancer, KeepsWhatItKnowsOfThoseThatStay) {
  Balancer balancer({});
  balancer.assign(addresses({"10.0.0.1", "10.0.0.2"}));
  balancer.succeeded(*balancer.servers()[1], 5ms);
  balancer.assign(addresses({"10.0.0.2", "10.0.0.3", "10.0.0.3"}));
  ASSERT_EQ(balancer.servers().size(), 2U);
  EXPECT_EQ(balancer.servers()[0]->latency, 5e6);
  EXPECT_EQ(balancer.servers()[1]->address.host(), "10.0.0.3");
}

}  // namespace
}  // namespace ngo::http
