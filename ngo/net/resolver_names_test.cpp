#include <gtest/gtest.h>

#include <map>

#include "ngo/net/resolver_impl.hpp"

namespace ngo::net {
namespace {

Service service(std::string host, std::uint16_t priority, std::uint16_t weight) {
  return Service{std::move(host), 1, priority, weight};
}
std::string order(const std::vector<Service>& services) {
  std::string text;
  for (const Service& each : services) text += each.host;
  return text;
}

TEST(Services, AreTriedByPriority) {
  std::vector<Service> services = {service("c", 30, 1), service("a", 1, 0), service("b", 2, 65535)};
  order_services(services, [](std::uint32_t) { return 0U; });
  EXPECT_EQ(order(services), "abc");
}

TEST(Services, OfOnePriorityAreChosenByWeight) {
  // The example of RFC 2782: numbers run over the sum of the weights, those without weight first.
  const std::vector<Service> services = {service("x", 1, 3), service("y", 1, 1), service("z", 1, 0)};
  const auto first_for = [&](std::uint32_t number) {
    std::vector<Service> ordered = services;
    bool begun = false;
    order_services(ordered, [&](std::uint32_t most) {
      if (!begun) {
        EXPECT_EQ(most, 4U);
      }
      return std::exchange(begun, true) ? 0U : number;
    });
    return order(ordered);
  };
  EXPECT_EQ(first_for(0), "zyx");
  EXPECT_EQ(first_for(1), "yzx");
  EXPECT_EQ(first_for(2), "xzy");
  EXPECT_EQ(first_for(4), "xzy");
}

TEST(Services, ShareTheLoadInProportionToTheirWeights) {
  std::uint32_t state = 1;
  std::map<std::string, int> firsts;
  constexpr int kRounds = 10'000;
  for (int i = 0; i < kRounds; ++i) {
    std::vector<Service> services = {service("small", 1, 10), service("large", 1, 90)};
    order_services(services, [&](std::uint32_t most) {
      state = state * 1'664'525 + 1'013'904'223;
      return (state >> 8) % (most + 1);
    });
    ++firsts[services[0].host];
  }
  EXPECT_NEAR(firsts["small"], kRounds / 10, kRounds / 50);
}

TEST(Services, MayBeNone) {
  std::vector<Service> services;
  order_services(services, [](std::uint32_t) { return 0U; });
  EXPECT_TRUE(services.empty());
}

}  // namespace
}  // namespace ngo::net
