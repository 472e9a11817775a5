#include "ngo/config/node.hpp"

#include <gtest/gtest.h>

#include "ngo/config/yaml.hpp"

namespace ngo::config {
namespace {

Node yaml(std::string_view text, std::string source) {
  Report report;
  Node node = parse_yaml(text, std::move(source), report);
  EXPECT_TRUE(report.empty()) << report.to_string();
  return node;
}

TEST(Node, MergesMapsDeeplyAndReplacesTheRest) {
  Node base = yaml("http: { port: 1, host: a }\nlist: [ 1, 2 ]\n", "base.yaml");
  base.merge(yaml("http: { port: 2, extra: { x: y } }\nlist: [ 3 ]\nnew: 1\n", "over.yaml"));
  const Node& http = base.find("http")->value;
  EXPECT_EQ(http.find("port")->value.text(), "2");
  EXPECT_EQ(http.find("host")->value.text(), "a");
  EXPECT_EQ(http.find("extra")->value.find("x")->value.text(), "y");
  EXPECT_EQ(base.find("list")->value.elements().size(), 1U);
  EXPECT_EQ(base.entries().back().key, "new");
}

TEST(Node, RemembersWhereValuesCameFromAndWhatTheyShadow) {
  Node base = yaml("a: { p: 1 }\n", "base.yaml");
  base.merge(yaml("a: { p: 2 }\n", "middle.yaml"));
  base.merge(yaml("\na: { p: 3 }\n", "over.yaml"));
  const Node& p = base.find("a")->value.find("p")->value;
  EXPECT_EQ(p.place().to_string(), "over.yaml:2:9");
  ASSERT_EQ(p.shadows().size(), 2U);
  EXPECT_EQ(p.shadows()[0].to_string(), "middle.yaml:1:9");
  EXPECT_EQ(p.shadows()[1].to_string(), "base.yaml:1:9");
}

TEST(Node, FindsOtherSpellingsOfAKeyButPrefersTheExactOne) {
  const Node node = yaml("max-size: 1\nmaxSize: 2\n", "a.yaml");
  EXPECT_EQ(node.find("maxSize")->value.text(), "2");
  EXPECT_EQ(node.find("MAX_SIZE")->value.text(), "1");
  EXPECT_EQ(node.find("maxSizes"), nullptr);
}

TEST(Node, MergingTakesSpellingsOfAKeyAsOne) {
  Node base = yaml("httpServer: { maxSize: 1 }\n", "base.yaml");
  base.merge(yaml("http-server: { max_size: 2 }\n", "over.yaml"));
  ASSERT_EQ(base.entries().size(), 1U);
  EXPECT_EQ(base.find("httpServer")->value.find("maxSize")->value.text(), "2");
}

TEST(Node, AnEmptySectionLeavesWhatIsThere) {
  Node base = yaml("a: { p: 1 }\nb: 1\n", "base.yaml");
  base.merge(yaml("a:\nb:\n", "over.yaml"));
  EXPECT_EQ(base.find("a")->value.find("p")->value.text(), "1");
  EXPECT_TRUE(base.find("b")->value.is_null());
}

}  // namespace
}  // namespace ngo::config
