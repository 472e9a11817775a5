// Client and server of HTTP/2 against one another, in one thread and on virtual time.
#include "ngo/http/http2/client_session.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>

#include "ngo/base/error.hpp"
#include "ngo/http/routes.hpp"
#include "ngo/http/server.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::http::http2 {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

class NoObjects final : public ObjectSource {
 public:
  void* object(const std::type_info&, std::string_view, const void*) override { return nullptr; }
};

class ClientSessionTest : public testing::Test {
 public:
  ClientSessionTest() : loop_(clock_) { options_.host = "127.0.0.1", options_.port = 0; }

  void serve(std::function<Task<void>(ClientSessionTest&)> body) {
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

  Task<std::unique_ptr<ClientSession>> connect() {
    auto stream = std::make_unique<net::Stream>(loop_, co_await net::connect(server_->address()));
    co_return std::make_unique<ClientSession>(loop_, std::move(stream));
  }
  static RequestTarget target(std::string method, std::string path) {
    return RequestTarget{std::move(method), "http", "test", std::move(path)};
  }
  static Task<std::string> text(ClientRequest& request) {
    std::string all;
    for (;;) {
      const std::string_view piece = co_await request.read();
      if (piece.empty()) co_return all;
      all += piece;
    }
  }
  static Task<std::string> get(ClientSession& session, std::string path) {
    RequestTarget asked = target("GET", std::move(path));
    std::unique_ptr<ClientRequest> request = co_await session.open(std::move(asked), Fields(), true);
    EXPECT_EQ(co_await request->status(), 200);
    co_return co_await text(*request);
  }

  VirtualClock clock_;
  EventLoop loop_;
  ServerOptions options_;
  Routes routes_;
  Server* server_ = nullptr;
};

TEST_F(ClientSessionTest, GetsAnAnswerWithItsFields) {
  routes_.get("/plain", [] { return "text"; });
  serve([](ClientSessionTest& test) -> Task<void> {
    std::unique_ptr<ClientSession> session = co_await test.connect();
    RequestTarget asked = target("GET", "/plain");
    std::unique_ptr<ClientRequest> request = co_await session->open(std::move(asked), Fields(), true);
    EXPECT_EQ(co_await request->status(), 200);
    const Fields& fields = request->fields();
    EXPECT_EQ(fields.empty() ? "" : fields[0].first, "content-type");
    EXPECT_EQ(co_await text(*request), "text");
    EXPECT_TRUE(session->usable());
  });
}

TEST_F(ClientSessionTest, SendsAndGetsLargeBodiesAndTrailers) {
  routes_.post("/echo", [](Request& request, Body body) -> Task<Response> {
    std::string all = co_await body.text();
    std::string sum(request.trailer("x-sum").value_or("none"));
    auto write = [all, sum](BodyWriter& out) -> Task<void> {
      co_await out.write(all);
      out.trailer("X-Sum", sum);
    };
    co_return Response::streamed(write, "text/plain");
  });
  serve([](ClientSessionTest& test) -> Task<void> {
    std::unique_ptr<ClientSession> session = co_await test.connect();
    RequestTarget asked = target("POST", "/echo");
    std::unique_ptr<ClientRequest> request = co_await session->open(std::move(asked), Fields(), false);
    const std::string sent(3'000'000, 'x');
    co_await request->write(sent);
    request->end({{"x-sum", "42"}});
    EXPECT_EQ(co_await request->status(), 200);
    EXPECT_EQ(co_await text(*request), sent);
    EXPECT_EQ(request->trailers(), (Fields{{"x-sum", "42"}}));
  });
}

TEST_F(ClientSessionTest, WaitsWhereTheServerTakesNoMoreAtATime) {
  options_.http2.max_concurrent_streams = 3;
  int most = 0;
  int now = 0;
  routes_.get("/slow", [&]() -> Task<std::string> {
    most = std::max(most, ++now);
    co_await sleep(1s);
    --now;
    co_return "slept";
  });
  serve([](ClientSessionTest& test) -> Task<void> {
    std::unique_ptr<ClientSession> session = co_await test.connect();
    EXPECT_EQ(co_await get(*session, "/slow"), "slept");  // its settings have come by now
    EXPECT_EQ(session->most_in_flight(), 3U);
    std::vector<Task<std::string>> all;
    for (int i = 0; i < 10; ++i) all.push_back(get(*session, "/slow"));
    for (const std::string& each : co_await when_all(std::move(all))) EXPECT_EQ(each, "slept");
  });
  EXPECT_EQ(most, 3);
}

TEST_F(ClientSessionTest, CancelsWhatIsDropped) {
  std::optional<Code> cause;
  routes_
      .get("/never",
           [&cause]() -> Task<std::string> {
             Context& context = current_context();
             try {
               co_await sleep(std::chrono::hours(1));
             } catch (const Error&) {
               cause = context.cause();
               throw;
             }
             co_return "slept";
           })
      .timeout(Duration::zero());
  routes_.get("/plain", [] { return "text"; });
  serve([](ClientSessionTest& test) -> Task<void> {
    std::unique_ptr<ClientSession> session = co_await test.connect();
    RequestTarget asked = target("GET", "/never");
    std::unique_ptr<ClientRequest> request = co_await session->open(std::move(asked), Fields(), true);
    co_await sleep(10ms);
    request.reset();
    EXPECT_EQ(co_await get(*session, "/plain"), "text");
    EXPECT_EQ(session->in_flight(), 0U);
  });
  EXPECT_EQ(cause, Code::cancelled);
}

TEST_F(ClientSessionTest, TellsAStreamThatIsResetFromAnEnd) {
  routes_.get("/broken", [] {
    auto write = [](BodyWriter& out) -> Task<void> {
      co_await out.write("some of it");
      co_await out.flush();
      co_await sleep(1ms);
      throw Error(Code::internal, "broken on purpose");
    };
    return Response::streamed(write, "text/plain");
  });
  serve([](ClientSessionTest& test) -> Task<void> {
    std::unique_ptr<ClientSession> session = co_await test.connect();
    RequestTarget asked = target("GET", "/broken");
    std::unique_ptr<ClientRequest> request = co_await session->open(std::move(asked), Fields(), true);
    EXPECT_EQ(co_await request->status(), 200);
    EXPECT_EQ(co_await request->read(), "some of it");
    bool thrown = false;
    try {
      static_cast<void>(co_await request->read());
    } catch (const Error& error) {
      thrown = error.code() == Code::unavailable;
    }
    EXPECT_TRUE(thrown);
    EXPECT_EQ(request->reset_code(), 2U);  // INTERNAL_ERROR
    EXPECT_FALSE(request->unprocessed());
    EXPECT_TRUE(session->usable());
  });
}

TEST_F(ClientSessionTest, IsNotUsableOnceTheServerHasSaidGoodbye) {
  routes_.get("/slow", []() -> Task<std::string> {
    co_await sleep(1s);
    co_return "slept";
  });
  serve([](ClientSessionTest& test) -> Task<void> {
    std::unique_ptr<ClientSession> session = co_await test.connect();
    RequestTarget asked = target("GET", "/slow");
    std::unique_ptr<ClientRequest> request = co_await session->open(std::move(asked), Fields(), true);
    co_await sleep(10ms);
    co_await test.server_->announce_stop();
    co_await sleep(100ms);
    EXPECT_FALSE(session->usable());
    EXPECT_EQ(co_await request->status(), 200);  // what runs is answered
    EXPECT_EQ(co_await text(*request), "slept");
    bool thrown = false;
    try {
      static_cast<void>(co_await get(*session, "/slow"));
    } catch (const Error& error) {
      thrown = error.code() == Code::unavailable;
    }
    EXPECT_TRUE(thrown);
  });
}

TEST_F(ClientSessionTest, EndsAllRequestsWithTheSession) {
  routes_.get("/never", []() -> Task<std::string> {
    co_await sleep(std::chrono::hours(1));
    co_return "slept";
  });
  serve([](ClientSessionTest& test) -> Task<void> {
    std::unique_ptr<ClientSession> session = co_await test.connect();
    RequestTarget asked = target("GET", "/never");
    std::unique_ptr<ClientRequest> request = co_await session->open(std::move(asked), Fields(), true);
    co_await sleep(10ms);
    session.reset();
    bool thrown = false;
    try {
      static_cast<void>(co_await request->status());
    } catch (const Error& error) {
      thrown = error.code() == Code::unavailable;
    }
    EXPECT_TRUE(thrown);
  });
}

}  // namespace
}  // namespace ngo::http::http2
