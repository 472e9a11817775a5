#include "ngo/config/overrides.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "ngo/config/yaml.hpp"

namespace ngo::config {
namespace {

using testing::HasSubstr;

class Overrides : public testing::Test {
 protected:
  void SetUp() override {
    root_ = parse_yaml(
        "httpServer: { port: 1, maxBodySize: 2 }\n"
        "redis: [ { name: main, addr: [ a, b ] }, { name: second } ]\n"
        "service: { name: x }\n"
        "plain: 5\n",
        "a.yaml", report_);
  }
  std::string set(std::string_view setting) {
    report_ = {};
    apply_setting(root_, setting, report_);
    return report_.to_string();
  }
  const Node* at(std::initializer_list<std::string_view> steps) const {
    const Node* node = &root_;
    for (const std::string_view step : steps) {
      if (node->is_list()) {
        node = &node->elements().at(static_cast<std::size_t>(step.front() - '0'));
      } else {
        const Node::Entry* const entry = node->find(step);
        if (entry == nullptr) return nullptr;
        node = &entry->value;
      }
    }
    return node;
  }
  std::string text(std::initializer_list<std::string_view> steps) const {
    const Node* const node = at(steps);
    return node == nullptr ? "(none)" : node->text();
  }

  Report report_;
  Node root_;
};

TEST_F(Overrides, SetOneValue) {
  EXPECT_EQ(set("httpServer.port=2"), "");
  EXPECT_EQ(text({"httpServer", "port"}), "2");
  EXPECT_EQ(at({"httpServer", "port"})->place().to_string(), "--set httpServer.port");
  EXPECT_EQ(at({"httpServer", "port"})->shadows().at(0).to_string(), "a.yaml:1:21");
  EXPECT_EQ(set("http-server.max_body_size="), "");
  EXPECT_EQ(text({"httpServer", "maxBodySize"}), "");
  EXPECT_EQ(set("new.section.key=a=b"), "");
  EXPECT_EQ(text({"new", "section", "key"}), "a=b");
}

TEST_F(Overrides, ReachIntoLists) {
  EXPECT_EQ(set("redis.0.addr=c,d"), "");
  EXPECT_EQ(text({"redis", "0", "addr"}), "c,d");
  EXPECT_EQ(set("redis.second.addr.0=e"), "");
  EXPECT_EQ(text({"redis", "1", "addr", "0"}), "e");
  EXPECT_EQ(set("redis.2.name=third"), "");
  EXPECT_EQ(text({"redis", "2", "name"}), "third");
  EXPECT_EQ(set("service.0.name=y"), "");
  EXPECT_EQ(text({"service", "name"}), "y");
}

TEST_F(Overrides, SayWhichStepLeadsNowhere) {
  EXPECT_EQ(set("redis.5.addr=x"),
            "--set redis.5.addr: redis: the list has no element \"5\"; there are \"0\", \"1\", \"main\" or "
            "\"second\", and 2 "
            "would append one\n");
  EXPECT_EQ(
      set("plain.x=1"),
      "--set plain.x: plain: there is nothing below this key: it is a single value, set in a.yaml:4:8\n");
  EXPECT_EQ(set("httpServer=1"),
            "--set httpServer: httpServer: this is a section; name a key in it, such as \"port\"\n");
  EXPECT_THAT(set("a..b=1"), HasSubstr("expected --set section.key=value"));
  EXPECT_THAT(set("=1"), HasSubstr("expected --set section.key=value"));
}

TEST_F(Overrides, EnvironmentVariablesMatchKeysInAnyCase) {
  const Environment environment(Environment::Variables{{"NGO_HTTPSERVER__PORT", "7"},
                                                       {"NGO_REDIS__MAIN__ADDR", "x:1"},
                                                       {"NGO_OPS__SOME_KEY", "v"},
                                                       {"NGO_PORT", "tcp://10.0.0.1:80"},
                                                       {"HOME", "/"}});
  apply_environment(root_, environment, report_);
  EXPECT_TRUE(report_.empty()) << report_.to_string();
  EXPECT_EQ(text({"httpServer", "port"}), "7");
  EXPECT_EQ(at({"httpServer", "port"})->place().to_string(), "environment variable NGO_HTTPSERVER__PORT");
  EXPECT_EQ(text({"redis", "0", "addr"}), "x:1");
  EXPECT_EQ(text({"ops", "someKey"}), "v");
  EXPECT_EQ(root_.find("port"), nullptr);
}

TEST_F(Overrides, RefuseEnvironmentVariablesWithoutASection) {
  apply_environment(root_, Environment(Environment::Variables{{"NGO___PORT", "7"}}), report_);
  EXPECT_THAT(report_.to_string(),
              HasSubstr("environment variable NGO___PORT: expected a name such as NGO_HTTPSERVER__PORT"));
}

class Substitute : public testing::Test {
 protected:
  std::string expand(const std::string& text) {
    report_ = {};
    node_ = Node(Node::Kind::map, {});
    node_.add("key", {}, Node(text, false, {source_name("a.yaml"), 2, 5}));
    substitute(node_, Environment(Environment::Variables{{"HOST", "db"}, {"EMPTY", ""}}), report_);
    return node_.find("key")->value.text();
  }
  Report report_;
  Node node_;
};

TEST_F(Substitute, ReadsTheEnvironmentOrTakesTheDefault) {
  EXPECT_EQ(expand("http://${HOST}:80/${EMPTY}x"), "http://db:80/x");
  EXPECT_EQ(expand("${PORT:8080}"), "8080");
  EXPECT_EQ(expand("${PORT:}"), "");
  EXPECT_EQ(expand("${URL:http://${HOST}:80}"), "http://db:80");
  EXPECT_EQ(expand("$HOST {x} $"), "$HOST {x} $");
  EXPECT_EQ(expand("a $${HOST} b ${HOST}"), "a ${HOST} b db");
  EXPECT_TRUE(report_.empty());
}

TEST_F(Substitute, SaysWhatIsMissing) {
  static_cast<void>(expand("${PORT}"));
  EXPECT_EQ(
      report_.to_string(),
      "a.yaml:2:5: key: the environment variable PORT is not set; set it, or give a default: ${PORT:...}\n");
  static_cast<void>(expand("${HOST"));
  EXPECT_THAT(report_.to_string(), HasSubstr("the \"${\" is never closed"));
  static_cast<void>(expand("${}"));
  EXPECT_THAT(report_.to_string(),
              HasSubstr("expected ${NAME}, ${NAME:default}, ${file:PATH} or ${enc:...}"));
  static_cast<void>(expand("${file:/no/such/file}"));
  EXPECT_EQ(report_.to_string(), "a.yaml:2:5: key: cannot read the file \"/no/such/file\"\n");
  std::string deep;
  for (int i = 0; i < 20; ++i) deep += "${NONE:";
  static_cast<void>(expand(deep + std::string(20, '}')));
  EXPECT_THAT(report_.to_string(), HasSubstr("too often"));
}

TEST_F(Substitute, WhatAFileGivesIsASecret) {
  const std::string path = testing::TempDir() + "/ngo_substitute_test";
  std::ofstream(path) << "hunter2\n";
  EXPECT_EQ(expand("${file:" + path + "}"), "hunter2");
  EXPECT_TRUE(node_.find("key")->value.secret());
  std::remove(path.c_str());
}

}  // namespace
}  // namespace ngo::config
