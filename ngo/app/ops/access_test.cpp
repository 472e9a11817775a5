#include "ngo/app/ops/access.hpp"

#include <gtest/gtest.h>

namespace ngo::app {
namespace {

OpsAccess with_tokens() {
  OpsOptions options;
  options.token = "correct horse battery staple";
  options.tokens = {{"deployer", "0123456789abcdef"}, {"robot", "fedcba9876543210"}};
  return OpsAccess(options);
}

TEST(OpsAccess, KnowsTokensByTheirNames) {
  const OpsAccess access = with_tokens();
  EXPECT_EQ(access.token_name("Bearer correct horse battery staple"), "ops.token");
  EXPECT_EQ(access.token_name("bearer 0123456789abcdef"), "deployer");
  EXPECT_EQ(access.token_name("Bearer  fedcba9876543210 "), "robot");
  EXPECT_EQ(access.token_name("Basic YW55Ym9keTowMTIzNDU2Nzg5YWJjZGVm"), "deployer");  // anybody:0123...
}

TEST(OpsAccess, KnowsNothingElse) {
  const OpsAccess access = with_tokens();
  for (const char* const wrong :
       {"", "Bearer", "Bearer ", "Bearer 0123456789abcde", "Bearer 0123456789abcdef0", "Bearer deployer",
        "0123456789abcdef", "Token 0123456789abcdef", "Basic 0123456789abcdef", "Basic ???",
        "Basic MDEyMzQ1Njc4OWFiY2RlZg==", "Basic ZGVwbG95ZXI6", "Bearer0123456789abcdef"}) {
    EXPECT_EQ(access.token_name(wrong), "") << wrong;
  }
  const OpsAccess none{OpsOptions()};
  EXPECT_EQ(none.token_name(""), "");
  EXPECT_EQ(none.token_name("Bearer "), "");
  EXPECT_EQ(none.token_name("Basic Og=="), "");
}

TEST(OpsAccess, OpensHealthAndMetricsAndNothingElse) {
  const OpsAccess access = with_tokens();
  for (const char* const open :
       {"/health", "/health/check", "/health/status", "/health/online", "/health/offline", "/metrics",
        "/actuator/health", "/actuator/health/{path...}", "/actuator/prometheus"}) {
    EXPECT_TRUE(access.is_open(open)) << open;
  }
  for (const char* const closed :
       {"", "/", "/health/components/{name}", "/logging", "/actuator", "/actuator/env", "/prometheus",
        "/actuator/metrics", "/debug/pprof/", "/actuatorhealth"}) {
    EXPECT_FALSE(access.is_open(closed)) << closed;
  }
}

TEST(OpsAccess, TakesWhatAMethodChangesForAWrite) {
  EXPECT_TRUE(OpsAccess::is_write(http::Method::post, "/logging"));
  EXPECT_TRUE(OpsAccess::is_write(http::Method::del, "/anything"));
  EXPECT_TRUE(OpsAccess::is_write(http::Method::get, "/health/offline"));
  EXPECT_FALSE(OpsAccess::is_write(http::Method::get, "/health/check"));
  EXPECT_FALSE(OpsAccess::is_write(http::Method::head, "/logging"));
}

}  // namespace
}  // namespace ngo::app
