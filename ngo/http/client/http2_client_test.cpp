// HttpClient over HTTP/2 against our server, in one thread and on virtual time; and cancelled wherever it may
// wait.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/http/client/client.hpp"
#include "ngo/http/routes.hpp"
#include "ngo/http/server.hpp"
#include "ngo/runtime/cancel_at_impl.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::http {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

class NoObjects final : public ObjectSource {
 public:
  void* object(const std::type_info&, std::string_view, const void*) override { return nullptr; }
};

Task<Response> send_back(Body body) {
  const std::string all = co_await body.text();
  auto write = [all](BodyWriter& out) -> Task<void> {
    co_await out.write(all);
    out.trailer("X-Size", std::to_string(all.size()));
  };
  co_return Response::streamed(write, "text/plain");
}

class Http2ClientTest : public testing::Test {
 public:
  Http2ClientTest() {
    server_options_.host = "127.0.0.1", server_options_.port = 0;
    options_.http2 = Http2Use::only;
    options_.retry_backoff = 0ms;
    routes_.get("/plain", [] { return "text"; });
    routes_.get("/broken", [] { return Response(503); });
    routes_.post("/back", [](Body body) { return send_back(body); });
    routes_
        .get("/slow",
             []() -> Task<std::string> {
               co_await sleep(1s);
               co_return "slept";
             })
        .timeout(Duration::zero());
  }

  void serve(EventLoop& loop, std::function<Task<void>(Http2ClientTest&, HttpClient&)> body) {
    RouteTable table(routes_, server_options_);
    ASSERT_EQ(table.problems(), std::vector<std::string>());
    NoObjects none;
    table.bind(none);
    Server server(server_options_, table, {&loop});
    server_ = &server;
    auto run = [this, &body]() -> Task<void> {
      co_await server_->start();
      HttpClient client(options_);
      co_await body(*this, client);
      co_await client.close();
      co_await server_->stop(0ms);
    };
    loop.block_on(run());
  }
  void serve(std::function<Task<void>(Http2ClientTest&, HttpClient&)> body) {
    VirtualClock clock;
    EventLoop loop(clock);
    serve(loop, std::move(body));
  }
  [[nodiscard]] std::string url(std::string_view path) const {
    return "http://" + server_->address().to_string() + std::string(path);
  }

  ServerOptions server_options_;
  HttpClientOptions options_;
  Routes routes_;
  Server* server_ = nullptr;
};

TEST_F(Http2ClientTest, SharesOneConnectionAmongCallsThatBeginTogether) {
  serve([](Http2ClientTest& test, HttpClient& client) -> Task<void> {
    std::vector<Task<std::string>> calls;
    for (int i = 0; i < 100; ++i) calls.push_back(client.get(test.url("/slow")).as<std::string>());
    auto all = when_all(std::move(calls));
    for (const std::string& each : co_await std::move(all)) EXPECT_EQ(each, "slept");
    EXPECT_EQ(test.server_->connections(), 1);
  });
}

TEST_F(Http2ClientTest, OpensAnotherConnectionWhenTheServerTakesNoMore) {
  server_options_.http2.max_concurrent_streams = 10;
  serve([](Http2ClientTest& test, HttpClient& client) -> Task<void> {
    co_await client.get(test.url("/plain"));  // the server's settings have come
    std::vector<Task<std::string>> calls;
    for (int i = 0; i < 25; ++i) calls.push_back(client.get(test.url("/slow")).as<std::string>());
    auto all = when_all(std::move(calls));
    for (const std::string& each : co_await std::move(all)) EXPECT_EQ(each, "slept");
    EXPECT_EQ(test.server_->connections(), 3);
  });
}

TEST_F(Http2ClientTest, WaitsForRoomWhereThereMayBeNoMoreConnections) {
  server_options_.http2.max_concurrent_streams = 1;
  options_.max_conns_per_host = 1;
  options_.max_conn_wait_timeout = 3500ms;
  serve([](Http2ClientTest& test, HttpClient& client) -> Task<void> {
    co_await client.get(test.url("/plain"));
    std::vector<Task<HttpResponse>> calls;
    for (int i = 0; i < 3; ++i) calls.push_back(client.get(test.url("/slow")).send());
    auto all = when_all(std::move(calls));
    co_await std::move(all);
    EXPECT_EQ(test.server_->connections(), 1);
    std::string said;
    std::vector<Task<HttpResponse>> more;
    for (int i = 0; i < 5; ++i) more.push_back(client.get(test.url("/slow")).attempts(1).send());
    try {
      auto too_many = when_all(std::move(more));
      co_await std::move(too_many);
    } catch (const Error& error) {
      said = error.message();
    }
    EXPECT_NE(said.find("takes no more requests"), std::string::npos) << said;
  });
}

TEST_F(Http2ClientTest, SendsAndReceivesBodiesAndTrailers) {
  serve([](Http2ClientTest& test, HttpClient& client) -> Task<void> {
    const std::string sent(1'000'000, 'x');
    HttpResponse answer = co_await client.post(test.url("/back")).body(sent);
    EXPECT_EQ(answer.text(), sent);
    EXPECT_EQ(answer.protocol(), "HTTP/2");
    EXPECT_EQ(answer.trailer("x-size"), "1000000");
    const auto stream = [](BodyWriter& out) -> Task<void> {
      for (int i = 0; i < 100; ++i) co_await out.write(std::string(1000, 'y'));
    };
    HttpStream streamed = co_await client.post(test.url("/back")).body(stream, "text/plain").stream();
    const std::string all = co_await streamed.rest();
    EXPECT_EQ(all, std::string(100'000, 'y'));
    EXPECT_EQ(streamed.trailer("X-Size"), "100000");
  });
}

TEST_F(Http2ClientTest, ClosesWhatIsIdleOrOld) {
  options_.max_conn_duration = 30s;
  serve([](Http2ClientTest& test, HttpClient& client) -> Task<void> {
    co_await client.get(test.url("/plain"));
    co_await sleep(5s);
    EXPECT_EQ(test.server_->connections(), 1);
    co_await sleep(6s);
    EXPECT_EQ(test.server_->connections(), 0);
    for (int i = 0; i < 4; ++i) {
      co_await client.get(test.url("/plain"));
      co_await sleep(8s);
    }
    EXPECT_EQ(test.server_->connections(), 0);
  });
}

TEST_F(Http2ClientTest, OutlivesNothingWhenItIsDestroyedWithoutClose) {
  serve([](Http2ClientTest& test, HttpClient&) -> Task<void> {
    HttpClient client(test.options_);
    co_await client.get(test.url("/plain"));
    HttpStream kept = co_await client.post(test.url("/back")).body(std::string(1'000'000, 'x')).stream();
    static_cast<void>(co_await kept.next());
  });
}

double in_progress_by_http2(const Metrics& metrics) {
  const metrics::Snapshot snapshot = metrics.snapshot();
  const metrics::Family* family = snapshot.find("http.client.active_requests");
  return family == nullptr || family->points.size() != 1 ? -1 : family->points[0].number();
}

TEST_F(Http2ClientTest, CountsEachRequestOnAConnectionAsInProgress) {
  serve([](Http2ClientTest& test, HttpClient&) -> Task<void> {
    Metrics metrics;
    HttpClient client(test.options_);
    client.set_metrics(metrics);
    std::vector<Task<HttpResponse>> calls;
    calls.reserve(6);
    for (int i = 0; i < 5; ++i) calls.push_back(client.get(test.url("/slow")).send());
    const auto look = [](HttpClient& http, Http2ClientTest& its,
                         const Metrics& counted) -> Task<HttpResponse> {
      co_await sleep(500ms);
      EXPECT_EQ(in_progress_by_http2(counted), 5);
      co_return co_await http.get(its.url("/plain"));
    };
    calls.push_back(look(client, test, metrics));
    auto all = when_all(std::move(calls));
    co_await std::move(all);
    EXPECT_EQ(in_progress_by_http2(metrics), 0);
    HttpStream open = co_await client.post(test.url("/back")).body(std::string(100'000, 'x')).stream();
    EXPECT_EQ(in_progress_by_http2(metrics), 1);
    const std::string body = co_await open.rest();
    EXPECT_EQ(in_progress_by_http2(metrics), 0);
    EXPECT_EQ(test.server_->connections(), 1);
    co_await client.close();
  });
}

TEST_F(Http2ClientTest, StopsCallsToWhatFails) {
  options_.breaker.enabled = true;
  options_.max_idemponent_call_attempts = 1;
  serve([](Http2ClientTest& test, HttpClient& client) -> Task<void> {
    for (int i = 0; i < 10; ++i) EXPECT_EQ((co_await client.get(test.url("/broken"))).status(), 503);
    std::string said;
    try {
      co_await client.get(test.url("/plain"));
    } catch (const Error& error) {
      said = error.message();
      EXPECT_EQ(error.code(), Code::unavailable);
    }
    EXPECT_NE(said.find("is open: recent calls failed"), std::string::npos) << said;
    HttpResponse instead = co_await client.get(test.url("/plain")).degrade([](const Error&) {
      return HttpResponse(200, "instead");
    });
    EXPECT_EQ(instead.text(), "instead");
    // Another resource, and its own fallback.
    EXPECT_EQ((co_await client.get(test.url("/plain")).circuit_breaker("other")).text(), "text");
    client.breaker("other").force_open();
    HttpResponse other = co_await client.get(test.url("/plain")).circuit_breaker("other", [](const Error&) {
      return HttpResponse(200, "other");
    });
    EXPECT_TRUE(other.degraded());
    EXPECT_EQ(other.text(), "other");
    co_await sleep(4s);
    EXPECT_EQ((co_await client.get(test.url("/plain"))).text(), "text");
    EXPECT_EQ((co_await client.get(test.url("/plain"))).text(), "text");
  });
}

TEST_F(Http2ClientTest, MayBeCancelledWhereverItWaits) {
  int number = 1;
  for (bool fired = true; fired; ++number) {
    ASSERT_LT(number, 1000);
    CancelAt clock(CancelAt::Moments::turns, number);
    EventLoop loop(clock);
    serve(loop, [&clock](Http2ClientTest& test, HttpClient& client) -> Task<void> {
      Context context(Context::current());
      const auto calls = [&]() -> Task<void> {
        co_await client.get(test.url("/plain"));
        const auto stream = [](BodyWriter& out) -> Task<void> {
          for (int i = 0; i < 40; ++i) {
            co_await out.write(std::string(10'000, 'y'));
            co_await out.flush();
          }
        };
        HttpStream streamed = co_await client.post(test.url("/back")).body(stream, "text/plain").stream();
        EXPECT_EQ((co_await streamed.rest()).size(), 400'000U);
        co_await client.post(test.url("/back")).body(std::string(300'000, 'x'));
      };
      clock.aim(&context);
      try {
        co_await with_context(context, calls());
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::cancelled) << error.message();
      }
      clock.aim(nullptr);
      // Others are none the wiser.
      EXPECT_EQ((co_await client.get(test.url("/plain"))).text(), "text");
    });
    fired = clock.fired();
  }
  EXPECT_GT(number, 20);
}

}  // namespace
}  // namespace ngo::http
