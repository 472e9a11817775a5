// Calls of every kind, cancelled in every turn of the loop in turn: at each wait in name lookup, connecting,
// the handshake, sending, receiving, between tries. Afterwards no connection is out, the client answers as if
// nothing had been, and closing it leaves no timer and no descriptor behind.
#include <dirent.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/http/client/client.hpp"
#include "ngo/http/client/events.hpp"
#include "ngo/http/routes.hpp"
#include "ngo/http/server.hpp"
#include "ngo/net/tls_test_certificates_impl.hpp"
#include "ngo/runtime/cancel_at_impl.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::http {
namespace {

using namespace std::chrono_literals;

struct Person {
  std::string name;
  int age = 0;
};

class NoObjects final : public ObjectSource {
 public:
  void* object(const std::type_info&, std::string_view, const void*) override { return nullptr; }
};

int open_descriptors() {
  int count = 0;
  DIR* const folder = opendir("/proc/self/fd");
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

std::string file(const std::string& name, const std::string& content) {
  const std::string prefix = testing::TempDir() + "ngo_client_cancellation_" + std::to_string(getpid()) + "_";
  return tls::write_test_file(prefix, name, content);
}

struct Certificates {
  tls::TestCertificate authority = tls::make_authority();
  tls::TestCertificate server = tls::make_certificate({}, &authority);
  std::string ca = file("ca.pem", authority.pem());
  std::string cert = file("server.pem", server.pem());
  std::string key = file("server.key", server.key_pem());
};

// With and without TLS.
class ClientCancellation : public testing::TestWithParam<bool> {
 protected:
  ClientCancellation() {
    options_.host = "127.0.0.1";
    options_.port = 0;
    client_options_.max_conns_per_host = 2;
    client_options_.max_conn_wait_timeout = 5s;
    client_options_.retry_budget = 1;
    if (GetParam()) {
      tls::CertificateOptions certificate;
      certificate.cert = certificates_.cert;
      certificate.key = certificates_.key;
      options_.tls.emplace().certificates.push_back(certificate);
      options_.tls->reload_check = 0ms;
      client_options_.tls.ca = certificates_.ca;
    }
    routes_.get("/person", [] { return Person{"Ada", 36}; });
    routes_.get("/slow", []() -> Task<std::string> {
      co_await sleep(300ms);
      co_return "slow";
    });
    routes_.post("/mirror", [](Body body) -> Task<std::string> { co_return co_await body.text(); });
    routes_.get("/numbers", [] {
      return Response::streamed(
          [](BodyWriter& out) -> Task<void> {
            for (int i = 0; i < 3; ++i) {
              co_await out.write(std::string(20'000, 'x'));
              co_await out.flush();
              co_await sleep(1ms);
            }
          },
          "text/plain");
    });
    routes_.get("/events", [](const Request& request) {
      std::string event = "retry: 200\nid: 1\ndata: after ";
      event.append(request.header("Last-Event-ID").value_or("nothing")).append("\n\n");
      return Response::streamed(
          [event](BodyWriter& out) -> Task<void> {
            for (const char each : event) {
              co_await out.write(std::string_view(&each, 1));
              if (each == '\n') co_await out.flush();
            }
          },
          "text/event-stream");
    });
    routes_.get("/moved", [] {
      Response moved(302);
      moved.header("Location", "/person");
      return moved;
    });
    routes_.get("/busy", [] { return Response(503); });
  }

  [[nodiscard]] std::string url(std::string_view path) const {
    return (GetParam() ? "https://localhost:" : "http://localhost:") +
           std::to_string(server_->address().port()) + std::string(path);
  }

  static Task<void> sends_numbers(BodyWriter& out) {
    for (int i = 0; i < 3; ++i) {
      co_await out.write(std::string(20'000, 'y'));
      co_await out.flush();
    }
  }

  Task<void> quick(HttpClient& http) {
    auto person = co_await http.get(url("/person")).as<Person>();
    EXPECT_EQ(person.age, 36);
    auto moved = co_await http.get(url("/moved")).as<Person>();
    EXPECT_EQ(moved.name, "Ada");
  }
  Task<void> streams(HttpClient& http) {
    auto back = co_await http.post(url("/mirror")).body(sends_numbers, "text/plain").as<std::string>();
    EXPECT_EQ(back.size(), 60'000U);
    HttpStream numbers = co_await http.get(url("/numbers")).stream();
    std::size_t bytes = 0;
    while (auto piece = co_await numbers.next()) bytes += piece->size();
    EXPECT_EQ(bytes, 60'000U);
    HttpStream dropped = co_await http.get(url("/numbers")).stream();
    (void)co_await dropped.next();
  }
  Task<void> follows(HttpClient& http) {
    HttpEvents events(http.get(url("/events")));
    auto first = co_await events.next();
    auto second = co_await events.next();  // on another connection, after a pause
    EXPECT_EQ(first.value_or(ServerEvent{}).data, "after nothing");
    EXPECT_EQ(second.value_or(ServerEvent{}).data, "after 1");
  }
  Task<void> fails(HttpClient& http) {
    auto busy = co_await http.get(url("/busy"));
    EXPECT_EQ(busy.status(), 503);
    EXPECT_EQ(busy.attempts(), 3U);
    try {
      (void)co_await http.get(url("/slow")).timeout(100ms).attempts(1).as<std::string>();
      ADD_FAILURE() << "came in time";
    } catch (const Error& error) {
      if (error.code() == Code::cancelled) throw;
      EXPECT_EQ(error.code(), Code::deadline_exceeded) << error.what();
    }
  }
  Task<void> everything(HttpClient& http) {
    std::vector<Task<void>> all;
    all.push_back(quick(http));
    all.push_back(streams(http));
    all.push_back(fails(http));
    all.push_back(follows(http));
    co_await when_all(std::move(all));
  }

  Task<void> cancelled_calls(CancelAt& by) {
    HttpClient http(client_options_);
    {
      Context root(Context::current());
      by.aim(&root);
      try {
        co_await with_context(root, everything(http));
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::cancelled) << error.what();
      }
      by.aim(nullptr);
    }
    // Both permits are back, and what is kept can be used.
    co_await when_all(quick(http), quick(http));
    co_await http.close();
  }

  // Whether the calls came to their end.
  bool run_once(int turn) {
    CancelAt clock(CancelAt::Moments::turns, turn);
    const int before = open_descriptors();
    {
      EventLoop loop(clock);
      RouteTable table(routes_, options_);
      EXPECT_EQ(table.problems(), std::vector<std::string>());
      NoObjects none;
      table.bind(none);
      Server server(options_, table, {&loop});
      server_ = &server;
      const auto run = [this, &clock]() -> Task<void> {
        co_await server_->start();
        co_await cancelled_calls(clock);
        co_await server_->stop(0ms);
      };
      loop.block_on(run());
      EXPECT_EQ(server.in_flight(), 0) << "turn " << turn;
      EXPECT_FALSE(loop.timers().next()) << "turn " << turn;
    }
    EXPECT_EQ(open_descriptors(), before) << "turn " << turn;
    return !clock.fired();
  }

  static inline Certificates certificates_;
  ServerOptions options_;
  HttpClientOptions client_options_;
  Routes routes_;
  Server* server_ = nullptr;
};

TEST_P(ClientCancellation, InEveryTurnOfTheLoopNothingIsLost) {
  int turns = 1;
  while (!run_once(turns) && !HasFailure()) ++turns;
  EXPECT_GT(turns, 30);
}

INSTANTIATE_TEST_SUITE_P(All, ClientCancellation, testing::Bool(),
                         [](const auto& with) { return with.param ? "Tls" : "Plain"; });

}  // namespace
}  // namespace ngo::http
