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

TEST(Node, FindsInALargeMapAsInASmallOne) {
  Node map(Node::Kind::map, {});
  for (int i = 0; i < 1000; ++i) map.add("Key-" + std::to_string(i), {}, Node(std::to_string(i), true, {}));
  map.add("key7", {}, Node("seven", true, {}));
  EXPECT_EQ(map.find("Key-7")->value.text(), "7");
  EXPECT_EQ(map.find("key7")->value.text(), "seven");
  EXPECT_EQ(map.find("KEY_7")->value.text(), "7");
  EXPECT_EQ(map.find("KEY_999")->value.text(), "999");
  EXPECT_EQ(map.find("Key-1000"), nullptr);
  const Node copy = map;
  EXPECT_EQ(copy.find("key_500")->value.text(), "500");
  map.entries().erase(map.entries().begin());
  EXPECT_EQ(map.find("Key-0"), nullptr);
  EXPECT_EQ(map.find("Key-7")->value.text(), "7");
  Node over(Node::Kind::map, {});
  for (int i = 500; i < 1500; ++i) over.add("key_" + std::to_string(i), {}, Node("new", true, {}));
  map.merge(std::move(over));
  EXPECT_EQ(map.entries().size(), 1500U);
  EXPECT_EQ(map.find("Key-600")->value.text(), "new");
  EXPECT_EQ(map.find("key_1499")->value.text(), "new");
}

}  // namespace
}  // namespace ngo::config
