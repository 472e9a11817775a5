#include "ngo/config/format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace ngo::config {
namespace {

using testing::HasSubstr;

// The tree in one line; texts in quotes, values written without quotes as they are.
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

struct Case {
  const char* text;
  const char* expected;  // the tree, or the whole report
};

std::string read(Format format, std::string_view text) {
  Report report;
  const Node node = parse_text(format, text, "f", report);
  EXPECT_TRUE(node.is_map());
  return report.empty() ? show(node) : report.to_string();
}

template <std::size_t n>
void expect_all(Format format, const Case (&cases)[n]) {
  for (const Case& each : cases) EXPECT_EQ(read(format, each.text), each.expected) << each.text;
}

TEST(Format, IsChosenByTheSuffixOfAFile) {
  EXPECT_EQ(format_of_path("conf.d/app.yml"), Format::yaml);
  EXPECT_EQ(format_of_path("app.TOML"), Format::toml);
  EXPECT_EQ(format_of_path("a.b/props"), Format::yaml);
  EXPECT_EQ(format_of_path(".env"), Format::dotenv);
  EXPECT_EQ(format_of_path("x.tfvars"), Format::hcl);
  EXPECT_EQ(format_of_path("x.props"), Format::properties);
  EXPECT_EQ(format_of_path("x.conf"), Format::yaml);
  EXPECT_EQ(format_of_name("docx"), std::nullopt);
  EXPECT_THAT(format_names(), HasSubstr("properties"));
}

TEST(Json, ReadsWhatTheStandardAllows) {
  expect_all(Format::json,
             {
                 {"", "{}"},
                 {" \r\n\t", "{}"},
                 {"{}", "{}"},
                 {" { } \n", "{}"},
                 {R"({"a":1})", "{a=1}"},
                 {R"({"a":{"b":[1,"2",null,true,false]}})", "{a={b=[1,'2',~,true,false]}}"},
                 {R"({"":0})", "{=0}"},
                 {R"({"a":[]})", "{a=[]}"},
                 {R"({"a":[[],[[]]]})", "{a=[[],[[]]]}"},
                 {R"({"a":-0})", "{a=-0}"},
                 {R"({"a":1.5e+10})", "{a=1.5e+10}"},
                 {R"({"a":0.1E-2})", "{a=0.1E-2}"},
                 {R"({"a":123456789012345678901234567890})", "{a=123456789012345678901234567890}"},
                 {R"({"a":"\"\\\/\b\f\n\r\t"})", "{a='\"\\/\b\f\n\r\t'}"},
                 {R"({"a":"\u00e9\u20ac\ud83d\ude00"})", "{a='é€😀'}"},
                 {R"({"é":"ü"})", "{é='ü'}"},
                 {"{\"a\"\n:\n1\n,\n\"b\"\n:2}", "{a=1,b=2}"},
                 {"\xEF\xBB\xBF{\"a\":1}", "{a=1}"},
             });
}

TEST(Json, RefusesEverythingElseWithItsPlace) {
  expect_all(
      Format::json,
      {
          {"[1]", "f:1:1: expected an object, such as { \"httpServer\": { ... } }\n"},
          {"{\"a\":1,}", "f:1:8: no comma may stand before this \"}\"\n"},
          {"{\"a\":[1,]}", "f:1:9: no comma may stand before this \"]\"\n"},
          {"{\"a\":1\n \"b\":2}", "f:2:2: a comma or \"}\" is missing before this\n"},
          {"{\"a\":[1 2]}", "f:1:9: a comma or \"]\" is missing before this\n"},
          {"{a:1}", "f:1:2: a key stands in double quotes\n"},
          {"{\"a\" 1}", "f:1:6: a \":\" is missing after the key \"a\"\n"},
          {"{\"a\":}", "f:1:6: a value is missing here\n"},
          {"{\"a\":'b'}", "f:1:6: a text stands in double quotes\n"},
          {"{\"a\":yes}", "f:1:6: \"yes\" is no value; a text stands in double quotes\n"},
          {"{\"a\":01}", "f:1:6: \"01\" is no value; a text stands in double quotes\n"},
          {"{\"a\":1.}", "f:1:6: \"1.\" is no value; a text stands in double quotes\n"},
          {"{\"a\":+1}", "f:1:6: \"+1\" is no value; a text stands in double quotes\n"},
          {"{\"a\":NaN}", "f:1:6: \"NaN\" is no value; a text stands in double quotes\n"},
          {"{ // no\n}", "f:1:3: JSON has no comments; YAML and TOML have\n"},
          {"{\"a\": /* no */ 1}", "f:1:7: JSON has no comments; YAML and TOML have\n"},
          {"{\"a\":\"b\nc\"}", "f:1:6: the quote that opens here is never closed in this line\n"},
          {"{\"a\":\"\tb\"}", "f:1:7: a tab inside of a text is written \\t\n"},
          {"{\"a\":\"\\x\"}", "f:1:9: no escape is written like this; a backslash itself is \"\\\\\"\n"},
          {"{\"a\":\"\\u12g4\"}", "f:1:9: expected four hexadecimal digits behind \"\\u\"\n"},
          {"{\"a\":\"\\ud800\"}", "f:1:9: \"\\u\" names half a character\n"},
          {"{\"a\":\"\\ude00\"}", "f:1:9: \"\\u\" names half a character\n"},
          {"{\"a\":{", "f:1:6: the \"{\" that opens here is never closed\n"},
          {"{\"a\":[1", "f:1:6: the \"[\" that opens here is never closed\n"},
          {"{} x", "f:1:4: the object ends before this; nothing may stand behind it\n"},
          {"{\"a\":1,\n\"a\":2}", "f:2:1: a: the key is there twice; the first is in line 1\n"},
          {"{\"a\":\"\x01\"}", "f:1:7: a control character stands here; is this a text file?\n"},
          {"{\"a\":\"\xFF\"}", "f:1:7: the file is not valid UTF-8 from here on\n"},
      });
  std::string deep = "{\"a\":";
  for (int i = 0; i < 10'000; ++i) deep += '[';
  EXPECT_THAT(read(Format::json, deep), HasSubstr("nested too deeply"));
}

TEST(Toml, ReadsWhatTheStandardAllows) {
  expect_all(Format::toml,
             {
                 {"", "{}"},
                 {"# nothing\n", "{}"},
                 {"b = 1\na = 2\n", "{b=1,a=2}"},
                 {"a.b.c = 1\na.b.d = 2", "{a={b={c=1,d=2}}}"},
                 {"[z]\nx = 1\n[a.b]\ny = true", "{z={x=1},a={b={y=true}}}"},
                 {"[[redis]]\nname='a'\n[[redis]]\nname='b'", "{redis=[{name='a'},{name='b'}]}"},
                 {"a = [1, [2, 'x'], {b = 3}]", "{a=[1,[2,'x'],{b=3}]}"},
                 {"a = 0x1F\nb = 1_000\nc = 0o17\nd=0b11", "{a=31,b=1000,c=15,d=3}"},
                 {"a = 1.0\nb = 1.5e3\nc = inf\nd = -inf\ne = nan", "{a=1.0,b=1500.0,c=.inf,d=-.inf,e=.nan}"},
                 {"a = 'C:\\x'\nb = \"q\\\"\\n\\u00e9\"", "{a='C:\\x',b='q\"\né'}"},
                 {"a = \"\"\"\none\ntwo\"\"\"\nb = '''x'''", "{a='one\ntwo',b='x'}"},
                 {"a = 2020-01-02\nb = 01:02:03\nc = 2020-01-02T03:04:05Z",
                  "{a='2020-01-02',b='01:02:03',c='2020-01-02T03:04:05Z'}"},
                 {"# é\n\"ü\" = 'é' # ö\n", "{ü='é'}"},
                 {"\"a.b\" = 1\n'c d' = 2", "{a.b=1,c d=2}"},
             });
}

TEST(Toml, NamesThePlaceOfAMistake) {
  for (const Case& each : {Case{"a = 1\nb 2\n", "f:2:3: this is not TOML: "}, Case{"a = 1\na = 2\n", "f:2:"},
                           Case{"a = \n", "f:1:"}, Case{"a = 'é' b\n", "f:1:10: this is not TOML: "},
                           Case{"a = 1\n[= 2]\n", "f:2:1: this is not TOML: a key or"},
                           Case{"a = [1\n", "f:"}, Case{"[a]\n[a]\n", "f:2:"}, Case{"a = 01\n", "f:1:"},
                           Case{"a = \"x\n\"", "f:1:"}, Case{"a = yes", "f:1:"}}) {
    EXPECT_THAT(read(Format::toml, each.text), testing::StartsWith(each.expected)) << each.text;
  }
}

TEST(Properties, BecomeMapsAndListsInTheOrderOfTheirNumbers) {
  expect_all(
      Format::properties,
      {
          {"# c\n! c\n\na.b=1\na.c : two words \nd e\n", "{a={b=1,c=two words},d=e}"},
          {"r[1].n=b\nr[0].n=a\nr[0].p=1\n", "{r=[{n=a,p=1},{n=b}]}"},
          {"r[10]=k\nr[0]=a\n",
           "f:1:1: r: element 10 is there and element 1 is not; elements are counted from 0 without a "
           "gap\n"},
          {"a=one\\\n   two\\n\n", "{a=onetwo}"},
          {"a\\ b\\=c=\\u00e9\\:\n", "{a b=c=é:}"},
          {"a=\nb\n", "{a='',b=''}"},
          {"a=1\na=2\n", "f:2:1: a: the key is there twice; the first is in line 1\n"},
          {"a=1\na.b=2\n",
           "f:2:1: a.b: the key is a single value and has keys below it as well; the other is in line 1\n"},
          {"a.b=2\na=1\n",
           "f:2:1: a: the key is a single value and has keys below it as well; the other is in line 1\n"},
          {"a..b=2\n", "f:1:1: a..b: a part of the key is empty; keys are written a.b or a[0].b\n"},
          {"a[x]=2\n", "f:1:1: a[x]: expected the number of an element, as in a[0], found \"x\"\n"},
          {"a[0=2\n", "f:1:1: a[0: the \"[\" in the key is never closed\n"},
          {"a[0]b=2\n", "f:1:1: a[0]b: expected \".\" or the end of the key behind \"]\"\n"},
          {"url=${HOST:localhost}:80\n", "{url=${HOST:localhost}:80}"},
      });
}

TEST(Ini, OpensMapsBySection) {
  expect_all(
      Format::ini,
      {
          {"a = 1\n[s]\nb: two ; c\n[s.t]\nc = \"x ; y\" # c\nd=\n", "{a=1,s={b=two,t={c='x ; y',d=''}}}"},
          {"[DEFAULT]\na=1\n[empty]\n", "{a=1,empty={}}"},
          {"[r]\nl[0]=a\nl[1]=b#c\n", "{r={l=[a,b#c]}}"},
          {"[s\n", "f:1:1: the \"[\" that opens here is never closed in this line\n"},
          {"[]\n", "f:1:1: a section's name is missing between \"[\" and \"]\"\n"},
          {"[s] x\n", "f:1:1: a section stands alone in its line, found \"x\" behind it\n"},
          {"a\n", "f:1:1: a \"=\" is missing behind \"a\"\n"},
          {"a = 'b\n", "f:1:5: the quote that opens here is never closed in this line\n"},
          {"a = 'b' c\n", "f:1:5: the quotes end before \"c\"\n"},
      });
}

TEST(Dotenv, NamesKeysAsTheEnvironmentDoes) {
  expect_all(Format::dotenv, {
                                 {"# c\nexport NGO_HTTPSERVER__PORT=80\nOPS__HOST= ::1 # c\n",
                                  "{httpserver={port=80},ops={host=::1}}"},
                                 {"log.level='a#b $x'\n", "{log={level='a#b $x'}}"},
                                 {"A=\"x\\n\\\"y\\$\nz\"\nB=\n", "{a='x\n\"y$\nz',b=''}"},
                                 {"A=b#c\n", "{a=b#c}"},
                                 {"A\n", "f:1:1: a \"=\" is missing behind \"A\"\n"},
                                 {"A='b\n", "f:1:3: the quote that opens here is never closed\n"},
                                 {"A='b'c\n", "f:1:3: the quotes end before \"c\"\n"},
                             });
}

TEST(Hcl, ReadsAttributesBlocksListsAndMaps) {
  expect_all(
      Format::hcl,
      {
          {"a = 1 # c\nb = \"x\" // c\n/* c\n*/ c = true\nd = null", "{a=1,b='x',c=true,d=~}"},
          {"s { p = 80\n t { q = [1, \"2\", [], {x = 1}] } }", "{s={p=80,t={q=[1,'2',[],{x=1}]}}}"},
          {"m = { a = 1, \"b\" : 2\n c = 3 }", "{m={a=1,b=2,c=3}}"},
          {"redis \"a\" { x = 1 }\nredis \"b\" { x = 2 }", "{redis=[{name='a',x=1},{name='b',x=2}]}"},
          {"r { x = 1 }\nr { x = 2 }", "{r=[{x=1},{x=2}]}"},
          {"a = \"${F:\"x\"}\\n\\u00e9\"", "{a='${F:\"x\"}\né'}"},
          {"a = <<-END\n    one\n      two\n    END\nb = 1", "{a='one\n  two\n',b=1}"},
          {"a = [1,\n 2,\n]", "{a=[1,2]}"},
          {"a = 1\na = 2", "f:2:1: a: the key is there twice; the first is in line 1\n"},
          {"a", "f:1:2: expected \"=\" or \"{\" behind \"a\"\n"},
          {"a \"b\" \"c\" {}", "f:1:7: expected \"{\"; a block has at most one label\n"},
          {"a {", "f:1:3: the \"{\" that opens here is never closed\n"},
          {"a = [1", "f:1:5: the \"[\" that opens here is never closed\n"},
          {"a = [1 2]", "f:1:8: a comma or \"]\" is missing before this\n"},
          {"a = \"b\n", "f:1:5: the quote that opens here is never closed in this line\n"},
          {"a = upper(b)",
           "f:1:5: \"upper(b)\" is no value: texts stand in double quotes, and expressions are not "
           "supported\n"},
          {"a =\n", "f:2:1: a value is missing here\n"},
          {"a = <<X\nb", "f:1:5: the text that begins here is never ended by \"X\"\n"},
          {"/* a", "f:1:1: the comment that opens here is never closed\n"},
          {"= 1", "f:1:1: expected a key, such as port = 8080, or a block, such as httpServer { ... }\n"},
      });
  std::string deep = "a = ";
  for (int i = 0; i < 10'000; ++i) deep += '[';
  EXPECT_THAT(read(Format::hcl, deep), HasSubstr("nested too deeply"));
}

TEST(Format, EveryValueKnowsItsLineAndColumn) {
  const std::pair<Format, const char*> texts[] = {
      {Format::yaml, "\na:\n  b: x\n"},        {Format::json, "\n{\"a\": {\n \"b\": \"x\"}}"},
      {Format::toml, "\n[a]\nb = 'x'\n"},      {Format::properties, "\n\n  a.b=x\n"},
      {Format::ini, "\n[a]\nb = x\n"},         {Format::dotenv, "\n\nA__B=x\n"},
      {Format::hcl, "\na {\n  b = \"x\"\n}\n"}};
  for (const auto& [format, text] : texts) {
    Report report;
    const Node root = parse_text(format, text, "f", report);
    ASSERT_TRUE(report.empty()) << report.to_string();
    const Node::Entry* const b = root.find("a")->value.find("b");
    ASSERT_NE(b, nullptr) << text;
    EXPECT_EQ(b->key_place.line, 3u) << text;
    EXPECT_EQ(b->value.place().line, 3u) << text;
    EXPECT_GT(b->value.place().column, b->key_place.column) << text;
    EXPECT_EQ(b->value.text(), "x") << text;
  }
}

TEST(Toml, RefusesAKeyOfVeryManyParts) {
  std::string key;
  for (int i = 0; i < 20'000; ++i) key += "a.";
  for (const std::string& text :
       {key + "a = 1", "[" + key + "a]", "b = 1\n'x'." + key + "a = 1", "c = {" + key + "a = 1}"}) {
    Report report;
    (void)parse_text(Format::toml, text, "app.toml", report);
    EXPECT_THAT(report.to_string(), testing::HasSubstr("expected 64 at most"));
  }
  Report report;
  (void)parse_text(
      Format::toml,
      "a.b.c = [1.5, 2.5]\nd = '...' # ...\n" + std::string("e = \"") + std::string(100, '.') + "\"",
      "app.toml", report);
  EXPECT_TRUE(report.empty()) << report.to_string();
}

}  // namespace
}  // namespace ngo::config
