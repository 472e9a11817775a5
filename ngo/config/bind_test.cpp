#include "ngo/config/bind.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ngo/base/byte_size.hpp"
#include "ngo/codec/json_value.hpp"
#include "ngo/config/yaml.hpp"

namespace ngo::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

enum class Mode : std::uint8_t { release, debug_all };

struct Tls {
  std::string certificate;
  std::string private_key;
  static constexpr auto rules = ngo::rules(ngo::required<&Tls::certificate>());
};

struct File {
  std::string path;
};
struct Memory {
  int lines = 10;
};

struct Options {
  std::string host = "0.0.0.0";
  std::uint16_t port = 8080;
  bool keep_alive = true;
  double ratio = 0.5;
  Mode mode = Mode::release;
  std::chrono::milliseconds idle_timeout = 75s;
  ByteSize max_body_size = ByteSize::mib(8);
  std::vector<std::string> addr;
  std::vector<int> numbers;
  std::array<int, 2> pair = {1, 2};
  std::map<std::string, std::string> labels;
  std::optional<int> limit;
  std::vector<Tls> tls;
  std::variant<int, std::string> either = 1;
  std::variant<File, Memory> target;
  JsonValue extra;
  std::string password = "none";

  static constexpr auto rules =
      ngo::rules(ngo::range<&Options::ratio>(0, 1), ngo::length<&Options::host>(1, 20),
                 ngo::element_length<&Options::addr>(1, 12), ngo::length<&Options::password>(4, 100));
};

class Bind : public testing::Test {
 protected:
  bool bind(std::string_view yaml) {
    Node node = parse_yaml(yaml, "a.yaml", report_);
    EXPECT_TRUE(report_.empty()) << report_.to_string();
    return config::bind(options_, node, "http", report_);
  }
  void good(std::string_view yaml) { EXPECT_TRUE(bind(yaml)) << report_.to_string(); }
  std::string bad(std::string_view yaml) {
    report_ = {};
    options_ = {};
    EXPECT_FALSE(bind(yaml)) << yaml;
    return report_.to_string();
  }

  Options options_;
  Report report_;
};

TEST_F(Bind, KeepsDefaultsOfWhatIsNotThere) {
  good("port: 1\nhost:\n");
  EXPECT_EQ(options_.port, 1);
  EXPECT_EQ(options_.host, "0.0.0.0");
  EXPECT_EQ(options_.idle_timeout, 75s);
}

TEST_F(Bind, MatchesNamesInAnySpelling) {
  good("idle-timeout: 1s\nmaxBodySize: 64KiB\nkeep_alive: no\nHOST: a\n");
  EXPECT_EQ(options_.idle_timeout, 1s);
  EXPECT_EQ(options_.max_body_size, ByteSize::kib(64));
  EXPECT_FALSE(options_.keep_alive);
  EXPECT_EQ(options_.host, "a");
}

TEST_F(Bind, ConvertsBetweenTextsNumbersAndBools) {
  good(
      "host: 12\nport: '443'\nkeepAlive: Off\nratio: 1\nmode: DEBUG-ALL\nlimit: 0x1F\nnumbers: [ 1_000, -5, "
      "7.0 ]\n");
  EXPECT_EQ(options_.host, "12");
  EXPECT_EQ(options_.port, 443);
  EXPECT_FALSE(options_.keep_alive);
  EXPECT_EQ(options_.ratio, 1.0);
  EXPECT_EQ(options_.mode, Mode::debug_all);
  EXPECT_EQ(options_.limit, 31);
  EXPECT_THAT(options_.numbers, ElementsAre(1000, -5, 7));
}

TEST_F(Bind, KeepsTextsThatLookLikeNumbersOrBools) {
  good("host: no\naddr: [ 1.10, 007, true ]\n");
  EXPECT_EQ(options_.host, "no");
  EXPECT_THAT(options_.addr, ElementsAre("1.10", "007", "true"));
}

TEST_F(Bind, TakesOneValueForAListAndSplitsTextsAtCommas) {
  good("addr: 1.1.1.1:6379\nnumbers: 1, 2 ,3\ntls: { certificate: c }\n");
  EXPECT_THAT(options_.addr, ElementsAre("1.1.1.1:6379"));
  EXPECT_THAT(options_.numbers, ElementsAre(1, 2, 3));
  ASSERT_EQ(options_.tls.size(), 1U);
  EXPECT_EQ(options_.tls[0].certificate, "c");
  good("addr: ''\n");
  EXPECT_TRUE(options_.addr.empty());
}

TEST_F(Bind, FillsMapsOptionalsArraysAndFreeValues) {
  good(
      "labels: { a: 1, b-c: x }\nlimit: 5\npair: [ 3, 4 ]\nextra: { a: [ 1, 'two', 2.5, true, ~, 0123 ] }\n");
  EXPECT_EQ(options_.labels.at("b-c"), "x");
  EXPECT_EQ(options_.limit, 5);
  EXPECT_THAT(options_.pair, ElementsAre(3, 4));
  const JsonValue expected =
      JsonValue::Object{{"a", JsonValue::Array{JsonValue(1), JsonValue("two"), JsonValue(2.5),
                                               JsonValue(true), JsonValue(), JsonValue("0123")}}};
  EXPECT_EQ(options_.extra, expected);
}

TEST_F(Bind, PicksTheAlternativeOfAVariant) {
  good("either: 5\ntarget: { type: memory, lines: 3 }\n");
  EXPECT_EQ(std::get<int>(options_.either), 5);
  EXPECT_EQ(std::get<Memory>(options_.target).lines, 3);
  good("either: five\ntarget: { type: File, path: /x }\n");
  EXPECT_EQ(std::get<std::string>(options_.either), "five");
  EXPECT_EQ(std::get<File>(options_.target).path, "/x");
  EXPECT_EQ(bad("target: { type: Disk }\n"),
            "a.yaml:1:17: http.target.type: expected one of \"File\" or \"Memory\"\n");
}

TEST_F(Bind, RefusesBareDurationsAndSaysWhatTheyMeant) {
  EXPECT_EQ(bad("idleTimeout: 2000\n"),
            "a.yaml:1:14: http.idleTimeout: \"2000\" has no unit; write for example \"2000ms\" or \"2000s\"; "
            "the original read a bare number as nanoseconds, that is 2us\n");
  report_ = {};
  good("idleTimeout: 0\n");
  EXPECT_EQ(options_.idle_timeout, 0s);
}

TEST_F(Bind, NamesTheNearestKey) {
  EXPECT_THAT(bad("prot: 1\n"),
              HasSubstr("a.yaml:1:1: http.prot: unknown key; did you mean \"port\"? valid keys: host, "
                        "port, keepAlive, ratio, mode, idleTimeout, maxBodySize,"));
  EXPECT_THAT(bad("max_bodysise: 1\n"), HasSubstr("did you mean \"maxBodySize\"?"));
}

TEST_F(Bind, RefusesAKeyInTwoSpellings) {
  EXPECT_EQ(bad("keepAlive: true\nkeep-alive: false\n"),
            "a.yaml:2:1: http.keep-alive: the same as \"keepAlive\" in a.yaml:1:1\n");
}

TEST_F(Bind, ChecksRulesAtThePlaceOfTheValue) {
  EXPECT_THAT(bad("addr:\n  - short\n  - much-too-long:1\n"), HasSubstr("a.yaml:3:5: http.addr.1: "));
  EXPECT_THAT(bad("ratio: 1.5\n"), HasSubstr("a.yaml:1:8: http.ratio: "));
  EXPECT_EQ(bad("tls:\n  - {}\n"), "a.yaml:2:5: http.tls.0.certificate: missing; expected a string\n");
}

TEST_F(Bind, RefusesWrongShapes) {
  EXPECT_EQ(bad("port: [ 1 ]\n"),
            "a.yaml:1:7: http.port: expected a whole number from 0 to 65535, found a list\n");
  EXPECT_EQ(bad("labels: x\n"), "a.yaml:1:9: http.labels: expected a map\n");
  EXPECT_EQ(bad("tls: yes\n"), "a.yaml:1:6: http.tls: expected a list\n");
  EXPECT_EQ(bad("pair: [ 1 ]\n"), "a.yaml:1:7: http.pair: expected 2 elements, found 1\n");
  EXPECT_THAT(bad("limit: 010\n"),
              HasSubstr("\"010\" is ambiguous; write a number without leading zeros, or 0o for octal"));
  EXPECT_THAT(bad("port: 70000\n"), HasSubstr("expected a whole number from 0 to 65535, found \"70000\""));
  EXPECT_THAT(bad("mode: fast\n"), HasSubstr("expected one of \"release\", \"debug_all\", found \"fast\""));
  EXPECT_THAT(bad("keepAlive: maybe\n"), HasSubstr("expected true or false, found \"maybe\""));
}

TEST_F(Bind, NeverShowsASecret) {
  EXPECT_EQ(bad("password: [ hidden ]\n"), "a.yaml:1:11: http.password: expected a string, found a list\n");
  EXPECT_EQ(bad("password: abc\n").find("abc"), std::string::npos);
}

TEST_F(Bind, WarnsOfKeysThatHaveNoEffectYet) {
  constexpr std::array<std::string_view, 2> kNotYet = {"maxAge", "path"};
  Node list = parse_yaml("l:\n- { certificate: c, path: ./logs, max-age: 7 }\n", "a.yaml", report_);
  std::vector<Tls> out;
  EXPECT_TRUE(config::bind(out, list.find("l")->value, "log", report_,
                           {.without_effect = kNotYet, .passed_over = {}}));
  ASSERT_EQ(report_.warnings().size(), 2U);
  EXPECT_EQ(report_.warnings()[0].to_string(),
            "a.yaml:2:21: log.0.path: not available yet; the key has no effect");
}

}  // namespace
}  // namespace ngo::config
