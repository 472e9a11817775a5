#include "ngo/metrics/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "ngo/metrics/registry.hpp"

namespace ngo::metrics {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string write(const Snapshot& snapshot, Exposition format, std::vector<std::string> wanted = {}) {
  std::string out;
  TextWriter writer(format, out, std::move(wanted));
  for (const Family& family : snapshot.families) writer.write(family);
  writer.finish();
  return out;
}

struct NameCase {
  const char* name;
  const char* unit;
  Kind kind;
  const char* expected;
};

TEST(PrometheusName, FollowsTheRulesOfOpenTelemetry) {
  const std::vector<NameCase> cases{
      {"http.server.request.duration", "s", Kind::histogram, "http_server_request_duration_seconds"},
      {"process.cpu.time", "s", Kind::counter, "process_cpu_time_seconds"},
      {"http.server.active_requests", "{request}", Kind::up_down_counter, "http_server_active_requests"},
      {"process.cpu.utilization", "1", Kind::gauge, "process_cpu_utilization_ratio"},
      {"jobs", "1", Kind::counter, "jobs"},
      {"disk.full", "%", Kind::gauge, "disk_full_percent"},
      {"net.rate", "By/s", Kind::gauge, "net_rate_bytes_per_second"},
      {"calls", "{call}/s", Kind::gauge, "calls"},
      {"wait.seconds", "s", Kind::gauge, "wait_seconds"},
      {"orders.total", "{order}", Kind::counter, "orders"},
      {"a..b-c/d", "", Kind::gauge, "a_b_c_d"},
  };
  for (const NameCase& each : cases) {
    EXPECT_EQ(prometheus_name(each.name, each.unit, each.kind), each.expected) << each.name;
  }
}

TEST(TextWriter, WritesTheTextFormat) {
  Registry registry;
  const std::array bounds{0.5, 10.0};
  const auto duration = registry.histogram("call.duration", "s", "how long \\ a\ncall takes", bounds);
  const Histogram bound = duration.with({{"http.route", "/a\"b\\c\n{id}"}});
  bound.record(0.25);
  bound.record(20, {{1, 2}, {3}});
  registry.counter("orders", "{order}", "").with({}).add(2);
  registry.gauge("temp", "Cel", "").with({}).set(-0.5);
  EXPECT_EQ(write(registry.snapshot(), Exposition::prometheus),
            "# HELP call_duration_seconds how long \\\\ a\\ncall takes\n"
            "# TYPE call_duration_seconds histogram\n"
            "call_duration_seconds_bucket{http_route=\"/a\\\"b\\\\c\\n{id}\",le=\"0.5\"} 1\n"
            "call_duration_seconds_bucket{http_route=\"/a\\\"b\\\\c\\n{id}\",le=\"10\"} 1\n"
            "call_duration_seconds_bucket{http_route=\"/a\\\"b\\\\c\\n{id}\",le=\"+Inf\"} 2\n"
            "call_duration_seconds_sum{http_route=\"/a\\\"b\\\\c\\n{id}\"} 20.25\n"
            "call_duration_seconds_count{http_route=\"/a\\\"b\\\\c\\n{id}\"} 2\n"
            "# TYPE orders_total counter\n"
            "orders_total 2\n"
            "# TYPE temp_celsius gauge\n"
            "temp_celsius -0.5\n");
}

TEST(TextWriter, WritesOpenMetricsWithExemplars) {
  Snapshot snapshot;
  HistogramData data;
  data.bounds = std::make_shared<const std::vector<double>>(std::vector<double>{1, 2.5});
  data.counts = {1, 0, 1};
  data.count = 2;
  data.sum = 3.5;
  data.exemplars.push_back({2, {{0, 1}, {2}, 3, 1'700'000'000'123'456'789}});
  const auto none = std::make_shared<const Labels>();
  snapshot.families.push_back({"took", "s", "time", Kind::histogram, {{none, data}}});
  snapshot.families.push_back({"orders", "{order}", "taken", Kind::counter, {{none, std::int64_t{7}}}});
  EXPECT_EQ(write(snapshot, Exposition::open_metrics),
            "# TYPE took_seconds histogram\n"
            "# UNIT took_seconds seconds\n"
            "# HELP took_seconds time\n"
            "took_seconds_bucket{le=\"1.0\"} 1\n"
            "took_seconds_bucket{le=\"2.5\"} 1\n"
            "took_seconds_bucket{le=\"+Inf\"} 2 # {trace_id=\"00000000000000000000000000000001\","
            "span_id=\"0000000000000002\"} 3 1700000000.123\n"
            "took_seconds_sum 3.5\n"
            "took_seconds_count 2\n"
            "# TYPE orders counter\n"
            "# HELP orders taken\n"
            "orders_total 7\n"
            "# EOF\n");
}

TEST(TextWriter, ShowsExponentialHistogramsByPowersOfTwoAlwaysTheSame) {
  Registry registry;
  const ExponentialHistogram histogram = registry.exponential_histogram("e", "s", "", {3, 0.25, 4});
  for (const double value : {0.1, 0.3, 1.0, 1.1, 100.0}) histogram.record(value);
  const std::string text = write(registry.snapshot(), Exposition::prometheus);
  EXPECT_THAT(text, HasSubstr("e_seconds_bucket{le=\"0.25\"} 1\n"
                              "e_seconds_bucket{le=\"0.5\"} 2\n"
                              "e_seconds_bucket{le=\"1\"} 3\n"
                              "e_seconds_bucket{le=\"2\"} 4\n"
                              "e_seconds_bucket{le=\"+Inf\"} 5\n"));
}

TEST(TextWriter, WritesOnlyWhatIsWantedByFamilyOrSample) {
  Registry registry;
  registry.counter("orders", "{order}", "").with({}).add(1);
  registry.histogram("took", "s", "").with({}).record(1);
  registry.gauge("orders.open", "{order}", "").with({}).set(1);
  const Snapshot snapshot = registry.snapshot();
  EXPECT_EQ(write(snapshot, Exposition::prometheus, {"orders_total"}),
            "# TYPE orders_total counter\norders_total 1\n");
  EXPECT_THAT(write(snapshot, Exposition::prometheus, {"took_seconds_sum"}),
              HasSubstr("took_seconds_bucket"));
  EXPECT_EQ(write(snapshot, Exposition::prometheus, {"nothing"}), "");
}

TEST(TextWriter, LeavesOutASecondFamilyOfTheSameName) {
  std::string out;
  TextWriter writer(Exposition::prometheus, out);
  const auto none = std::make_shared<const Labels>();
  EXPECT_TRUE(writer.write({"a.b", "", "", Kind::gauge, {{none, 1.0}}}));
  EXPECT_FALSE(writer.write({"a_b", "", "", Kind::gauge, {{none, 2.0}}}));
  EXPECT_EQ(out, "# TYPE a_b gauge\na_b 1\n");
}

TEST(TextWriter, TellsWhoSpeaks) {
  const Labels resource{{"service.name", "shop"}, {"service.version", "1.0"}};
  for (const Exposition format : {Exposition::prometheus, Exposition::open_metrics}) {
    std::string out;
    TextWriter writer(format, out);
    writer.write_resource(resource);
    EXPECT_THAT(out, HasSubstr("target_info{service_name=\"shop\",service_version=\"1.0\"} 1\n"));
    EXPECT_THAT(out, HasSubstr(format == Exposition::prometheus ? "# TYPE target_info gauge\n"
                                                                : "# TYPE target info\n"));
  }
}

TEST(TextWriter, WritesWhatIsNoNumberAsPrometheusReadsIt) {
  Registry registry;
  const auto gauge = registry.gauge("g", "", "");
  gauge.with({{"k", "1"}}).set(0.0 / 1.0 - 1e300 * 1e300);
  gauge.with({{"k", "2"}}).set(1e300 * 1e300);
  const std::string text = write(registry.snapshot(), Exposition::prometheus);
  EXPECT_THAT(text, HasSubstr("g{k=\"1\"} -Inf\n"));
  EXPECT_THAT(text, HasSubstr("g{k=\"2\"} +Inf\n"));
}

struct AcceptCase {
  const char* accept;
  const char* content_type;
};

TEST(Negotiation, PicksTheFormatByItsWeight) {
  const char* const text = "text/plain; version=0.0.4; charset=utf-8";
  const char* const open = "application/openmetrics-text; version=1.0.0; charset=utf-8";
  const std::vector<AcceptCase> cases{
      {"", text},
      {"*/*", text},
      {"text/*;q=0.1", text},
      {"text/html", text},
      {"application/openmetrics-text", open},
      {"application/openmetrics-text; version=1.0.0", open},
      {"application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5", open},
      {"application/openmetrics-text;version=1.0.0;q=0.2,text/plain;version=0.0.4;q=0.5", text},
      {"application/openmetrics-text;version=2.0.0,text/plain;q=0.1", text},
      {"application/openmetrics-text;q=0,*/*;q=0.1", text},
      {"APPLICATION/OpenMetrics-Text;Version=\"1.0.0\"", open},
      // Prometheus 2
      {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
       "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
       open},
      {"application/openmetrics-text;version=0.0.1",
       "application/openmetrics-text; version=0.0.1; charset=utf-8"},
      // Prometheus 3
      {"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
       "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
       "text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
       "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"},
      {"text/plain;version=1.0.0;escaping=allow-utf-8",
       "text/plain; version=1.0.0; charset=utf-8; escaping=underscores"},
      {"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,"
       "text/plain;version=0.0.4;q=0.3",
       text},
      {",;=;,;q=x,application/openmetrics-text;q=7", text},
  };
  for (const AcceptCase& each : cases) {
    EXPECT_EQ(negotiate(each.accept).content_type, each.content_type) << each.accept;
  }
}

}  // namespace
}  // namespace ngo::metrics
