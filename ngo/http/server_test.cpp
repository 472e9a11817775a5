// The server as a whole, in one thread: its clients are coroutines of the same loop, and time is virtual, so
// that limits of minutes are tested in no time.
#include "ngo/http/server.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/http/routes.hpp"
#include "ngo/net/stream.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/scope.hpp"
#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::http {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""h;

struct Point {
  int x = 0;
  int y = 0;
  static constexpr auto rules = ngo::rules(ngo::range<&Point::x>(0, 100), ngo::range<&Point::y>(0, 100));
};

struct Page {
  int page = 1;
  std::vector<std::string> tag;
};

class NoObjects final : public ObjectSource {
 public:
  void* object(const std::type_info&, std::string_view, const void*) override { return nullptr; }
};

// A running server and what a test does with it.
class ServerTest : public testing::Test {
 public:
  ServerTest() : loop_(clock_) { options_.host = "127.0.0.1", options_.port = 0; }

  void serve(std::function<Task<void>(ServerTest&)> body) {
    RouteTable table(routes_, options_);
    ASSERT_EQ(table.problems(), std::vector<std::string>());
    NoObjects none;
    table.bind(none);
    Server server(options_, table, {&loop_});
    server_ = &server;
    auto run = [this, &body]() -> Task<void> {
      co_await server_->start();
      co_await body(*this);
      co_await server_->stop(0ms);
    };
    loop_.block_on(run());
    EXPECT_EQ(server.in_flight(), 0);
    EXPECT_EQ(server.connections(), 0);
  }

  class Client {
   public:
    Client(EventLoop& loop, net::Socket socket) : stream_(loop, std::move(socket)) {}
    Task<void> send(std::string_view bytes) { co_await stream_.write_all(bytes); }
    // What comes until `text` has come, or the end.
    Task<std::string> until(std::string_view text) {
      std::string got;
      while (got.find(text) == std::string::npos) {
        char byte[1];
        if (co_await stream_.read_some(byte) == 0) break;
        got += byte[0];
      }
      co_return got;
    }
    Task<std::string> all() { return until("\xff no such text \xff"); }
    net::Stream& stream() { return stream_; }

   private:
    net::Stream stream_;
  };

  Task<std::unique_ptr<Client>> connect() {
    net::Socket socket = co_await net::connect(server_->address());
    co_return std::make_unique<Client>(loop_, std::move(socket));
  }
  // Sends it on a connection of its own that the server is asked to close; everything that comes back.
  Task<std::string> ask(std::string request) {
    std::unique_ptr<Client> client = co_await connect();
    co_await client->send(request);
    co_return co_await client->all();
  }
  Task<std::string> get(std::string target) {
    return ask("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  }
  Task<std::string> post(std::string target, std::string type, std::string body) {
    return ask("POST " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: " + type +
               "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }

  VirtualClock clock_;
  EventLoop loop_;
  ServerOptions options_;
  Routes routes_;
  Server* server_ = nullptr;
};

int status_of(const std::string& answer) { return answer.size() > 12 ? std::stoi(answer.substr(9, 3)) : 0; }
std::string body_of(const std::string& answer) {
  std::size_t end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}
bool has(const std::string& answer, std::string_view text) { return answer.find(text) != std::string::npos; }

TEST_F(ServerTest, AnswersPlainFunctionsAndCoroutinesAlike) {
  routes_.get("/plain", [] { return Point{1, 2}; });
  routes_.get("/later", []() -> Task<Point> {
    co_await sleep(1s);
    co_return Point{3, 4};
  });
  serve([](ServerTest& test) -> Task<void> {
    EXPECT_EQ(body_of(co_await test.get("/plain")), R"({"x":1,"y":2})");
    EXPECT_EQ(body_of(co_await test.get("/later")), R"({"x":3,"y":4})");
  });
}

TEST_F(ServerTest, ReadsParametersByTheirTypes) {
  routes_.get("/a/{n}/{name}", [](std::int64_t n, std::string name) { return std::to_string(n) + name; });
  routes_.get("/q", [](Query<Page> query) {
    return std::to_string(query->page) + std::to_string(query->tag.size());
  });
  routes_.get("/h", [](Header<"X-Count", int> count, std::optional<Header<"X-Maybe">> maybe) {
    return std::to_string(*count) + (maybe ? std::string(**maybe) : "none");
  });
  serve([](ServerTest& test) -> Task<void> {
    EXPECT_EQ(body_of(co_await test.get("/a/-7/b%20c%2Fd")), "-7b c/d");
    EXPECT_EQ(body_of(co_await test.get("/q?page=3&tag=a&tag=b")), "32");
    EXPECT_EQ(
        body_of(co_await test.ask("GET /h HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx-count: 5\r\n\r\n")),
        "5none");
    std::string wrong = co_await test.get("/a/seven/x");
    EXPECT_EQ(status_of(wrong), 400);
    EXPECT_TRUE(has(wrong, R"("parameter":"n")")) << wrong;
    EXPECT_EQ(status_of(co_await test.get("/q?page=x")), 400);
    EXPECT_EQ(status_of(co_await test.get("/h")), 400);
  });
}

TEST_F(ServerTest, ReportsAllProblemsOfABodyAtOnce) {
  routes_.post("/points", [](Json<Point> in) { return Created{*in, "/points/{}", in->x}; });
  serve([](ServerTest& test) -> Task<void> {
    std::string made = co_await test.post("/points", "application/json", R"({"x":5,"y":6})");
    EXPECT_EQ(status_of(made), 201);
    EXPECT_TRUE(has(made, "Location: /points/5\r\n")) << made;
    std::string refused = co_await test.post("/points", "application/json", R"({"x":500,"y":-1,"z":0})");
    EXPECT_EQ(status_of(refused), 422);
    for (const char* pointer : {"#/x", "#/y", "#/z"}) EXPECT_TRUE(has(refused, pointer)) << refused;
    EXPECT_EQ(status_of(co_await test.post("/points", "application/json", R"({"x":)")), 400);
    EXPECT_EQ(status_of(co_await test.post("/points", "text/plain", "x")), 415);
    EXPECT_EQ(status_of(co_await test.post("/points", "application/vnd.point+json; charset=utf-8", "{}")),
              201);
  });
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrderWhateverTheirHandlersAre) {
  routes_.get("/now/{n}", [](int n) { return "<" + std::to_string(n) + ">"; });
  routes_.get("/later/{n}", [](int n) -> Task<std::string> {
    co_await sleep(std::chrono::milliseconds(100 - n));
    co_return "<" + std::to_string(n) + ">";
  });
  serve([](ServerTest& test) -> Task<void> {
    std::string requests;
    std::string expected;
    for (int i = 0; i < 50; ++i) {
      requests += "GET /" + std::string(i % 3 == 0 ? "later" : "now") + "/" + std::to_string(i) +
                  " HTTP/1.1\r\nHost: x\r\n" + (i == 49 ? "Connection: close\r\n" : "") + "\r\n";
      expected += "<" + std::to_string(i) + ">";
    }
    std::string answers = co_await test.ask(requests);
    std::string order;
    for (std::size_t at = 0; (at = answers.find('<', at)) != std::string::npos; ++at) {
      order += answers.substr(at, answers.find('>', at) - at + 1);
    }
    EXPECT_EQ(order, expected);
  });
}

TEST_F(ServerTest, MiddlewareWrapsFromTheOutsideInAndSees404) {
  routes_.use([](Request&, Next next) -> Task<Response> {
    Response response = co_await next();
    response.header("X-Outer", std::to_string(response.status()));
    co_return response;
  });
  Routes& group = routes_.group("/g");
  group.use([](Request& request, Next next) -> Task<Response> {
    if (request.header("X-Stop")) co_return Response(403, "stopped");
    co_return co_await next();
  });
  group.get("/x", [] { return "in"; });
  group.get("/fails", []() -> Task<std::string> { throw Error(Code::already_exists, "there is one"); });
  serve([](ServerTest& test) -> Task<void> {
    std::string in = co_await test.get("/g/x");
    EXPECT_EQ(body_of(in), "in");
    EXPECT_TRUE(has(in, "X-Outer: 200\r\n")) << in;
    EXPECT_TRUE(has(co_await test.get("/nowhere"), "X-Outer: 404\r\n"));
    EXPECT_TRUE(has(co_await test.get("/g/fails"), "X-Outer: 409\r\n"));
    std::string stopped =
        co_await test.ask("GET /g/x HTTP/1.1\r\nHost: x\r\nX-Stop: 1\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(has(stopped, "X-Outer: 403\r\n")) << stopped;
  });
}

TEST_F(ServerTest, WhatFailedInsideIsNotToldToTheClient) {
  routes_.get("/boom", []() -> std::string { throw std::runtime_error("password=hunter2"); });
  serve([](ServerTest& test) -> Task<void> {
    std::string answer = co_await test.get("/boom");
    EXPECT_EQ(status_of(answer), 500);
    EXPECT_FALSE(has(answer, "hunter2")) << answer;
    EXPECT_TRUE(has(answer, "trace_id")) << answer;
  });
}

TEST_F(ServerTest, StreamsArriveInChunksWithTrailers) {
  routes_.get("/stream", [] {
    return Response::streamed(
        [](BodyWriter& out) -> Task<void> {
          co_await out.write("one,");
          co_await out.flush();
          co_await sleep(1h);
          co_await out.write("two");
          out.trailer("X-Sum", "7");
        },
        "text/plain");
  });
  serve([](ServerTest& test) -> Task<void> {
    std::string answer = co_await test.get("/stream");
    EXPECT_EQ(body_of(answer), "4\r\none,\r\n3\r\ntwo\r\n0\r\nX-Sum: 7\r\n\r\n");
    // HTTP/1.0 knows no chunks: the end of the connection is the end.
    std::string old = co_await test.ask("GET /stream HTTP/1.0\r\n\r\n");
    EXPECT_EQ(body_of(old), "one,two");
    EXPECT_TRUE(has(old, "Connection: close\r\n")) << old;
  });
}

TEST_F(ServerTest, AStreamThatFailsDoesNotLookComplete) {
  routes_.get("/stream", [] {
    return Response::streamed(
        [](BodyWriter& out) -> Task<void> {
          co_await out.write("half");
          co_await out.flush();
          throw Error(Code::unavailable, "the source has gone");
        },
        "text/plain");
  });
  serve([](ServerTest& test) -> Task<void> { EXPECT_FALSE(has(co_await test.get("/stream"), "0\r\n\r\n")); });
}

TEST_F(ServerTest, BodiesComeAsStreamsWithinTheirLimit) {
  routes_
      .post("/count",
            [](Body body) -> Task<std::string> {
              std::size_t bytes = 0;
              while (auto piece = co_await body.next()) bytes += piece->size();
              co_return std::to_string(bytes);
            })
      .max_body(1000);
  serve([](ServerTest& test) -> Task<void> {
    EXPECT_EQ(body_of(co_await test.post("/count", "text/plain", std::string(1000, 'x'))), "1000");
    EXPECT_EQ(status_of(co_await test.post("/count", "text/plain", std::string(1001, 'x'))), 413);
    std::string chunked =
        "POST /count HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(body_of(co_await test.ask(chunked + "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n")), "6");
    EXPECT_EQ(status_of(co_await test.ask(chunked + "3e9\r\n" + std::string(1001, 'x') + "\r\n0\r\n\r\n")),
              413);
    EXPECT_EQ(status_of(co_await test.ask(chunked + "5 \r\nhello\r\n0\r\n\r\n")), 400);
  });
}

TEST_F(ServerTest, TrailersOfARequestAreThereAfterItsBody) {
  routes_.post("/sum", [](Request& request, Body body) -> Task<std::string> {
    bool early = request.trailer("X-Sum").has_value();
    std::string text = co_await body.text();
    co_return text + (early ? "early" : "") + std::string(request.trailer("x-sum").value_or("none"));
  });
  serve([](ServerTest& test) -> Task<void> {
    std::string head =
        "POST /sum HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(body_of(co_await test.ask(head + "1\r\na\r\n0\r\nX-Sum: 97\r\n\r\n")), "a97");
    EXPECT_EQ(body_of(co_await test.ask(head + "1\r\na\r\n0\r\n\r\n")), "anone");
  });
}

TEST_F(ServerTest, AHandlerCannotMakeAnInterimAnswerOrForgeALine) {
  routes_.get("/interim", [] { return Response(100); });
  routes_.get("/forge", [] { return Response(200, "x").header("X-A", "1\r\nX-B: 2"); });
  routes_.get("/length", [] { return Response(200, "x").header("Content-Length", "5"); });
  serve([](ServerTest& test) -> Task<void> {
    for (const char* target : {"/interim", "/forge", "/length"}) {
      std::string answer = co_await test.get(target);
      EXPECT_EQ(status_of(answer), 500) << target;
      EXPECT_FALSE(has(answer, "X-B")) << target;
    }
  });
}

TEST_F(ServerTest, TheBodyIsAskedForOnlyWhenItIsWanted) {
  routes_.post("/take", [](Body body) -> Task<std::string> { co_return co_await body.text(); });
  routes_.post("/refuse", [](Request&) -> Task<Response> { co_return Response(403, "no"); });
  serve([](ServerTest& test) -> Task<void> {
    std::string head = " HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    auto client = co_await test.connect();
    co_await client->send("POST /take" + head);
    EXPECT_EQ(co_await client->until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    co_await client->send("hello");
    EXPECT_TRUE(has(co_await client->until("hello"), "200 OK"));
    std::string refused = co_await test.ask("POST /refuse" + head);
    EXPECT_EQ(status_of(refused), 403);
    EXPECT_TRUE(has(refused, "Connection: close\r\n")) << refused;
  });
}

TEST_F(ServerTest, TimeLimitsEndWhatIsTooSlow) {
  options_.idle_timeout = 60s;
  options_.header_timeout = 10s;
  options_.body_timeout = 20s;
  options_.min_body_rate = 1;
  routes_.get("/x", [] { return "x"; });
  routes_.post("/body", [](Body body) -> Task<std::string> { co_return co_await body.text(); }).timeout(0s);
  serve([](ServerTest& test) -> Task<void> {
    auto elapsed_until_end = [&test](std::string bytes, std::string& answer) -> Task<Duration> {
      TimePoint began = test.loop_.now();
      answer = co_await test.ask(std::move(bytes));
      co_return test.loop_.now() - began;
    };
    std::string answer;
    Duration idle = co_await elapsed_until_end("GET /x HTTP/1.1\r\nHost: x\r\n\r\n", answer);
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_NEAR(std::chrono::duration<double>(idle).count(), 60, 1);
    Duration head = co_await elapsed_until_end("GET /x HTTP/1.1\r\nHost:", answer);
    EXPECT_EQ(status_of(answer), 408);
    EXPECT_NEAR(std::chrono::duration<double>(head).count(), 10, 3);
    Duration body = co_await elapsed_until_end(
        "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n12345", answer);
    EXPECT_EQ(status_of(answer), 408);
    EXPECT_NEAR(std::chrono::duration<double>(body).count(), 27, 3);
  });
}

TEST_F(ServerTest, AByteThatComesWithTheEndOfTheTimeDoesNotKeepAHeadAlive) {
  options_.header_timeout = 10s;
  serve([](ServerTest& test) -> Task<void> {
    std::unique_ptr<Client> client = co_await test.connect();
    co_await client->send("GET /x HTTP/1.1\r\n");
    co_await sleep(1s);
    co_await client->send("H");  // seen by the server in the same turn as the timer
    test.clock_.advance(20s);
    EXPECT_EQ(status_of(co_await client->all()), 408);
  });
}

TEST_F(ServerTest, AHandlerIsCutOffAtItsDeadline) {
  routes_
      .get("/slow",
           []() -> Task<std::string> {
             co_await sleep(1h);
             co_return "never";
           })
      .timeout(5s);
  serve([](ServerTest& test) -> Task<void> {
    TimePoint began = test.loop_.now();
    EXPECT_EQ(status_of(co_await test.get("/slow")), 504);
    EXPECT_NEAR(std::chrono::duration<double>(test.loop_.now() - began).count(), 5, 1);
  });
}

TEST_F(ServerTest, AHandlerWhoseClientHasGoneIsCancelled) {
  bool cancelled = false;
  Event began;
  routes_
      .get("/wait",
           [&]() -> Task<std::string> {
             began.set();
             try {
               co_await sleep(1h);
             } catch (const Error& error) {
               cancelled = error.code() == Code::cancelled;
               throw;
             }
             co_return "never";
           })
      .timeout(0s);
  serve([&began](ServerTest& test) -> Task<void> {
    {
      auto client = co_await test.connect();
      co_await client->send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
      co_await began.wait();
    }
    while (test.server_->in_flight() > 0) co_await yield();
  });
  EXPECT_TRUE(cancelled);
}

TEST_F(ServerTest, AStopWaitsForWhatIsInFlightAndClosesTheRest) {
  Event began;
  routes_.get("/slow", [&began]() -> Task<std::string> {
    began.set();
    co_await sleep(3s);
    co_return "done";
  });
  serve([&began](ServerTest& test) -> Task<void> {
    auto idle = co_await test.connect();
    auto busy = co_await test.connect();
    co_await busy->send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    co_await began.wait();
    TimePoint asked = test.loop_.now();
    auto stop = [&test]() -> Task<std::size_t> { co_return co_await test.server_->stop(10s); };
    auto [broken, answer, nothing] = co_await when_all(stop(), busy->all(), idle->all());
    EXPECT_EQ(broken, 0U);
    EXPECT_TRUE(has(answer, "done"));
    EXPECT_TRUE(has(answer, "Connection: close\r\n") || status_of(answer) == 200);
    EXPECT_EQ(nothing, "");
    // Three seconds of the handler, two for the client to close its end.
    EXPECT_LE(test.loop_.now() - asked, 5s);
  });
}

TEST_F(ServerTest, AStopBreaksWhatDoesNotEndInTime) {
  Event began;
  routes_
      .get("/slow",
           [&began]() -> Task<std::string> {
             began.set();
             co_await sleep(1h);
             co_return "never";
           })
      .timeout(0s);
  serve([&began](ServerTest& test) -> Task<void> {
    auto client = co_await test.connect();
    co_await client->send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    co_await began.wait();
    EXPECT_EQ(co_await test.server_->stop(2s), 1U);
  });
}

TEST_F(ServerTest, ConnectionsBeyondTheLimitAreClosed) {
  options_.max_connections = 2;
  routes_.get("/x", [] { return "x"; });
  serve([](ServerTest& test) -> Task<void> {
    auto first = co_await test.connect();
    auto second = co_await test.connect();
    co_await second->send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(has(co_await second->until("x"), "HTTP/1.1"));
    EXPECT_EQ(co_await test.get("/x"), "");
  });
}

TEST(RouteTable, ReportsParametersThatDoNotFitThePattern) {
  Routes routes;
  routes.get("/a/{x}", [](Request&) { return "x"; });
  routes.get("/b", [](int) { return "x"; });
  routes.get("/c/{y}", [](int) { return "x"; });
  routes.post("/d", [](Json<Point>, Body) { return "x"; });
  RouteTable table(routes, ServerOptions());
  ASSERT_EQ(table.problems().size(), 3U);
  EXPECT_TRUE(has(table.problems()[0], "server_test.cpp:")) << table.problems()[0];
  EXPECT_TRUE(has(table.problems()[0], "\"/a/{x}\" has 1 parameter")) << table.problems()[0];
  EXPECT_TRUE(has(table.problems()[2], "twice")) << table.problems()[2];
}

}  // namespace
}  // namespace ngo::http
