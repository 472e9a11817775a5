#include "ngo/app/dns.hpp"

#include <gtest/gtest.h>

#include "ngo/config/bind.hpp"
#include "ngo/config/yaml.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/workers.hpp"

namespace ngo {
namespace {

TEST(Dns, HasAResolverForEveryWorkerAndOneBesideThem) {
  EventLoop loop;
  Workers workers(2);
  Dns dns(net::DnsOptions{}, &workers);
  loop.block_on([](Dns& all, Workers& of) -> Task<void> {
    std::vector<net::Resolver*> found = {&all.here()};
    EXPECT_EQ(&all.here(), found[0]);
    for (std::size_t i = 0; i < of.size(); ++i) {
      auto look = [&all]() -> Task<net::Resolver*> {
        net::Resolved local = co_await all.here().resolve("localhost");
        EXPECT_EQ(local.addresses.size(), 2U);
        co_return &all.here();
      };
      found.push_back(co_await run_on(of.loop(i), look));
    }
    EXPECT_NE(found[0], found[1]);
    EXPECT_NE(found[1], found[2]);
    co_await all.close();
  }(dns, workers));
}

TEST(Dns, ServesWithoutWorkersAsInTests) {
  EventLoop loop;
  Dns dns(net::DnsOptions{}, nullptr);
  loop.block_on([](Dns& all) -> Task<void> {
    net::Resolved found = co_await all.here().resolve("192.0.2.1");
    EXPECT_EQ(found.addresses[0].host(), "192.0.2.1");
    co_await all.close();
  }(dns));
}

TEST(Dns, ReadsItsSettingsFromItsSection) {
  config::Report report;
  config::Node node =
      config::parse_yaml("{servers: [10.0.0.2], timeout: 500ms, staleFor: 2h, ndots: 3}", "app.yaml", report);
  net::DnsOptions options;
  EXPECT_TRUE(config::bind(options, node, "dns", report)) << report.to_string();
  EXPECT_EQ(options.servers, std::vector<std::string>{"10.0.0.2"});
  EXPECT_EQ(options.timeout, std::chrono::milliseconds(500));
  EXPECT_EQ(options.stale_for, std::chrono::hours(2));
  EXPECT_EQ(options.ndots, 3U);

  config::Node wrong = config::parse_yaml("{servers: [ns1.example.com]}", "app.yaml", report);
  EXPECT_FALSE(config::bind(options, wrong, "dns", report));
  EXPECT_NE(report.to_string().find("\"ns1.example.com\" is no DNS server"), std::string::npos);
}

}  // namespace
}  // namespace ngo
