#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/http/client/client.hpp"
#include "ngo/metrics/registry.hpp"
#include "ngo/net/listener.hpp"
#include "ngo/net/stream.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/scope.hpp"
#include "ngo/runtime/wait.hpp"
#include "ngo/trace/span.hpp"
#include "ngo/trace/tracer.hpp"

namespace ngo {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::SizeIs;
using testing::UnorderedElementsAre;

// What became of each attempt of a client's calls: in the registry, and as spans.
class Attempts : public testing::Test {
 protected:
  Attempts() { trace_with({}); }
  ~Attempts() override { trace::Tracer::set_of_process(nullptr); }

  void trace_with(trace::TracerOptions options) {
    options.sampling.ratio = 1;
    trace::Tracer::set_of_process(nullptr);
    tracer_.emplace(std::move(options));
    tracer_->on_kept([this](const trace::FragmentPtr& fragment) {
      for (const trace::SpanData& span : fragment->spans) spans_.push_back(span);
    });
    trace::Tracer::set_of_process(&*tracer_);
  }

  // The first request on a connection is answered by its path: 404 for /missing, never for /hang. The second
  // one on a connection that had /last is not looked at.
  static Task<void> serve(EventLoop& loop, net::Socket socket) {
    try {
      net::Stream stream(loop, std::move(socket));
      std::string received;
      bool last = false;
      while (true) {
        while (received.find("\r\n\r\n") == std::string::npos) {
          char bytes[4096];
          const std::size_t got = co_await stream.read_some(bytes);
          if (got == 0) co_return;
          received.append(bytes, got);
        }
        if (last) co_return;
        last = received.find("/last") != std::string::npos;
        if (received.find("/hang") != std::string::npos) co_await sleep(1h);
        const bool missing = received.find("/missing") != std::string::npos;
        received.clear();
        co_await stream.write_all(missing ? "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
                                          : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      }
    } catch (const Error& error) {
      if (error.code() == Code::cancelled) throw;
    }
  }

  template <class F>
  void run(F test) {
    EventLoop loop;
    const auto body = [&](Scope& scope) -> Task<void> {
      net::Socket socket = net::Socket::listen(net::Address::parse("127.0.0.1", 0), false);
      port_ = socket.local().port();
      net::Listener listener(
          loop, std::move(socket),
          [&](net::Socket taken, const net::Address&) { scope.spawn(serve(loop, std::move(taken))); },
          [](const std::string&) {});
      {
        HttpClient http;
        http.set_metrics(metrics_);
        co_await test(http);
      }
      scope.cancel();
    };
    loop.block_on(Scope::run(body));
  }
  std::string url(std::string_view path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
  }

  // "error.type=404 http.request.method=GET ... 2" for each point, without the server.
  std::vector<std::string> points(std::string_view metric) const {
    std::vector<std::string> out;
    for (const metrics::Family& family : metrics_.snapshot().families) {
      if (family.name != metric) continue;
      for (const metrics::Point& point : family.points) {
        std::string text;
        for (const metrics::Label& label : *point.labels)
          if (!label.key.starts_with("server.")) text += label.key + "=" + label.value + " ";
        if (const auto* const data = std::get_if<metrics::HistogramData>(&point.value)) {
          text += std::to_string(data->count);
        } else {
          text += std::to_string(std::get<std::int64_t>(point.value));
        }
        out.push_back(text);
      }
    }
    return out;
  }
  std::vector<std::string> durations() const { return points("http.client.request.duration"); }
  std::vector<std::string> active() const { return points("http.client.active_requests"); }

  static std::string attribute(const trace::SpanData& span, std::string_view key) {
    for (const trace::Attribute& each : span.attributes) {
      if (each.key != key) continue;
      if (const auto* const text = std::get_if<std::string>(&each.value)) return *text;
      if (const auto* const number = std::get_if<std::int64_t>(&each.value)) return std::to_string(*number);
    }
    return "none";
  }

  Metrics metrics_;
  std::optional<trace::Tracer> tracer_;
  std::vector<trace::SpanData> spans_;
  std::uint16_t port_ = 0;
};

TEST_F(Attempts, AreCountedByServerMethodAndOutcome) {
  run([this](HttpClient& http) -> Task<void> {
    for (const char* const path : {"/a", "/b", "/missing"}) (void)co_await http.get(url(path));
    (void)co_await http.post(url("/a")).body(std::string("x"), "text/plain");
    EXPECT_THAT(active(), ElementsAre("0"));
  });
  EXPECT_THAT(durations(),
              UnorderedElementsAre(
                  "http.request.method=GET http.response.status_code=200 network.protocol.version=1.1 2",
                  "http.request.method=POST http.response.status_code=200 network.protocol.version=1.1 1",
                  "error.type=404 http.request.method=GET http.response.status_code=404 "
                  "network.protocol.version=1.1 1"));
}

TEST_F(Attempts, TellTheirSpanServerPeerAndAUrlWithoutSecrets) {
  run([this](HttpClient& http) -> Task<void> {
    (void)co_await http.get(url("/a?id=7&sig=secret&password=secret"));
    (void)co_await http.get(url("/missing"));
  });
  ASSERT_THAT(spans_, SizeIs(2));
  const trace::SpanData& first = spans_[0];
  EXPECT_EQ(first.name, "GET");
  EXPECT_EQ(first.kind, trace::SpanKind::client);
  EXPECT_EQ(attribute(first, "server.address"), "127.0.0.1");
  EXPECT_EQ(attribute(first, "server.port"), std::to_string(port_));
  EXPECT_EQ(attribute(first, "network.peer.address"), "127.0.0.1");
  EXPECT_EQ(attribute(first, "network.peer.port"), std::to_string(port_));
  EXPECT_EQ(attribute(first, "network.protocol.version"), "1.1");
  EXPECT_EQ(attribute(first, "http.response.status_code"), "200");
  EXPECT_EQ(attribute(first, "http.request.resend_count"), "none");
  EXPECT_EQ(attribute(first, "error.type"), "none");
  EXPECT_EQ(attribute(first, "url.full").find("secret"), std::string::npos) << attribute(first, "url.full");
  EXPECT_NE(attribute(first, "url.full").find("id=7"), std::string::npos);
  EXPECT_EQ(attribute(spans_[1], "error.type"), "404");
  EXPECT_EQ(spans_[1].status, trace::SpanStatus::error);
}

TEST_F(Attempts, OnAConnectionThatWasClosedAreResentAndNotCounted) {
  run([this](HttpClient& http) -> Task<void> {
    (void)co_await http.get(url("/last"));
    (void)co_await http.get(url("/again"));
  });
  EXPECT_THAT(durations(), ElementsAre("http.request.method=GET http.response.status_code=200 "
                                       "network.protocol.version=1.1 2"));
  EXPECT_THAT(active(), ElementsAre("0"));
  ASSERT_THAT(spans_, SizeIs(3));
  EXPECT_EQ(attribute(spans_[1], "error.type"), "unavailable");
  EXPECT_EQ(attribute(spans_[1], "http.request.resend_count"), "none");
  EXPECT_EQ(attribute(spans_[2], "http.request.resend_count"), "1");
}

TEST_F(Attempts, ThatTakeTooLongOrAreCancelledSaySo) {
  run([this](HttpClient& http) -> Task<void> {
    try {
      (void)co_await http.get(url("/hang")).timeout(20ms).attempts(1);
      ADD_FAILURE() << "was answered";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::deadline_exceeded) << error.message();
    }
    Context context(Context::current());
    const auto call = [&]() -> Task<void> { (void)co_await http.get(url("/hang")); };
    const auto both = [&](Scope& scope) -> Task<void> {
      const auto watch = [&](Scope&) -> Task<void> {
        while (active() != std::vector<std::string>{"1"}) co_await yield();
        context.cancel();
      };
      scope.spawn(watch(scope));
      try {
        co_await with_context(context, call());
        ADD_FAILURE() << "was answered";
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::cancelled) << error.message();
      }
    };
    co_await Scope::run(both);
  });
  EXPECT_THAT(durations(),
              UnorderedElementsAre(
                  "error.type=deadline_exceeded http.request.method=GET network.protocol.version=1.1 1",
                  "error.type=cancelled http.request.method=GET network.protocol.version=1.1 1"));
  EXPECT_THAT(active(), ElementsAre("0"));
  ASSERT_THAT(spans_, SizeIs(2));
  EXPECT_EQ(spans_[0].status, trace::SpanStatus::error);
  EXPECT_EQ(spans_[1].status, trace::SpanStatus::unset);
}

TEST_F(Attempts, HaveTheNamesOfTheOriginalWhereTheyAreAskedFor) {
  trace::TracerOptions options;
  options.original_names = true;
  trace_with(std::move(options));
  std::string nowhere;
  run([&](HttpClient& http) -> Task<void> {
    (void)co_await http.get(url("/missing"));
    nowhere = "http://" + net::Socket::listen(net::Address::parse("127.0.0.1", 0), false).local().to_string();
    try {
      (void)co_await http.get(nowhere + "/x").attempts(1);
      ADD_FAILURE() << "was answered";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::unavailable) << error.message();
    }
  });
  ASSERT_THAT(spans_, SizeIs(2));
  EXPECT_EQ(spans_[0].name, "httpclient");
  EXPECT_EQ(attribute(spans_[0], "span.type"), "HTTP_CLIENT");
  EXPECT_EQ(attribute(spans_[0], "http.client.request.url"), url("/missing"));
  EXPECT_EQ(attribute(spans_[0], "http.client.request.method"), "GET");
  EXPECT_EQ(attribute(spans_[0], "http.client.request.path"), "/missing");
  EXPECT_EQ(attribute(spans_[0], "http.client.request.host"), "127.0.0.1:" + std::to_string(port_));
  EXPECT_EQ(attribute(spans_[0], "http.client.response.status"), "404");
  EXPECT_EQ(attribute(spans_[0], "url.full"), "none");
  EXPECT_EQ(attribute(spans_[1], "http.client.response.status"), "0");
  EXPECT_EQ(attribute(spans_[1], "exception.name"), "ngo::Error");
}

TEST_F(Attempts, OfAClientThatIsNotTracedHaveNoSpansAndAreCounted) {
  run([this](HttpClient& http) -> Task<void> {
    http.set_traced(false);
    const trace::Span span("around");
    (void)co_await http.get(url("/a"));
    EXPECT_EQ(trace::current_trace_id(), span.trace_id());
  });
  ASSERT_THAT(spans_, SizeIs(1));
  EXPECT_EQ(spans_[0].name, "around");
  EXPECT_THAT(durations(), SizeIs(1));
}

}  // namespace
}  // namespace ngo
