#include "ngo/http/server_metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "ngo/http/endpoint.hpp"

namespace ngo::http {
namespace {

using testing::UnorderedElementsAre;

class ServerMetricsTest : public testing::Test {
 protected:
  void end(const CompiledRoute& route, int status, bool broken = false, RequestKind kind = {Method::get}) {
    ServerMetrics::Outcome outcome;
    outcome.status = status;
    outcome.broken = broken;
    outcome.took = std::chrono::milliseconds(20);
    server_.end(route, kind, outcome);
  }

  // "route status error" of each series of the durations.
  std::vector<std::string> series() {
    std::vector<std::string> out;
    const metrics::Snapshot snapshot = registry_.snapshot();
    for (const metrics::Point& point : snapshot.find("http.server.request.duration")->points) {
      const auto value = [&](std::string_view key) { return std::string(value_of(*point.labels, key)); };
      out.push_back(value("http.request.method") + " " + value("http.route") + " " +
                    value("http.response.status_code") + " " + value("error.type"));
    }
    return out;
  }

  Metrics registry_;
  Routes routes_;
  Route& articles_ = routes_.get("/articles", [] { return std::string(); });
  RouteTable table_{routes_, ServerOptions()};
  ServerMetrics server_{registry_, table_};
};

TEST_F(ServerMetricsTest, TellsStatusesAndFailuresApart) {
  const CompiledRoute& route = table_.route(0);
  for (const int status : {200, 200, 404, 500, 529}) end(route, status);
  end(table_.fallback(), 404);
  EXPECT_THAT(series(), UnorderedElementsAre("GET /articles 200 ", "GET /articles 404 ",
                                             "GET /articles 500 500", "GET /articles 529 529", "GET  404 "));
}

TEST_F(ServerMetricsTest, CountsTheEndOfTheClientAsAFailureOfItsOwn) {
  end(table_.route(0), 0);
  end(table_.route(0), 200, true);
  EXPECT_THAT(series(), UnorderedElementsAre("GET /articles  cancelled", "GET /articles 200 cancelled"));
}

TEST_F(ServerMetricsTest, CountsStatusesOfNobodysStandardTogether) {
  for (const int status : {299, 599, 700, -5}) end(table_.route(0), status);
  EXPECT_THAT(series(), UnorderedElementsAre("GET /articles  _OTHER"));
  end(table_.route(0), 200, false, {Method::unknown});
  EXPECT_THAT(series(), UnorderedElementsAre("GET /articles  _OTHER", "_OTHER /articles 200 "));
}

TEST_F(ServerMetricsTest, ShowsTheTraceOfAnAnswerThatIsKept) {
  ServerMetrics::Outcome outcome;
  outcome.status = 200;
  outcome.took = std::chrono::milliseconds(20);
  outcome.trace = {{1, 2}, {3}};
  server_.end(table_.route(0), {Method::get}, outcome);
  const metrics::Snapshot snapshot = registry_.snapshot();
  const auto& data =
      std::get<metrics::HistogramData>(snapshot.find("http.server.request.duration")->points[0].value);
  ASSERT_EQ(data.exemplars.size(), 1U);
  EXPECT_EQ(data.exemplars[0].exemplar.trace, (TraceId{1, 2}));
  EXPECT_EQ(data.exemplars[0].exemplar.value, 0.02);
}

TEST(ErrorType, IsTheStatusOfOurFailuresOnly) {
  EXPECT_EQ(error_type(200, false), "");
  EXPECT_EQ(error_type(499, false), "");
  EXPECT_EQ(error_type(500, false), "500");
  EXPECT_EQ(error_type(504, false), "504");
  EXPECT_EQ(error_type(599, false), "_OTHER");
  EXPECT_EQ(error_type(0, false), "cancelled");
  EXPECT_EQ(error_type(200, true), "cancelled");
}

}  // namespace
}  // namespace ngo::http
