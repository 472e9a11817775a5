#include "ngo/http/client/client.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/http/client/upstreams.hpp"
#include "ngo/net/listener.hpp"
#include "ngo/net/stream.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/scope.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo {
namespace {

using namespace std::chrono_literals;

struct Person {
  std::string name;
  int age = 0;
};

// Answers every request, piece by piece, with its request line, or as JSON where that is asked for.
class Server {
 public:
  explicit Server(EventLoop& loop)
      : loop_(loop),
        socket_(net::Socket::listen(net::Address::parse("127.0.0.1", 0), false)),
        address_(socket_.local()),
        listener_(
            loop, std::move(socket_),
            [this](net::Socket taken, const net::Address&) {
              ++connections;
              scope_->spawn(serve_until_gone(std::move(taken)));
            },
            [](const std::string&) {}) {}

  // Runs `test` while the server serves.
  static void run(Task<void> (*test)(Server&)) {
    EventLoop loop;
    const auto both = [&loop, test]() -> Task<void> {
      const auto body = [&loop, test](Scope& scope) -> Task<void> {
        Server server(loop);
        server.scope_ = &scope;
        co_await test(server);
        scope.cancel();
      };
      co_await Scope::run(body);
    };
    loop.block_on(both());
  }

  [[nodiscard]] std::string url(std::string_view path) const {
    return "http://" + address_.to_string() + std::string(path);
  }
  [[nodiscard]] const net::Address& address() const { return address_; }

  int connections = 0;
  int requests = 0;

 private:
  Task<void> serve_until_gone(net::Socket socket) {
    try {
      co_await serve(std::move(socket));
    } catch (const Error& error) {
      if (error.code() != Code::unavailable) throw;  // a client may go as it likes
    }
  }
  Task<void> serve(net::Socket socket) {
    net::Stream stream(loop_, std::move(socket));
    std::string received;
    char bytes[4096];
    while (true) {
      std::size_t end = received.find("\r\n\r\n");
      while (end == std::string::npos) {
        const std::size_t got = co_await stream.read_some(bytes);
        if (got == 0) co_return;
        received.append(bytes, got);
        end = received.find("\r\n\r\n");
      }
      const std::string line = received.substr(0, received.find("\r\n"));
      received.erase(0, end + 4);
      ++requests;
      std::string body = line;
      if (line.find("/json") != std::string::npos) body = R"({"name":"Ada","age":36,"more":1})";
      if (line.find("/number") != std::string::npos) body = "-42\r\n";
      const std::string answer =
          "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
      for (std::size_t at = 0; at < answer.size(); at += 20) {
        co_await stream.write_all(std::string_view(answer).substr(at, 20));
        co_await yield();
      }
    }
  }

  EventLoop& loop_;
  Scope* scope_ = nullptr;
  net::Socket socket_;
  net::Address address_;
  net::Listener listener_;
};

Task<void> binds_what_is_asked_for(Server& server) {
  HttpClient http;
  auto person = co_await http.get(server.url("/json")).as<Person>();
  EXPECT_EQ(person.name, "Ada");
  EXPECT_EQ(person.age, 36);
  auto whole = co_await http.get(server.url("/number")).as<int>();
  EXPECT_EQ(whole, -42);
  auto real = co_await http.get(server.url("/number")).as<double>();
  EXPECT_EQ(real, -42.0);
  try {
    (void)co_await http.get(server.url("/number")).as<std::uint16_t>();
    ADD_FAILURE() << "a negative number was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::internal) << error.what();
  }
  auto text = co_await http.get(server.url("/{a}/{b}"), 7, "x/y").query("q", true).as<std::string>();
  EXPECT_EQ(text, "GET /7/x%2Fy?q=true HTTP/1.1");
  auto response = co_await http.get(server.url("/"));
  EXPECT_EQ(response.status(), 200);
  EXPECT_EQ(response.header("content-length"), "14");
  EXPECT_EQ(std::move(response).text(), "GET / HTTP/1.1");
  EXPECT_EQ(server.connections, 1);
}

TEST(HttpClient, BindsWhatIsAskedFor) { Server::run(binds_what_is_asked_for); }

Task<void> calls_at_once(Server& server) {
  HttpClient http;
  auto [first, second] =
      co_await when_all(http.get(server.url("/1")).send(), http.get(server.url("/2")).send());
  EXPECT_EQ(first.text(), "GET /1 HTTP/1.1");
  EXPECT_EQ(second.text(), "GET /2 HTTP/1.1");
  EXPECT_EQ(server.connections, 2);
}

TEST(HttpClient, MakesCallsAtOnceOnConnectionsOfTheirOwn) { Server::run(calls_at_once); }

double in_progress(const Metrics& metrics) {
  const metrics::Snapshot snapshot = metrics.snapshot();
  const metrics::Family* family = snapshot.find("http.client.active_requests");
  return family == nullptr || family->points.size() != 1 ? -1 : family->points[0].number();
}

Task<void> counts_what_is_in_progress(Server& server) {
  Metrics metrics;
  HttpClient http;
  http.set_metrics(metrics);
  auto [first, second] =
      co_await when_all(http.get(server.url("/1")).stream(), http.get(server.url("/2")).stream());
  EXPECT_EQ(in_progress(metrics), 2);
  co_await first.rest();
  EXPECT_EQ(in_progress(metrics), 1);
  {
    const HttpStream dropped = std::move(second);
  }
  EXPECT_EQ(in_progress(metrics), 0);
  const HttpResponse kept = co_await http.get(server.url("/3"));
  EXPECT_EQ(in_progress(metrics), 0) << "a response in memory is no request any more";
}

TEST(HttpClient, CountsARequestAsInProgressUntilItsAnswerIsReadOrDropped) {
  Server::run(counts_what_is_in_progress);
}

// Cancels a call after every possible number of turns of the loop.
Task<void> may_be_cancelled_anywhere(Server& server) {
  HttpClient http;
  int cancelled = 0;
  int ended = 0;
  for (int turns = 0; turns < 60; ++turns) {
    for (const bool streamed : {false, true}) {
      Context context(Context::current());
      const auto call = [&]() -> Task<void> {
        try {
          if (streamed) {
            HttpStream stream =
                co_await http.post(server.url("/x")).body(std::string(), "text/plain").stream();
            while (co_await stream.next()) {
            }
          } else {
            (void)co_await http.get(server.url("/x"));
          }
          ++ended;
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), Code::cancelled) << error.message();
          ++cancelled;
        }
      };
      const auto cancel_later = [&context, turns](Scope&) -> Task<void> {
        for (int i = 0; i < turns; ++i) co_await yield();
        context.cancel();
      };
      const auto both = [&](Scope& scope) -> Task<void> {
        scope.spawn(cancel_later(scope));
        co_await with_context(context, call());
      };
      co_await Scope::run(both);
    }
  }
  EXPECT_GT(cancelled, 5);
  EXPECT_GT(ended, 5);
  // What was cut off was not used again: every answer is the one that was asked for.
  for (int i = 0; i < 5; ++i) {
    auto text = co_await http.get(server.url("/{i}"), i).as<std::string>();
    EXPECT_EQ(text, "GET /" + std::to_string(i) + " HTTP/1.1");
  }
}

TEST(HttpClient, MayBeCancelledAtEveryTurn) { Server::run(may_be_cancelled_anywhere); }

class TwoServers final : public http::UpstreamSource {
 public:
  explicit TwoServers(std::vector<net::Address> addresses) : addresses_(std::move(addresses)) {}
  Task<http::UpstreamList> find(std::string_view host, std::uint16_t) override {
    EXPECT_EQ(host, "users");
    http::UpstreamList list;
    list.addresses = addresses_;
    list.good_for = Duration::max();
    co_return list;
  }

 private:
  std::vector<net::Address> addresses_;
};

Task<void> spreads_calls(Server& server) {
  // Nobody listens at the other address: its calls go to the first.
  const net::Address nobody = net::Socket::listen(net::Address::parse("127.0.0.1", 0), false).local();
  HttpClientOptions options;
  options.retry_backoff = 0ms;
  options.eject_after = 0;
  HttpClient http(options);
  std::vector<net::Address> addresses;
  addresses.push_back(server.address());
  addresses.push_back(nobody);
  http.set_upstreams(std::make_shared<TwoServers>(addresses));
  unsigned attempts = 0;
  for (int i = 0; i < 6; ++i) {
    auto response = co_await http.post("http://users/x");
    EXPECT_EQ(response.status(), 200);
    attempts += response.attempts();
  }
  EXPECT_EQ(attempts,
            11U);  // a turn is taken by the failure, so each second call begins at the one that is not there
}

TEST(HttpClient, SpreadsCallsAndTriesAnotherServerWhereOneIsNotThere) { Server::run(spreads_calls); }

Task<void> refuses_after_close(Server& server) {
  HttpClient http;
  (void)co_await http.get(server.url("/"));
  co_await http.close();
  std::string said;
  try {
    (void)co_await http.get(server.url("/"));
  } catch (const Error& error) {
    said = error.message();
  }
  EXPECT_NE(said.find("this HTTP client is closed"), std::string::npos) << said;
}

TEST(HttpClient, RefusesCallsAfterItWasClosed) { Server::run(refuses_after_close); }

TEST(HttpClient, RefusesOptionsThatAreWrong) {
  HttpClientOptions options;
  options.base_url = "users";
  EXPECT_THROW(HttpClient{options}, Error);
  options.base_url = "";
  options.deadline_header = "A B";
  EXPECT_THROW(HttpClient{options}, Error);
  options.deadline_header = "";
  options.name = "a\nb";
  EXPECT_THROW(HttpClient{options}, Error);
  options.name = "";
  options.tls.ca = "/none.pem";
  EXPECT_THROW(HttpClient{options}, Error);
}

}  // namespace
}  // namespace ngo
