#include "ngo/config/yaml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace ngo::config {
namespace {

using testing::HasSubstr;

// The tree in one line: {key@line:column=value}.
std::string show(const Node& node) {
  std::string out;
  switch (node.kind()) {
    case Node::Kind::null: return "~";
    case Node::Kind::scalar: return node.plain() ? node.text() : "'" + node.text() + "'";
    case Node::Kind::list:
      for (const Node& element : node.elements()) out += (out.empty() ? "" : ",") + show(element);
      return "[" + out + "]";
    case Node::Kind::map:
      for (const Node::Entry& entry : node.entries()) {
        out += (out.empty() ? "" : ",") + entry.key + "=" + show(entry.value);
      }
      return "{" + out + "}";
  }
  return out;
}

std::string good(std::string_view text) {
  Report report;
  const Node node = parse_yaml(text, "a.yaml", report);
  EXPECT_TRUE(report.empty()) << report.to_string();
  return show(node);
}

std::string bad(std::string_view text) {
  Report report;
  static_cast<void>(parse_yaml(text, "a.yaml", report));
  EXPECT_FALSE(report.empty()) << text;
  return report.to_string();
}

TEST(Yaml, KeepsTextsAsTheyAreWritten) {
  EXPECT_EQ(good("a: 010\nb: '1'\nc: \"x\\n\"\nd: no\ne: 1.10\nf:\n  - ~\n  - null\ng:\n"),
            "{a=010,b='1',c='x\n',d=no,e=1.10,f=[~,~],g=~}");
  EXPECT_EQ(good("a: { b: [ 1, { c: 2 } ] }\n"), "{a={b=[1,{c=2}]}}");
  EXPECT_EQ(good("a: |\n  \tline\n  two\n"), "{a='\tline\ntwo\n'}");
}

TEST(Yaml, ReadsJson) { EXPECT_EQ(good(R"({"a": {"b": [1, "2", null, true]}})"), "{a={b=[1,'2',~,true]}}"); }

TEST(Yaml, AnEmptyDocumentHasNoSections) {
  EXPECT_EQ(good(""), "{}");
  EXPECT_EQ(good("# nothing\n"), "{}");
  EXPECT_EQ(good("---\n...\n"), "{}");
}

TEST(Yaml, EveryNodeKnowsItsPlace) {
  Report report;
  const Node root = parse_yaml("# c\na:\n  bcd:  efg\n  l: [ x ]\n", "conf/a.yaml", report);
  const Node::Entry* const a = root.find("a");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->key_place.to_string(), "conf/a.yaml:2:1");
  EXPECT_EQ(a->value.place().to_string(), "conf/a.yaml:3:3");
  EXPECT_EQ(a->value.find("bcd")->key_place.to_string(), "conf/a.yaml:3:3");
  EXPECT_EQ(a->value.find("bcd")->value.place().to_string(), "conf/a.yaml:3:9");
  EXPECT_EQ(a->value.find("l")->value.elements().at(0).place().to_string(), "conf/a.yaml:4:8");
}

TEST(Yaml, FollowsAnchorsAndMergeKeys) {
  EXPECT_EQ(good("base: &b { x: 1, y: 2 }\nother: *b\nmore:\n  <<: *b\n  y: 3\n"),
            "{base={x=1,y=2},other={x=1,y=2},more={y=3,x=1}}");
  EXPECT_EQ(good("a: &a { x: 1 }\nb: &b { x: 2, y: 2 }\nc: { <<: [ *a, *b ], z: 3 }\n"),
            "{a={x=1},b={x=2,y=2},c={z=3,x=1,y=2}}");
  EXPECT_EQ(bad("a: &a 1\nb: { <<: *a }\n"),
            "a.yaml:2:6: b.<<: \"<<\" takes a map, or a list of maps, to merge\n");
  EXPECT_EQ(bad("a: *nowhere\n"), "a.yaml:1:4: this is not YAML: no anchor has the alias's name\n");
}

TEST(Yaml, AliasesCannotMultiplyWithoutEnd) {
  std::string text = "a0: &a0 [ x, x, x, x, x, x, x, x, x, x ]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [ ";
    for (int n = 0; n < 10; ++n) text += before + (n == 9 ? " ]\n" : ", ");
  }
  EXPECT_THAT(bad(text), HasSubstr("more than 100000 values"));
}

TEST(Yaml, ReportsEveryDuplicateKey) {
  EXPECT_EQ(bad("a: 1\nb: { x: 1, x: 2 }\na: 2\n"),
            "a.yaml:2:12: b.x: the key is there twice; the first is in line 2\n"
            "a.yaml:3:1: a: the key is there twice; the first is in line 1\n");
}

TEST(Yaml, SaysThatTabsDoNotIndent) {
  EXPECT_THAT(bad("a:\n\tb: 1\n"), HasSubstr("line 2 is indented by a tab; YAML takes spaces only"));
  EXPECT_THAT(bad("a:\n  b: 1\n\tc: 2\n"), HasSubstr("line 3 is indented by a tab; YAML takes spaces only"));
}

TEST(Yaml, RefusesWhatItDoesNotUnderstand) {
  EXPECT_THAT(bad("a: 1\n---\nb: 2\n"), HasSubstr("a second document begins here"));
  EXPECT_THAT(bad("a: !thing 1\n"), HasSubstr("tags such as \"!thing\" are not supported"));
  EXPECT_THAT(bad("[a]: 1\n"), HasSubstr("a key must be a text"));
  EXPECT_THAT(bad("? : 1\n"), HasSubstr("a.yaml:1"));
  EXPECT_THAT(bad("- a\n- b\n"), HasSubstr("expected sections such as \"httpServer:\", found a list"));
  EXPECT_THAT(bad("just text\n"), HasSubstr("found a single value"));
}

TEST(Yaml, PointsAtMistakesOfSyntax) {
  EXPECT_THAT(bad("a: b: c\n"), HasSubstr("a.yaml:1:5: this is not YAML: a \":\" cannot stand here"));
  EXPECT_THAT(bad("a: [ 1, 2\nb: 3\n"), HasSubstr("a.yaml:2"));
  EXPECT_EQ(bad("a: 1\nb: \"open\nc: \\\"d\n"), "a.yaml:2:4: b: the quote that opens here is never closed\n");
  EXPECT_THAT(bad("b: 'it''s\n"), HasSubstr("never closed"));
  EXPECT_EQ(bad("a: b\nc\n"), "a.yaml:2:1: a \":\" is missing after \"c\"\n");
  EXPECT_EQ(bad("a: { b: 1 }\nport:8080\n"), "a.yaml:2:1: a space is missing after \"port:\"\n");
  EXPECT_THAT(bad("a: { port: ${PORT:80} }\n"), HasSubstr("a text with ${...} needs quotes"));
  EXPECT_THAT(bad("a: @b\n"), HasSubstr("a text cannot begin with this character"));
}

TEST(Yaml, RefusesWhatIsNoText) {
  EXPECT_EQ(bad("a: 1\nb: \x01\n"), "a.yaml:2:4: a control character stands here; is this a text file?\n");
  EXPECT_EQ(bad("a: \xFF\n"), "a.yaml:1:4: the file is not valid UTF-8 from here on\n");
  EXPECT_EQ(good("\xEF\xBB\xBF\"a\": \"b\"\r\n"), "{a='b'}");
}

TEST(Yaml, SurvivesDeepNesting) {
  std::string flow = "a: ";
  std::string block = "a:\n ";
  for (int i = 0; i < 10'000; ++i) {
    flow += "{a: ";
    block += "- ";
  }
  EXPECT_THAT(bad(flow), HasSubstr("nested too deeply"));
  EXPECT_THAT(bad(block), HasSubstr("nested too deeply"));
}

}  // namespace
}  // namespace ngo::config
