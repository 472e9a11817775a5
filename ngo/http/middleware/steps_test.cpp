// The built-in steps around real requests: one server and its clients on one loop with virtual time.
#include "ngo/http/middleware/steps.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/http/middleware/collected_lines_impl.hpp"
#include "ngo/http/routes.hpp"
#include "ngo/http/server.hpp"
#include "ngo/log/log.hpp"
#include "ngo/net/stream.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::http {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""h;
using std::chrono_literals::operator""s;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class NoObjects final : public ObjectSource {
 public:
  void* object(const std::type_info&, std::string_view, const void*) override { return nullptr; }
};

class StepsTest : public testing::Test {
 public:
  StepsTest() : loop_(clock_), sink_(std::make_shared<CollectedLines>()) {
    options_.host = "127.0.0.1";
    options_.port = 0;
  }

  void serve(std::function<Task<void>()> body) {
    RouteTable table(routes_, options_);
    ASSERT_EQ(table.problems(), std::vector<std::string>());
    NoObjects none;
    table.bind(none);
    Server::Parts parts;
    parts.access_log = sink_;
    parts.maintenance = maintenance_;
    Server server(options_, table, {&loop_}, std::move(parts));
    server_ = &server;
    auto run = [&]() -> Task<void> {
      co_await server.start();
      co_await body();
      co_await server.stop(0ms);
    };
    loop_.block_on(run());
    server_ = nullptr;
  }

  // Everything that comes back for these bytes.
  Task<std::string> exchange(std::string bytes) {
    net::Stream stream(loop_, co_await net::connect(server_->address()));
    co_await stream.write_all(bytes);
    std::string got;
    char piece[4096];
    for (;;) {
      const std::size_t size = co_await stream.read_some(piece);
      if (size == 0) break;
      got.append(piece, size);
    }
    co_return got;
  }
  Task<std::string> ask(std::string method, std::string target, std::string fields = "") {
    return exchange(method + " " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + fields +
                    "\r\n");
  }
  // One answer for one request, checked at once.
  std::string answer(std::string method, std::string target, std::string fields = "") {
    std::string got;
    auto body = [&]() -> Task<void> { got = co_await ask(method, target, fields); };
    serve(body);
    return got;
  }

  void log(std::string pattern) { options_.middlewares.access_log.emplace().pattern = std::move(pattern); }
  CorsOptions& cors(std::vector<std::string> origins) {
    CorsOptions& cors = options_.middlewares.cors.emplace();
    cors.origins = std::move(origins);
    return cors;
  }

  VirtualClock clock_;
  EventLoop loop_;
  std::shared_ptr<CollectedLines> sink_;
  std::shared_ptr<Maintenance> maintenance_ = std::make_shared<Maintenance>();
  ServerOptions options_;
  Routes routes_;
  Server* server_ = nullptr;
};

TEST_F(StepsTest, AddNothingByThemselves) {
  routes_.get("/", [] { return "x"; });
  EXPECT_THAT(answer("GET", "/"),
              testing::MatchesRegex("HTTP/1.1 200 OK\r\nContent-Type: [^\r]*\r\nDate: [^\r]*\r\n"
                                    "Content-Length: 1\r\nConnection: close\r\n\r\nx"));
  EXPECT_EQ(sink_->text, "");
}

// ---- access log

TEST_F(StepsTest, LogPlainFunctionsCoroutinesStreamsAndMissesAlike) {
  log("%m %U %s %b %{route}r %X");
  routes_.get("/plain", [] { return "four"; });
  routes_.get("/later/{n}", [](int) -> Task<std::string> {
    co_await sleep(1s);
    co_return "x";
  });
  routes_.get("/stream", [] {
    return Response::streamed(
        [](BodyWriter& out) -> Task<void> {
          co_await out.write("12345");
          co_await out.write("67890");
        },
        "text/plain");
  });
  auto body = [this]() -> Task<void> {
    co_await exchange(
        "GET /plain HTTP/1.1\r\nHost: x\r\n\r\nHEAD /plain HTTP/1.1\r\nHost: x\r\n\r\n"
        "GET /later/1 HTTP/1.1\r\nHost: x\r\n\r\nGET /stream HTTP/1.1\r\nHost: x\r\n\r\n"
        "GET /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  };
  serve(body);
  EXPECT_THAT(sink_->text, StartsWith("GET /plain 200 4 /plain +\n"
                                      "HEAD /plain 200 - /plain +\n"
                                      "GET /later/1 200 1 /later/{n} +\n"
                                      "GET /stream 200 10 /stream +\n"
                                      "GET /none 404 "));
  EXPECT_THAT(sink_->text, testing::EndsWith(" - -\n"));
}

TEST_F(StepsTest, LogHowLongARequestTook) {
  log("%D %T");
  routes_.get("/", []() -> Task<std::string> {
    co_await sleep(2500ms);
    co_return "x";
  });
  static_cast<void>(answer("GET", "/"));
  EXPECT_EQ(sink_->text, "2500 2.500\n");
}

TEST_F(StepsTest, LogRefusedHeads) {
  log("%a \"%r\" %s");
  auto body = [this]() -> Task<void> {
    EXPECT_THAT(co_await exchange("GARBAGE\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  };
  serve(body);
  EXPECT_EQ(sink_->text, "127.0.0.1 \"-\" 400\n");
}

TEST_F(StepsTest, LogClientsThatGoAwayWith499) {
  log("%U %s %b %X");
  routes_.get("/slow", []() -> Task<std::string> {
    co_await sleep(1h);
    co_return "x";
  });
  auto body = [this]() -> Task<void> {
    {
      net::Stream stream(loop_, co_await net::connect(server_->address()));
      co_await stream.write_all("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
      co_await sleep(10ms);
    }
    co_await sleep(10ms);
  };
  serve(body);
  EXPECT_EQ(sink_->text, "/slow 499 - X\n");
}

TEST_F(StepsTest, LogNeitherProbesNorRoutesWithout) {
  log("%U");
  routes_.get("/probe", [] { return "ok"; }).probe();
  routes_.get("/quiet", [] { return "ok"; }).without(Step::access_log);
  Routes& group = routes_.group("/group");
  group.without(Step::access_log);
  group.get("/quiet", [] { return "ok"; });
  routes_.get("/health/care", [] { return "ok"; });
  auto body = [this]() -> Task<void> {
    for (const char* target : {"/probe", "/quiet", "/group/quiet", "/health/care"})
      co_await ask("GET", target);
  };
  serve(body);
  EXPECT_EQ(sink_->text, "/health/care\n");
}

// ---- request id

TEST_F(StepsTest, TakeTheRequestIdOfTheClientOrMakeOne) {
  options_.middlewares.request_id.emplace();
  routes_.get("/", [](Request& request) { return std::string(request.id()); });
  const std::string given = answer("GET", "/", "X-Request-Id: abc-1.2_3\r\n");
  EXPECT_THAT(given, HasSubstr("\r\nX-Request-Id: abc-1.2_3\r\n"));
  EXPECT_THAT(given, testing::EndsWith("\r\n\r\nabc-1.2_3"));
  const std::string made = answer("GET", "/");
  EXPECT_THAT(made, testing::ContainsRegex("\r\nX-Request-Id: [0-9a-f]{32}\r\n"));
  EXPECT_EQ(made.substr(made.size() - 32), made.substr(made.find("X-Request-Id: ") + 14, 32));
}

TEST_F(StepsTest, MakeANewIdForOneThatCouldForgeOrFillALog) {
  options_.middlewares.request_id.emplace();
  routes_.get("/", [](Request& request) { return std::string(request.id()); });
  const std::string bad[] = {"a b", "a\"b", "a{b", "\xc3\xa4", "a\tb", "a;b", std::string(129, 'a'), ""};
  for (const std::string& id : bad) {
    EXPECT_THAT(answer("GET", "/", "X-Request-Id: " + id + "\r\n"),
                testing::ContainsRegex("\r\nX-Request-Id: [0-9a-f]{32}\r\n"))
        << id;
  }
}

TEST_F(StepsTest, GiveTheProblemBodyTheSameIdAsTheAnswer) {
  options_.middlewares.request_id.emplace();
  routes_.get("/", []() -> std::string { throw Error(Code::not_found, "nothing"); });
  const std::string got = answer("GET", "/");
  const std::string id = got.substr(got.find("X-Request-Id: ") + 14, 32);
  EXPECT_THAT(got, HasSubstr("\"trace_id\":\"" + id + "\""));
}

TEST_F(StepsTest, NameTheRequestIdOfTheClientInLogLines) {
  options_.middlewares.request_id.emplace();
  routes_.get("/", [] {
    log::info("here");
    return "x";
  });
  log::Capture captured;
  static_cast<void>(answer("GET", "/", "X-Request-Id: abc\r\n"));
  EXPECT_THAT(captured.text(), HasSubstr(R"("request_id":"abc")"));
}

TEST_F(StepsTest, ReadAndSendTheRequestIdUnderAnotherName) {
  RequestIdOptions& options = options_.middlewares.request_id.emplace();
  options.header = "X-Correlation";
  routes_.get("/", [] { return "x"; });
  EXPECT_THAT(answer("GET", "/", "x-correlation: c1\r\nX-Request-Id: no\r\n"),
              HasSubstr("\r\nX-Correlation: c1\r\n"));
  options.answer = false;
  EXPECT_THAT(answer("GET", "/"), Not(HasSubstr("X-Correlation")));
}

// ---- security headers

TEST_F(StepsTest, SendSecurityHeadersWithEveryAnswer) {
  SecurityHeadersOptions& options = options_.middlewares.security_headers.emplace();
  options.content_security_policy = "default-src 'self'";
  options.more["X-More"] = "1";
  routes_.get("/", [] { return "x"; });
  for (const char* target : {"/", "/none"}) {
    const std::string got = answer("GET", target);
    for (const char* line : {"X-Content-Type-Options: nosniff", "X-Frame-Options: DENY", "X-More: 1",
                             "Referrer-Policy: strict-origin-when-cross-origin",
                             "Content-Security-Policy: default-src 'self'"}) {
      EXPECT_THAT(got, HasSubstr("\r\n" + std::string(line) + "\r\n")) << target;
    }
    EXPECT_THAT(got, Not(HasSubstr("Strict-Transport-Security")));
  }
  auto body = [this]() -> Task<void> {
    EXPECT_THAT(co_await exchange("GARBAGE\r\n\r\n"), HasSubstr("X-Frame-Options: DENY"));
  };
  serve(body);
}

TEST_F(StepsTest, LeaveTheSecurityHeadersThatAHandlerSets) {
  options_.middlewares.security_headers.emplace().hsts = Hsts::always;
  routes_.get("/", [] { return Response(200).header("x-frame-options", "SAMEORIGIN"); });
  const std::string got = answer("GET", "/");
  EXPECT_THAT(got, HasSubstr("\r\nx-frame-options: SAMEORIGIN\r\n"));
  EXPECT_THAT(got, Not(HasSubstr("DENY")));
  EXPECT_THAT(got, HasSubstr("\r\nStrict-Transport-Security: max-age=31536000; includeSubDomains\r\n"));
}

TEST_F(StepsTest, ExplainSecurityHeadersThatCannotBe) {
  SecurityHeadersOptions options;
  EXPECT_EQ(options.mistake(), "");
  options.frame_options = "ALLOW";
  EXPECT_THAT(options.mistake(), HasSubstr("SAMEORIGIN"));
  options.frame_options = "";
  options.content_security_policy = "a\r\nX-Forged: 1";
  EXPECT_THAT(options.mistake(), HasSubstr("control character"));
  options.content_security_policy = "";
  options.more["Date"] = "x";
  EXPECT_THAT(options.mistake(), HasSubstr("set by the server itself"));
}

// ---- CORS

constexpr const char* kPreflight =
    "Origin: https://a.example\r\nAccess-Control-Request-Method: PUT\r\n"
    "Access-Control-Request-Headers: content-type, x-token\r\n";

TEST_F(StepsTest, AnswerAPreflightWithTheMethodsOfTheAddress) {
  cors({"https://a.example"}).credentials = true;
  routes_.get("/a/{id}", [](int) { return "x"; });
  routes_.put("/a/{id}", [](int) { return "x"; });
  const std::string got = answer("OPTIONS", "/a/1", kPreflight);
  EXPECT_THAT(got, StartsWith("HTTP/1.1 204 "));
  for (const char* line :
       {"Access-Control-Allow-Origin: https://a.example",
        "Access-Control-Allow-Methods: GET, HEAD, PUT, OPTIONS",
        "Access-Control-Allow-Headers: content-type, x-token", "Access-Control-Allow-Credentials: true",
        "Access-Control-Max-Age: 1800", "Vary: Origin"}) {
    EXPECT_THAT(got, HasSubstr("\r\n" + std::string(line) + "\r\n"));
  }
}

TEST_F(StepsTest, AnswerAPreflightOutsideOfTheMiddleware) {
  cors({"https://a.example"});
  routes_.use([](Request&, Next) -> Task<Response> { co_return Response(401); });
  routes_.put("/", [] { return "x"; });
  EXPECT_THAT(answer("OPTIONS", "/", kPreflight), StartsWith("HTTP/1.1 204 "));
  const std::string got = answer("PUT", "/", "Origin: https://a.example\r\n");
  EXPECT_THAT(got, StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(got, HasSubstr("\r\nAccess-Control-Allow-Origin: https://a.example\r\n"));
}

TEST_F(StepsTest, RefuseThePreflightOfAnotherOrigin) {
  cors({"https://b.example"});
  routes_.put("/", [] { return "x"; });
  const std::string got = answer("OPTIONS", "/", kPreflight);
  EXPECT_THAT(got, StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(got, Not(HasSubstr("Access-Control-Allow")));
  // The request itself is served: only a browser knows the origin for sure, and it will not show the answer.
  const std::string served = answer("PUT", "/", "Origin: https://a.example\r\n");
  EXPECT_THAT(served, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(served, Not(HasSubstr("Access-Control-Allow")));
  EXPECT_THAT(served, HasSubstr("\r\nVary: Origin\r\n"));
}

TEST_F(StepsTest, LeaveOrdinaryOptionsAndUnknownAddressesAlone) {
  cors({"*"});
  routes_.put("/", [] { return "x"; });
  EXPECT_THAT(answer("OPTIONS", "/"), HasSubstr("\r\nAllow: PUT, OPTIONS\r\n"));
  EXPECT_THAT(answer("OPTIONS", "/none", kPreflight), StartsWith("HTTP/1.1 404 "));
}

TEST_F(StepsTest, AllowEveryOriginWithAStar) {
  CorsOptions& options = cors({"*"});
  options.exposed_headers = {"X-A", "X-B"};
  options.private_network = true;
  routes_.get("/", [] { return "x"; });
  const std::string got = answer("GET", "/", "Origin: null\r\n");
  EXPECT_THAT(got, HasSubstr("\r\nAccess-Control-Allow-Origin: *\r\n"));
  EXPECT_THAT(got, HasSubstr("\r\nAccess-Control-Expose-Headers: X-A, X-B\r\n"));
  EXPECT_THAT(got, Not(HasSubstr("Vary")));
  EXPECT_THAT(
      answer("OPTIONS", "/", std::string(kPreflight) + "Access-Control-Request-Private-Network: true\r\n"),
      HasSubstr("\r\nAccess-Control-Allow-Private-Network: true\r\n"));
}

TEST_F(StepsTest, KeepCorsOffRoutesWithout) {
  cors({"*"});
  routes_.put("/", [] { return "x"; }).without(Step::cors);
  EXPECT_THAT(answer("OPTIONS", "/", kPreflight), Not(HasSubstr("Access-Control-Allow-Methods")));
  EXPECT_THAT(answer("PUT", "/", "Origin: https://a.example\r\n"), Not(HasSubstr("Access-Control")));
}

TEST_F(StepsTest, GiveAGroupCorsOfItsOwn) {
  CorsOptions options;
  options.origins = {"https://a.example"};
  routes_.group("/open").cors(options).put("/x", [] { return "x"; });
  routes_.put("/closed", [] { return "x"; });
  EXPECT_THAT(answer("OPTIONS", "/open/x", kPreflight),
              HasSubstr("\r\nAccess-Control-Allow-Origin: https://a.example\r\n"));
  EXPECT_THAT(answer("PUT", "/open/x", "Origin: https://a.example\r\n"),
              HasSubstr("\r\nAccess-Control-Allow-Origin: https://a.example\r\n"));
  for (const char* method : {"OPTIONS", "PUT"})
    EXPECT_THAT(answer(method, "/closed", kPreflight), Not(HasSubstr("Access-Control-Allow-")));
}

TEST_F(StepsTest, TellMistakesInTheCorsOfAGroupOnce) {
  routes_.cors({}).group("/g").cors({}).get("/x", [] { return "x"; });
  const RouteTable table(routes_, options_);
  ASSERT_EQ(table.problems().size(), 2U);
  EXPECT_THAT(table.problems()[1], HasSubstr("cors of the group \"/g\": origins: at least one"));
}

TEST(Cors, MatchesOriginsByPattern) {
  CorsOptions options;
  options.origins = {"https://a.example", "https://*.example.com", "http://localhost:*",
                     "https://x-*.org:8443"};
  const Cors cors(options);
  for (const char* origin : {"https://a.example", "https://b.example.com", "https://c.b.example.com",
                             "http://localhost:3000", "https://x-1.org:8443"}) {
    EXPECT_TRUE(cors.allows(origin)) << origin;
  }
  for (const char* origin : {"", "null", "http://a.example", "https://a.example:444", "https://example.com",
                             "https://.example.com.evil.org", "https://evil.org/.example.com",
                             "https://evil.org:1.example.com", "https://b.example.com.evil.org",
                             "http://localhost", "http://localhost:", "http://localhost:3000.evil.org/",
                             "https://evil@b.example.com", "https://x-.org:8443"}) {
    EXPECT_FALSE(cors.allows(origin)) << origin;
  }
}

TEST(Cors, ExplainsOptionsThatCannotBe) {
  const auto mistake = [](std::vector<std::string> origins, bool credentials = false) {
    CorsOptions options;
    options.origins = std::move(origins);
    options.credentials = credentials;
    return options.mistake();
  };
  EXPECT_EQ(mistake({"https://a.example", "http://localhost:*", "null"}), "");
  EXPECT_THAT(mistake({}), HasSubstr("at least one"));
  EXPECT_THAT(mistake({"a.example"}), HasSubstr("no scheme"));
  EXPECT_THAT(mistake({"https://a.example/"}), HasSubstr("no path"));
  EXPECT_THAT(mistake({"*"}, true), HasSubstr("every page could act for the user"));
}

// ---- Server-Timing

TEST_F(StepsTest, TellWhatTheTimeWasSpentOn) {
  options_.middlewares.server_timing.emplace();
  routes_.get("/", [](Request& request) -> Task<std::string> {
    co_await sleep(20ms);
    request.add_timing("db", 12345 * std::chrono::microseconds(1), "the \"slow\" one\n");
    request.add_timing("cache", 0s);
    co_return "x";
  });
  EXPECT_THAT(answer("GET", "/"),
              HasSubstr("\r\nServer-Timing: total;dur=20.000, db;dur=12.345;desc=\"the \\\"slow\\\" one?\", "
                        "cache;dur=0.000\r\n"));
}

TEST_F(StepsTest, RefuseTimingsThatAreNoTokens) {
  options_.middlewares.server_timing.emplace();
  routes_.get("/", [](Request& request) {
    EXPECT_THROW(request.add_timing("a\r\nX-Forged: 1", 1s), Error);
    EXPECT_THROW(request.add_timing("", 1s), Error);
    return "x";
  });
  EXPECT_THAT(answer("GET", "/"), Not(HasSubstr("Forged")));
}

// ---- maintenance

TEST_F(StepsTest, AnswerWith503UnderMaintenance) {
  options_.middlewares.maintenance.paths = {"/status/"};
  options_.middlewares.maintenance.message = "back at noon";
  routes_.get("/", [] { return "x"; });
  routes_.get("/status", [] { return "x"; });
  routes_.get("/statusquo", [] { return "x"; });
  routes_.get("/live", [] { return "x"; }).probe();
  auto body = [this]() -> Task<void> {
    EXPECT_THAT(co_await ask("GET", "/"), StartsWith("HTTP/1.1 200 "));
    maintenance_->begin(90s);
    const std::string got = co_await ask("GET", "/");
    EXPECT_THAT(got, StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(got, HasSubstr("\r\nRetry-After: 90\r\n"));
    EXPECT_THAT(got, HasSubstr("back at noon"));
    EXPECT_THAT(co_await ask("GET", "/statusquo"), StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(co_await ask("GET", "/status"), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(co_await ask("GET", "/status/x"), StartsWith("HTTP/1.1 404 "));
    EXPECT_THAT(co_await ask("GET", "/live"), StartsWith("HTTP/1.1 200 "));
    maintenance_->end();
    EXPECT_THAT(co_await ask("GET", "/"), StartsWith("HTTP/1.1 200 "));
  };
  serve(body);
}

TEST_F(StepsTest, KeepTheConnectionInStepWhenABodyIsNotWanted) {
  options_.middlewares.maintenance.enabled = true;
  routes_.post("/", [](Json<std::vector<int>>) { return "x"; });
  auto body = [this]() -> Task<void> {
    const std::string got = co_await exchange(
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n[1,2]"
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\n[1,2]");
    EXPECT_EQ(got.find("HTTP/1.1 503 "), 0U);
    EXPECT_NE(got.find("HTTP/1.1 503 ", 1), std::string::npos);
    // A body that has not come, and need not.
    EXPECT_THAT(co_await exchange(
                    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\nExpect: 100-continue\r\n\r\n"),
                StartsWith("HTTP/1.1 503 "));
  };
  serve(body);
}

TEST(Maintenance, AdmitsAddressesOfANetwork) {
  MaintenanceOptions options;
  std::string problem;
  for (const char* network : {"10.1.0.0/16", "192.0.2.7", "2001:db8::/33"})
    options.addresses.push_back(net::Network::parse(network, problem).value());
  Maintenance maintenance;
  maintenance.configure(options);
  for (const char* address : {"10.1.255.1", "192.0.2.7", "::ffff:192.0.2.7", "2001:db8:7fff::1"})
    EXPECT_TRUE(maintenance.admits("/", net::Address::parse(address, 1))) << address;
  for (const char* address : {"10.2.0.1", "192.0.2.8", "2001:db8:8000::1", "::1"})
    EXPECT_FALSE(maintenance.admits("/", net::Address::parse(address, 1))) << address;
  EXPECT_FALSE(maintenance.admits("/", net::Address::parse("unix:/tmp/x", 0)));
}

TEST(Maintenance, ExplainsOptionsThatCannotBe) {
  MaintenanceOptions options;
  EXPECT_EQ(options.mistake(), "");
  options.paths = {"status"};
  EXPECT_THAT(options.mistake(), HasSubstr("does not begin with"));
}

// ---- timeouts

TEST_F(StepsTest, AnswerATimeoutAsTheRouteSays) {
  bool ended = false;
  std::string told;
  auto slow = [&ended]() -> Task<std::string> {
    try {
      co_await sleep(1h);
    } catch (const Error&) {
      ended = true;
      throw;
    }
    co_return "x";
  };
  routes_.get("/plain", slow).timeout(1s);
  routes_.get("/original", slow).timeout(Timeout());
  Timeout own;
  own.limit = 2s;
  own.handler = [](const Request& request) { return Response(418, "late: " + std::string(request.path())); };
  own.callback = [&told](const Request& request) { told = request.path(); };
  routes_.group("/group").timeout(std::move(own)).get("/own", slow);
  auto body = [&]() -> Task<void> {
    EXPECT_THAT(co_await ask("GET", "/plain"), StartsWith("HTTP/1.1 504 "));
    EXPECT_TRUE(std::exchange(ended, false));
    const TimePoint before = loop_.now();
    const std::string got = co_await ask("GET", "/original");
    EXPECT_EQ(loop_.now() - before, 5s);
    EXPECT_THAT(got, StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(got, HasSubstr("Content-Type: text/plain"));
    EXPECT_THAT(got, testing::EndsWith("\r\n\r\n{\"code\": -1, \"msg\":\"http: Handler timeout\"}"));
    EXPECT_TRUE(std::exchange(ended, false));
    EXPECT_THAT(co_await ask("GET", "/group/own"), testing::EndsWith("late: /group/own"));
    EXPECT_EQ(told, "/group/own");
  };
  serve(body);
}

TEST_F(StepsTest, TakeLimitsFromTheGroupUnlessTheRouteSaysOtherwise) {
  Routes& group = routes_.group("/g");
  group.max_body(3);
  group.post("/small", [](Body body) -> Task<std::string> { co_return co_await body.text(); });
  group.post("/large", [](Body body) -> Task<std::string> { co_return co_await body.text(); }).max_body(10);
  auto body = [this]() -> Task<void> {
    const std::string tail = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\nfour";
    EXPECT_THAT(co_await exchange("POST /g/small" + tail), StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(co_await exchange("POST /g/large" + tail), testing::EndsWith("four"));
  };
  serve(body);
}

// ---- the query's ";"

TEST_F(StepsTest, TakeASemicolonAsPartOfAValue) {
  struct Search {
    std::string q;
  };
  routes_.get("/", [](Query<Search> search) { return search->q; });
  EXPECT_THAT(answer("GET", "/?q=a;b;c"), testing::EndsWith("\r\n\r\na;b;c"));
}

}  // namespace
}  // namespace ngo::http
