#include "ngo/config/explain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ngo/base/rules.hpp"
#include "ngo/base/secret.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/config/tree.hpp"

namespace ngo::config {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

enum class Mode : std::uint8_t { release, debug };

struct Tls {
  std::string certificate;
};

struct Server {
  std::uint16_t port = 8080;
  std::chrono::milliseconds idle_timeout = 75s;
  Mode mode = Mode::release;
  std::optional<Tls> tls;
  std::vector<std::string> names;
  static constexpr auto rules = ngo::rules(ngo::range<&Server::port>(1, 60000));
};

struct Cluster {
  std::string addr;
  std::string password;
  Secret<std::string> pin;
  std::vector<Cluster> replicas;
  static constexpr auto rules = ngo::rules(ngo::required<&Cluster::addr>());
};

class Explain : public testing::Test {
 protected:
  Explain() {
    const char* flags[] = {"test", "--set", "httpServer.port=9000"};
    tree_ = Tree::load(parse_command_line(3, flags),
                       "httpServer: { port: 80, names: [ a, b ] }\nredis: [ { addr: x, password: y, pin: "
                       "1234 } ]\nmore: 1\n",
                       Environment(Environment::Variables{{"NGO_HTTPSERVER__PORT", "81"}}), report_);
    tree_.bind("httpServer", server_, report_);
    tree_.bind_named("redis", "default", type_of<Cluster>(), &redis_, report_);
  }
  std::string explain(std::string_view key) {
    bool found = false;
    std::string out = tree_.explain(key, found);
    EXPECT_EQ(found, !out.starts_with("no part"));
    return out;
  }

  Report report_;
  Tree tree_;
  Server server_;
  Cluster redis_;
};

TEST_F(Explain, TellsWhereAValueComesFromAndWhatItTookThePlaceOf) {
  EXPECT_EQ(explain("httpServer.port"),
            "httpServer.port = 9000\n"
            "  from      --set httpServer.port\n"
            "  instead of the value in environment variable NGO_HTTPSERVER__PORT\n"
            "  instead of the value in the program's defaults:1:21\n"
            "  default   8080\n"
            "  expects   a whole number from 0 to 65535\n"
            "  a change  takes effect at restart\n");
}

TEST_F(Explain, TellsTheDefaultOfWhatNobodySets) {
  EXPECT_THAT(explain("http-server.idle-timeout"),
              testing::StartsWith("httpServer.idleTimeout = 1m15s\n  from      the "
                                  "default: nothing sets it\n"));
  EXPECT_THAT(explain("httpServer.tls"), HasSubstr("httpServer.tls.certificate = none"));
}

TEST_F(Explain, HidesSecretsAndKnowsElementsOfLists) {
  EXPECT_THAT(explain("redis.0.password"),
              testing::AllOf(testing::StartsWith("redis.0.password = ***\n"), HasSubstr("secret    yes"),
                             HasSubstr("default   ***")));
  EXPECT_THAT(explain("redis"), testing::AllOf(HasSubstr("redis.0.addr = x"), HasSubstr("required  yes"),
                                               testing::Not(HasSubstr("= y"))));
  EXPECT_THAT(explain("redis.0.pin"), testing::StartsWith("redis.0.pin = ***\n"));
  EXPECT_THAT(tree_.dump(), testing::Not(HasSubstr("1234")));
  EXPECT_EQ(redis_.pin.value(), "1234");
  EXPECT_THAT(explain("httpServer.names"), HasSubstr("httpServer.names.1 = b"));
  EXPECT_THAT(explain("more"), HasSubstr("read by   no part of this program"));
}

TEST_F(Explain, NamesTheNearestKeyOfOneThatIsNotThere) {
  EXPECT_EQ(explain("httpServer.prot"),
            "no part of this program has the key \"httpServer.prot\"; did you mean \"httpServer.port\"?\n"
            "sections: httpServer, redis\n");
}

TEST_F(Explain, EveryValueHasAnOrigin) {
  const std::vector<Origin> origins = tree_.origins();
  ASSERT_EQ(origins.size(), 7u);
  EXPECT_EQ(origins[0].key, "httpServer.port");
  EXPECT_EQ(origins[0].shadows.size(), 2u);
  EXPECT_EQ(origins[2].key, "httpServer.names.1");
  EXPECT_EQ(origins[2].source, "the program's defaults:1:37");
  EXPECT_EQ(origins[4].value, "***");
  EXPECT_TRUE(origins[4].secret);
}

TEST_F(Explain, TheSchemaHasEveryKeyWithItsTypeDefaultAndLimits) {
  const JsonValue schema = json::parse<JsonValue>(json_schema(tree_.known(), "test"));
  const JsonValue& server = *schema.find("properties")->find("httpServer");
  const JsonValue& port = *server.find("properties")->find("port");
  EXPECT_EQ(port.find("minimum")->as_int64(), 1);
  EXPECT_EQ(port.find("maximum")->as_int64(), 60000);
  EXPECT_EQ(port.find("default")->as_int64(), 8080);
  EXPECT_FALSE(server.find("additionalProperties")->as_bool());
  EXPECT_EQ(server.find("properties")
                ->find("mode")
                ->find("anyOf")
                ->as_array()[0]
                .find("enum")
                ->as_array()[1]
                .as_string(),
            "debug");
  const JsonValue& redis = schema.find("properties")->find("redis")->find("anyOf")->as_array()[1];
  EXPECT_EQ(redis.find("required")->as_array()[0].as_string(), "addr");
  EXPECT_NE(redis.find("properties")->find("name"), nullptr);
}

}  // namespace
}  // namespace ngo::config
