#include "ngo/net/resolver.hpp"

#include <unistd.h>

#include <cstdio>

#include "ngo/net/test_resolver_impl.hpp"

namespace ngo::net {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;

TEST_F(ResolverTest, FindsTheAddressesOfBothFamiliesIpv6First) {
  EXPECT_EQ(resolve("db.test"), "2001:db8::1 192.0.2.1");
  EXPECT_EQ(last.name, "db.test");
  EXPECT_EQ(last.ttl, 60s);
  EXPECT_FALSE(last.stale);
}

TEST_F(ResolverTest, FindsTheAddressesOfOneFamilyWithoutAskingForTheOther) {
  EXPECT_EQ(resolve("db.test", Family::ipv4), "192.0.2.1");
  EXPECT_EQ(server.asked(), std::vector<std::string>{"db.test A"});
  EXPECT_EQ(resolve("db.test", Family::ipv6), "2001:db8::1");
}

TEST_F(ResolverTest, RemembersAnAnswerForItsTime) {
  resolve("db.test", Family::ipv4);
  clock.advance(50s);
  EXPECT_EQ(resolve("DB.test.", Family::ipv4), "192.0.2.1");
  EXPECT_EQ(last.ttl, 10s);
  EXPECT_EQ(server.times_asked("db.test A"), 1);
  clock.advance(11s);
  server.answer_by(database("192.0.2.2"));
  EXPECT_EQ(resolve("db.test", Family::ipv4), "192.0.2.2");
  EXPECT_EQ(server.times_asked("db.test A"), 2);
}

TEST_F(ResolverTest, KnowsLiteralAddressesAndLocalhostByItself) {
  EXPECT_EQ(resolve("127.0.0.7"), "127.0.0.7");
  EXPECT_EQ(resolve("::1"), "::1");
  EXPECT_EQ(resolve("[2001:db8::9]"), "2001:db8::9");
  EXPECT_EQ(resolve("localhost"), "::1 127.0.0.1");
  EXPECT_EQ(resolve("web.LocalHost.", Family::ipv4), "127.0.0.1");
  EXPECT_EQ(failure("127.0.0.1", Family::ipv6).code(), Code::not_found);
  EXPECT_EQ(failure("x.invalid").code(), Code::not_found);
  EXPECT_TRUE(server.asked().empty());
}

TEST_F(ResolverTest, RefusesWhatIsNoName) {
  const std::string label(64, 'a');
  const std::string host = "db.test";
  for (const std::string& text :
       {std::string(), std::string("."), std::string("a..b"), std::string(".a"), std::string("a b"),
        std::string("a/b"), std::string("ä.test"), label, std::string("256.1.1.1"), std::string("10.1"),
        std::string("[db.test]"), std::string("fe80::1%eth0"), std::string("a\0b", 3),
        std::string(254, 'a')}) {
    EXPECT_EQ(failure(text).code(), Code::invalid_argument) << text;
  }
  EXPECT_TRUE(server.asked().empty());
}

TEST_F(ResolverTest, FollowsAliasesInWhateverOrderTheyStand) {
  server.answer_by([](const DnsQuestion& question) {
    return DnsReply(question)
        .address("node.Test", 100, "192.0.2.7")
        .alias("middle.test", 20, "node.test")
        .address("other.test", 5, "192.0.2.66")
        .alias("WWW.test", 300, "middle.test")
        .bytes();
  });
  EXPECT_EQ(resolve("www.test", Family::ipv4), "192.0.2.7");
  EXPECT_EQ(last.name, "www.test");
  EXPECT_EQ(last.ttl, 20s);
}

TEST_F(ResolverTest, LetsTheAddressesTakeTurnsInBeingTheFirst) {
  server.answer_by([](const DnsQuestion& question) {
    DnsReply reply(question);
    for (const char* each : {"192.0.2.1", "192.0.2.2", "192.0.2.3"}) reply.address("db.test", 60, each);
    return reply.bytes();
  });
  EXPECT_EQ(resolve("db.test", Family::ipv4), "192.0.2.1 192.0.2.2 192.0.2.3");
  EXPECT_EQ(resolve("db.test", Family::ipv4), "192.0.2.2 192.0.2.3 192.0.2.1");
  EXPECT_EQ(resolve("db.test", Family::ipv4), "192.0.2.3 192.0.2.1 192.0.2.2");
  EXPECT_EQ(resolve("db.test", Family::ipv4), "192.0.2.1 192.0.2.2 192.0.2.3");
}

TEST_F(ResolverTest, EndsAtAliasesThatGoInACircle) {
  server.answer_by([](const DnsQuestion& question) {
    return DnsReply(question).alias("a.test", 60, "b.test").alias("b.test", 60, "a.test").bytes();
  });
  EXPECT_EQ(failure("a.test").code(), Code::not_found);
}

TEST_F(ResolverTest, SaysThatANameIsNotKnownAndRemembersIt) {
  DnsOptions with = options();
  with.max_negative_ttl = 20s;
  make(with);
  const Error error = failure("gone.test");
  EXPECT_EQ(error.code(), Code::not_found);
  EXPECT_EQ(error.message(), "\"gone.test\" is not known (asked " + server.address() + " for gone.test)");
  EXPECT_EQ(error.fields(), (Error::Fields{{"host", "gone.test"}}));
  clock.advance(19s);
  failure("gone.test");
  EXPECT_EQ(server.times_asked("gone.test A"), 1);
  clock.advance(2s);
  failure("gone.test");
  EXPECT_EQ(server.times_asked("gone.test A"), 2);
}

TEST_F(ResolverTest, RemembersANegativeAnswerNoLongerThanItsAuthoritySays) {
  server.answer_by(
      [](const DnsQuestion& question) { return DnsReply(question, 3).authority(300, 5).bytes(); });
  failure("gone.test", Family::ipv4);
  clock.advance(4s);
  failure("gone.test", Family::ipv4);
  EXPECT_EQ(server.times_asked("gone.test A"), 1);
  clock.advance(2s);
  failure("gone.test", Family::ipv4);
  EXPECT_EQ(server.times_asked("gone.test A"), 2);
}

TEST_F(ResolverTest, TellsANameWithoutAddressesFromOneThatIsNot) {
  server.answer_by(database("192.0.2.1"));
  EXPECT_EQ(resolve("db.test"), "192.0.2.1");
  EXPECT_NE(failure("db.test", Family::ipv6).message().find("has no address of that family"),
            std::string::npos);
}

TEST_F(ResolverTest, TriesTheSearchDomainsBehindAShortName) {
  DnsOptions with = options();
  with.search = {"a.lan", "test"};
  make(with);
  EXPECT_EQ(resolve("db", Family::ipv4), "192.0.2.1");
  EXPECT_EQ(last.name, "db.test");
  EXPECT_EQ(server.asked(), (std::vector<std::string>{"db.a.lan A", "db.test A"}));
  EXPECT_EQ(failure("no", Family::ipv4).message(),
            "\"no\" is not known (asked " + server.address() + " for no.a.lan, no.test, no)");
}

TEST_F(ResolverTest, TakesANameWithEnoughDotsOrOneAtItsEndAsItIs) {
  DnsOptions with = options();
  with.search = {"lan"};
  with.ndots = 2;
  make(with);
  EXPECT_EQ(resolve("db.test.", Family::ipv4), "192.0.2.1");
  EXPECT_EQ(server.times_asked("db.test.lan A"), 0);
  EXPECT_EQ(resolve("db.test", Family::ipv4), "192.0.2.1");
  EXPECT_EQ(server.times_asked("db.test.lan A"), 1);
  failure("x.db.test", Family::ipv4);
  EXPECT_EQ(server.asked()[server.asked().size() - 2], "x.db.test A");
}

TEST_F(ResolverTest, DoesNotGoOnInTheSearchListBehindAFailure) {
  server.answer_by([](const DnsQuestion& question) {
    return question.name == "db.lan" ? server_failure(question) : database("192.0.2.66")(question);
  });
  DnsOptions with = options();
  with.search = {"lan", "test"};
  make(with);
  EXPECT_EQ(failure("db", Family::ipv4).code(), Code::unavailable);
  EXPECT_EQ(server.times_asked("db.test A"), 0);
}

TEST_F(ResolverTest, ReadsServersAndDomainsFromResolvConfAndSeesItsChange) {
  const std::string path = testing::TempDir() + "resolv.conf." + std::to_string(getpid());
  const auto write = [&](const std::string& text) {
    std::FILE* file = std::fopen(path.c_str(), "w");
    std::fputs(text.c_str(), file);
    std::fclose(file);
  };
  write("search a.lan test\noptions ndots:3\n");
  DnsOptions with = options();
  with.resolv_conf = path;
  make(with);
  EXPECT_EQ(resolve("db", Family::ipv4), "192.0.2.1");
  failure("x.y.lan", Family::ipv4);
  EXPECT_EQ(server.asked(), (std::vector<std::string>{"db.a.lan A", "db.test A", "x.y.lan.a.lan A",
                                                      "x.y.lan.test A", "x.y.lan A"}));
  write("search other.test\n");
  clock.advance(10s);
  failure("db", Family::ipv4);
  EXPECT_EQ(server.asked()[5], "db.other.test A");
  unlink(path.c_str());
}

TEST_F(ResolverTest, TakesTheHostsFileBeforeTheServersAndSeesItsChange) {
  const std::string path = testing::TempDir() + "hosts." + std::to_string(getpid());
  const auto write = [&](const std::string& text) {
    std::FILE* file = std::fopen(path.c_str(), "w");
    std::fputs(text.c_str(), file);
    std::fclose(file);
  };
  write("192.0.2.77 db.test\n2001:db8::77 db.test\n");
  DnsOptions with = options();
  with.hosts_file = path;
  make(with);
  EXPECT_EQ(resolve("DB.test"), "2001:db8::77 192.0.2.77");
  write("# nothing\n");
  EXPECT_EQ(resolve("db.test"), "2001:db8::77 192.0.2.77");
  clock.advance(10s);
  EXPECT_EQ(resolve("db.test"), "2001:db8::1 192.0.2.1");
  unlink(path.c_str());
}

TEST_F(ResolverTest, AsksAgainShortlyBeforeTheEndForANameInUse) {
  resolve("db.test", Family::ipv4);
  server.answer_by(database("192.0.2.2"));
  clock.advance(55s);
  EXPECT_EQ(resolve("db.test", Family::ipv4), "192.0.2.1");
  settle();
  EXPECT_EQ(server.times_asked("db.test A"), 2);
  clock.advance(30s);
  EXPECT_EQ(resolve("db.test", Family::ipv4), "192.0.2.2");
  EXPECT_EQ(server.times_asked("db.test A"), 2);
}

TEST_F(ResolverTest, KeepsAnAnswerWithinTheLimitsOfItsOptions) {
  DnsOptions with = options();
  with.min_ttl = 10s;
  with.max_ttl = 20s;
  make(with);
  resolve("db.test", Family::ipv4);
  EXPECT_EQ(last.ttl, 20s);
  server.answer_by(database("192.0.2.1", "2001:db8::1", 0));
  resolve("db.test", Family::ipv6);
  EXPECT_EQ(last.ttl, 10s);
}

TEST_F(ResolverTest, GivesAnAnswerThatIsNotToBeKeptToThoseWhoWaitedForIt) {
  DnsOptions with = options();
  with.min_ttl = 0s;
  make(with);
  server.answer_by(database("192.0.2.1", "2001:db8::1", 0));
  EXPECT_EQ(resolve("db.test", Family::ipv4), "192.0.2.1");
  EXPECT_EQ(resolve("db.test", Family::ipv4), "192.0.2.1");
  EXPECT_EQ(server.times_asked("db.test A"), 2);
}

TEST_F(ResolverTest, ForgetsTheNameNotUsedForLongestWhenThereAreTooMany) {
  server.answer_by([](const DnsQuestion& question) {
    return DnsReply(question).address(question.name, 60, "192.0.2.1").bytes();
  });
  DnsOptions with = options();
  with.max_entries = 2;
  make(with);
  resolve("a.test", Family::ipv4);
  resolve("b.test", Family::ipv4);
  resolve("a.test", Family::ipv4);
  resolve("c.test", Family::ipv4);
  EXPECT_EQ(resolver->counts().entries, 2U);
  resolve("a.test", Family::ipv4);
  EXPECT_EQ(server.times_asked("a.test A"), 1);
  resolve("b.test", Family::ipv4);
  EXPECT_EQ(server.times_asked("b.test A"), 2);
  resolver->clear();
  EXPECT_EQ(resolver->counts().entries, 0U);
  resolve("b.test", Family::ipv4);
  EXPECT_EQ(server.times_asked("b.test A"), 3);
}

TEST_F(ResolverTest, OrdersTheServersOfAServiceByPriority) {
  server.answer_by([](const DnsQuestion& question) {
    return DnsReply(question)
        .service(question.name, 60, 20, 0, 53, "backup.test")
        .service(question.name, 60, 10, 5, 5432, "Main.test")
        .bytes();
  });
  make(options());
  const ResolvedService found = loop.block_on(resolver->resolve_service("_pg._tcp.test"));
  ASSERT_EQ(found.services.size(), 2U);
  EXPECT_EQ(found.name, "_pg._tcp.test");
  EXPECT_EQ(found.services[0].host, "main.test");
  EXPECT_EQ(found.services[0].port, 5432);
  EXPECT_EQ(found.services[0].weight, 5);
  EXPECT_EQ(found.services[1].host, "backup.test");
  EXPECT_EQ(server.asked(), std::vector<std::string>{"_pg._tcp.test SRV"});
}

TEST_F(ResolverTest, TellsOfAServiceThatIsDecidedlyNotOffered) {
  server.answer_by([](const DnsQuestion& question) {
    return DnsReply(question).service(question.name, 60, 0, 0, 0, ".").bytes();
  });
  make(options());
  try {
    loop.block_on(resolver->resolve_service("_pg._tcp.test"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::not_found);
    EXPECT_NE(error.message().find("is not offered here"), std::string::npos);
  }
}

TEST_F(ResolverTest, TellsAWatchWhenTheAddressesAreOthers) {
  make(options());
  std::vector<std::string> seen;
  Resolver::Watch watch = resolver->watch(
      "db.test", Family::any, {}, [&](const Resolved& now) { seen.push_back(text_of(now.addresses)); });
  const auto pass = [&](Duration time) {
    loop.block_on([](Duration how_long) -> Task<void> { co_await sleep(how_long); }(time));
  };
  pass(10min);
  EXPECT_EQ(seen, std::vector<std::string>{"2001:db8::1 192.0.2.1"});
  server.answer_by(database("192.0.2.9"));
  pass(3min);
  EXPECT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen.back(), "192.0.2.9");
  server.answer_by(server_failure);
  pass(10min);
  EXPECT_EQ(seen.size(), 2U);
  watch = {};
  server.answer_by(database("192.0.2.1"));
  pass(10min);
  EXPECT_EQ(seen.size(), 2U);
}

TEST_F(ResolverTest, AWatchMayBeDroppedByWhatItCalls) {
  make(options());
  int told = 0;
  Resolver::Watch watch;
  watch = resolver->watch("db.test", Family::any, {}, [&](const Resolved&) {
    ++told;
    watch = {};
  });
  settle();
  EXPECT_EQ(told, 1);
}

TEST(DnsOptions, SaysWhatIsWrong) {
  DnsOptions options;
  EXPECT_EQ(options.validate(), "");
  for (const char* right : {"10.0.0.2", "10.0.0.2:5353", "fd00::2", "[fd00::2]:53"}) {
    options.servers = {right};
    EXPECT_EQ(options.validate(), "") << right;
  }
  for (const char* wrong :
       {"", "dns.test", "10.0.0.2:", "10.0.0.2:0", "10.0.0.2:70000", "[fd00::2", "[10.0.0.2]:53"}) {
    options.servers = {wrong};
    EXPECT_NE(options.validate(), "") << wrong;
  }
  options.servers = {};
  options.search = {"example.com.", "."};
  EXPECT_EQ(options.validate(), "");
  options.search = {"ex ample.com"};
  EXPECT_NE(options.validate(), "");
  options.search = {};
  options.min_ttl = 2h;
  EXPECT_EQ(options.validate(), "minTtl is above maxTtl");
}

}  // namespace
}  // namespace ngo::net
