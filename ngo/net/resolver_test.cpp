#include "ngo/net/resolver.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <optional>

#include "ngo/base/error.hpp"
#include "ngo/net/test_dns_server_impl.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/scope.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::net {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

std::string no_such_name(const DnsQuestion& question) {
  return DnsReply(question, 3).authority(300, 300).bytes();
}
std::string nothing(const DnsQuestion& question) { return DnsReply(question).authority(300, 300).bytes(); }
std::string server_failure(const DnsQuestion& question) { return DnsReply(question, 2).bytes(); }
std::string silence(const DnsQuestion&) { return {}; }

std::string text_of(const std::vector<Address>& addresses) {
  std::string text;
  for (const Address& address : addresses) text += (text.empty() ? "" : " ") + address.host();
  return text;
}

// Answers for db.test with the addresses that it is given.
TestDnsServer::Answer database(std::string four, std::string six = "", unsigned ttl = 60) {
  return [=](const DnsQuestion& question) {
    if (question.name != "db.test") return no_such_name(question);
    const std::string& text = question.type == 1 ? four : six;
    if (text.empty() || question.type == 33) return nothing(question);
    return DnsReply(question).address("db.test", ttl, text).bytes();
  };
}

// A resolver and its server on a loop whose time is the test's.
class ResolverTest : public testing::Test {
 public:
  ~ResolverTest() override {
    resolver.reset();
    loop.block_on(end());
  }
  Task<void> end() {
    loop.cancel_detached();
    while (loop.detached_count() > 0) co_await yield();
  }

  DnsOptions options() {
    DnsOptions options;
    options.servers = {server.address()};
    options.hosts_file = "";
    options.resolv_conf = "/nonexistent/resolv.conf";
    return options;
  }
  void make(DnsOptions with) {
    resolver.emplace(loop, std::move(with), [this](const std::string& text) { warnings.push_back(text); });
  }
  std::string resolve(std::string_view host, Family family = Family::any) {
    if (!resolver) make(options());
    last = loop.block_on(resolver->resolve(host, family));
    return text_of(last.addresses);
  }
  Error failure(std::string_view host, Family family = Family::any) {
    try {
      ADD_FAILURE() << host << " is " << resolve(host, family);
    } catch (const Error& error) {
      return error;
    }
    return Error(Code::internal, "");
  }
  // Lets what is under way end.
  void settle() {
    loop.block_on([]() -> Task<void> {
      for (int i = 0; i < 50; ++i) co_await yield();
    }());
  }

  VirtualClock clock;
  EventLoop loop{clock};
  TestDnsServer server{loop, database("192.0.2.1", "2001:db8::1")};
  std::optional<Resolver> resolver;
  std::vector<std::string> warnings;
  Resolved last;
};

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

TEST_F(ResolverTest, ADeadlineSaysWhatWasAskedFor) {
  server.answer_by(silence);
  make(options());
  try {
    loop.block_on([](Resolver& by) -> Task<void> {
      co_await with_timeout(100ms, by.resolve("db.test", Family::ipv4));
    }(*resolver));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::deadline_exceeded);
    EXPECT_EQ(error.message(),
              "the deadline has passed while " + server.address() + " was asked for db.test");
  }
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

TEST_F(ResolverTest, ServesTheOldAnswerWhileTheServersFailAndSaysSoOnce) {
  resolve("db.test", Family::ipv4);
  clock.advance(5min);
  server.answer_by(server_failure);
  EXPECT_EQ(resolve("db.test", Family::ipv4), "192.0.2.1");
  EXPECT_TRUE(last.stale);
  EXPECT_EQ(last.ttl, 0s);
  clock.advance(1min);
  EXPECT_EQ(resolve("db.test", Family::ipv4), "192.0.2.1");
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_TRUE(warnings[0].starts_with("no new answer for db.test (A) from " + server.address() +
                                      ": no server can be reached, or they fail (SERVFAIL, REFUSED); "
                                      "the old one, over for 4m"))
      << warnings[0];
  EXPECT_EQ(resolver->counts().stale, 2U);

  server.answer_by(database("192.0.2.2"));
  clock.advance(2s);
  EXPECT_EQ(resolve("db.test", Family::ipv4), "192.0.2.2");
  EXPECT_FALSE(last.stale);
  server.answer_by(server_failure);
  clock.advance(5min);
  resolve("db.test", Family::ipv4);
  EXPECT_EQ(warnings.size(), 2U);
}

TEST_F(ResolverTest, ServesNoOldAnswerBeyondItsLimit) {
  DnsOptions with = options();
  with.stale_for = 10min;
  make(with);
  resolve("db.test", Family::ipv4);
  server.answer_by(server_failure);
  clock.advance(12min);
  const Error error = failure("db.test", Family::ipv4);
  EXPECT_EQ(error.code(), Code::unavailable);
  EXPECT_EQ(error.message(),
            "cannot look up \"db.test\": no server can be reached, or they fail (SERVFAIL, REFUSED) (asked " +
                server.address() + " for db.test A)");
}

TEST_F(ResolverTest, AnAnswerThatTheNameIsGoneIsNoFailure) {
  resolve("db.test", Family::ipv4);
  clock.advance(5min);
  server.answer_by(no_such_name);
  EXPECT_EQ(failure("db.test", Family::ipv4).code(), Code::not_found);
}

TEST_F(ResolverTest, GivesTheOldAnswerWhenTheNewOneIsSlow) {
  resolve("db.test", Family::ipv4);
  clock.advance(5min);
  server.answer_by(silence);
  const TimePoint before = clock.now();
  EXPECT_EQ(resolve("db.test", Family::ipv4), "192.0.2.1");
  EXPECT_TRUE(last.stale);
  EXPECT_GE(clock.now() - before, 1800ms);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find("none yet"), std::string::npos);
}

TEST_F(ResolverTest, WarnsOfTenNamesAMinuteAtMost) {
  server.answer_by([](const DnsQuestion& question) {
    return DnsReply(question).address(question.name, 1, "192.0.2.1").bytes();
  });
  const auto each = [&](auto use) {
    for (int i = 0; i < 20; ++i) use("n" + std::to_string(i) + ".test");
  };
  each([&](const std::string& name) { resolve(name, Family::ipv4); });
  server.answer_by(server_failure);
  clock.advance(1min);
  each([&](const std::string& name) { EXPECT_EQ(resolve(name, Family::ipv4), "192.0.2.1"); });
  EXPECT_EQ(warnings.size(), 10U);
}

TEST_F(ResolverTest, LeavesTheServersAloneForAMomentAfterTheyFailed) {
  server.answer_by(server_failure);
  EXPECT_EQ(failure("db.test", Family::ipv4).code(), Code::unavailable);
  const int asked = server.times_asked("db.test A");
  EXPECT_EQ(failure("db.test", Family::ipv4).code(), Code::unavailable);
  EXPECT_EQ(server.times_asked("db.test A"), asked);
  clock.advance(2s);
  server.answer_by(database("192.0.2.1"));
  EXPECT_EQ(resolve("db.test", Family::ipv4), "192.0.2.1");
}

TEST_F(ResolverTest, AsksAgainWhenNoAnswerComes) {
  int dropped = 0;
  server.answer_by([&](const DnsQuestion& question) {
    return ++dropped <= 2 ? silence(question) : database("192.0.2.1")(question);
  });
  DnsOptions with = options();
  with.timeout = 5ms;
  make(with);
  EXPECT_EQ(resolve("db.test", Family::ipv4), "192.0.2.1");
  EXPECT_EQ(server.times_asked("db.test A"), 3);
}

TEST_F(ResolverTest, GivesUpAfterAllAttempts) {
  server.answer_by(silence);
  DnsOptions with = options();
  with.timeout = 2ms;
  with.attempts = 2;
  make(with);
  const Error error = failure("db.test", Family::ipv4);
  EXPECT_EQ(error.code(), Code::unavailable);
  EXPECT_NE(error.message().find("no answer in time"), std::string::npos);
  EXPECT_NE(error.message().find(server.address()), std::string::npos);
  EXPECT_EQ(server.times_asked("db.test A"), 2);
}

TEST_F(ResolverTest, TakesTheNextServerWhenOneFailsOrIsNotThere) {
  TestDnsServer broken(loop, server_failure);
  DnsOptions with = options();
  with.servers = {"127.0.0.1:1", broken.address(), server.address()};
  make(with);
  EXPECT_EQ(resolve("db.test", Family::ipv4), "192.0.2.1");
  EXPECT_EQ(broken.times_asked("db.test A"), 1);
}

TEST_F(ResolverTest, SaysThatNoServerCanBeReached) {
  DnsOptions with = options();
  with.servers = {"127.0.0.1:1"};
  make(with);
  EXPECT_NE(failure("db.test").message().find("(asked 127.0.0.1:1 for db.test"), std::string::npos);
}

TEST_F(ResolverTest, TakesAnAnswerByTcpThatIsTooLongForADatagram) {
  constexpr int kMany = 400;
  server.answer_by([](const DnsQuestion& question) {
    if (!question.by_tcp) return DnsReply(question).truncated().bytes();
    DnsReply reply(question);
    for (int i = 0; i < kMany; ++i)
      reply.address(question.name, 60, "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250));
    return reply.bytes();
  });
  resolve("db.test", Family::ipv4);
  EXPECT_EQ(last.addresses.size(), std::size_t{kMany});
  EXPECT_EQ(server.asked(), (std::vector<std::string>{"db.test A", "db.test A by TCP"}));
}

TEST_F(ResolverTest, PassesOverDatagramsThatAreNoAnswer) {
  // The first is for somebody else, the second is cut in half; the third comes after the timeout.
  int sent = 0;
  server.answer_by([&](DnsQuestion question) {
    ++sent;
    if (sent == 1) question.id = "zz";
    const std::string right = database("192.0.2.1")(question);
    return sent == 2 ? right.substr(0, 9) : right;
  });
  DnsOptions with = options();
  with.timeout = 5ms;
  make(with);
  EXPECT_EQ(resolve("db.test", Family::ipv4), "192.0.2.1");
  EXPECT_EQ(sent, 3);
}

TEST_F(ResolverTest, RefusesAnAnswerThatCannotBeRead) {
  server.answer_by([](const DnsQuestion& question) {
    const std::string right = database("192.0.2.1")(question);
    return right.substr(0, right.size() - 2);
  });
  const Error error = failure("db.test", Family::ipv4);
  EXPECT_EQ(error.code(), Code::unavailable);
  EXPECT_NE(error.message().find("the answer cannot be read"), std::string::npos);
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

TEST_F(ResolverTest, DoesNotWaitForLongForAFamilyWhoseAnswerDoesNotCome) {
  server.answer_by([](const DnsQuestion& question) {
    return question.type == 28 ? silence(question) : database("192.0.2.1")(question);
  });
  const TimePoint before = clock.now();
  EXPECT_EQ(resolve("db.test"), "192.0.2.1");
  EXPECT_GE(clock.now() - before, 500ms);
  EXPECT_LT(clock.now() - before, 2s);
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

TEST_F(ResolverTest, AsksOnceForAllWhoWait) {
  make(options());
  const auto both = loop.block_on(when_all(resolver->resolve("db.test"), resolver->resolve("db.test")));
  EXPECT_EQ(text_of(std::get<0>(both).addresses), text_of(std::get<1>(both).addresses));
  EXPECT_EQ(server.times_asked("db.test A"), 1);
  EXPECT_EQ(server.times_asked("db.test AAAA"), 1);
}

TEST_F(ResolverTest, WhoGivesUpDoesNotHarmOthersWhoWait) {
  make(options());
  std::string answered;
  bool cancelled = false;
  loop.block_on([](ResolverTest& test, std::string& to, bool& gave_up) -> Task<void> {
    co_await Scope::run([&](Scope& scope) -> Task<void> {
      Context context;
      auto first = [](ResolverTest& of, Context& under, bool& ended) -> Task<void> {
        try {
          co_await with_context(under, of.resolver->resolve("db.test"));
        } catch (const Error& error) {
          ended = error.code() == Code::cancelled;
        }
      };
      auto second = [](ResolverTest& of, std::string& into) -> Task<void> {
        Resolved resolved = co_await of.resolver->resolve("db.test");
        into = text_of(resolved.addresses);
      };
      scope.spawn(first(test, context, gave_up));
      scope.spawn(second(test, to));
      context.cancel();
      co_await yield();
      while (to.empty()) co_await yield();
    });
  }(*this, answered, cancelled));
  EXPECT_TRUE(cancelled);
  EXPECT_EQ(answered, "2001:db8::1 192.0.2.1");
  EXPECT_EQ(server.times_asked("db.test A"), 1);
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

TEST_F(ResolverTest, EndsTheWaitsOfThoseWhoStillWaitWhenItGoes) {
  server.answer_by(silence);
  make(options());
  loop.block_on([](ResolverTest& test) -> Task<void> {
    co_await Scope::run([&](Scope& scope) -> Task<void> {
      auto wait = [](Task<Resolved> lookup) -> Task<void> {
        try {
          co_await std::move(lookup);
          ADD_FAILURE();
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), Code::unavailable);
          EXPECT_NE(error.message().find("the resolver was closed"), std::string::npos);
        }
      };
      scope.spawn(wait(test.resolver->resolve("db.test")));
      test.resolver.reset();
      co_return;
    });
  }(*this));
}

TEST_F(ResolverTest, MayBeCancelledWhereverItWaits) {
  // The server answers after a turn for each type, so that every wait is real.
  DnsOptions with = options();
  with.search = {"a.lan", "b.lan"};
  for (int turns = 0; turns < 30; ++turns) {
    make(with);
    loop.block_on([](ResolverTest& test, int before) -> Task<void> {
      Context context(Context::current());
      co_await Scope::run([&](Scope& scope) -> Task<void> {
        auto look = [](ResolverTest& of, Context& under) -> Task<void> {
          try {
            co_await with_context(under, of.resolver->resolve("db"));
          } catch (const Error& error) {
            EXPECT_TRUE(error.code() == Code::cancelled || error.code() == Code::not_found);
          }
        };
        scope.spawn(look(test, context));
        for (int i = 0; i < before; ++i) co_await yield();
        context.cancel();
        co_return;
      });
    }(*this, turns));
    resolver.reset();
  }
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
