// When servers fail, are slow or send rubbish, and when those who wait give up.

#include "ngo/net/test_resolver_impl.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/scope.hpp"

namespace ngo::net {
namespace {

using std::chrono_literals::operator""min;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

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

TEST_F(ResolverTest, DoesNotWaitForLongForAFamilyWhoseAnswerDoesNotCome) {
  server.answer_by([](const DnsQuestion& question) {
    return question.type == 28 ? silence(question) : database("192.0.2.1")(question);
  });
  const TimePoint before = clock.now();
  EXPECT_EQ(resolve("db.test"), "192.0.2.1");
  EXPECT_GE(clock.now() - before, 500ms);
  EXPECT_LT(clock.now() - before, 2s);
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

}  // namespace
}  // namespace ngo::net
