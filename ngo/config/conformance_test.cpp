// What documents of each format mean, as tables: a text, and its values one a line, or "mistake" where it
// must be refused. The cases are those that the formats' own suites ask for, in words of our own.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "ngo/config/explain.hpp"
#include "ngo/config/format.hpp"

namespace ngo::config {
namespace {

struct Case {
  const char* what;
  std::string_view text;
  const char* values;
};

std::string values_of(Format format, std::string_view text) {
  Report report;
  const Node root = parse_text(format, text, "file", report);
  if (!report.empty()) return "mistake";
  std::string out;
  for (const Origin& each : origins_of(root))
    out.append(each.key).append("=").append(each.value).append("\n");
  return out;
}

void check(Format format, const std::vector<Case>& cases) {
  for (const Case& each : cases) EXPECT_EQ(values_of(format, each.text), each.values) << each.what;
}

constexpr const char* kMistake = "mistake";

TEST(Conformance, Json) {
  using namespace std::string_view_literals;
  check(Format::json,
        {
            {"an object", R"({"a": 1})", "a=1\n"},
            {"nested objects", R"({"a": {"b": {"c": true}}})", "a.b.c=true\n"},
            {"an array", R"({"a": [1, "two", false]})", "a.0=1\na.1=two\na.2=false\n"},
            {"an empty object and array", R"({"a": {}, "b": []})", "a={}\nb=[]\n"},
            {"null", R"({"a": null})", "a=\n"},
            {"all white space", " \t\r\n{ \"a\"\n:\t1 }\r\n ", "a=1\n"},
            {"numbers keep their text", R"({"a": -0.5e+10, "b": 1E3, "c": 0})", "a=-0.5e+10\nb=1E3\nc=0\n"},
            {"short escapes", R"({"a": "\"\\\/\b\f\n\r\t"})", "a=\"\\/\b\f\n\r\t\n"},
            {"an escaped letter", R"({"a": "\u00e9"})", "a=\u00e9\n"},
            {"a pair of surrogates", R"({"a": "\ud83d\ude00"})", "a=\U0001F600\n"},
            {"letters beyond ASCII as they are", "{\"\u00fc\": \"\u20ac\"}", "\u00fc=\u20ac\n"},
            {"nothing", "{", kMistake},
            {"a comma behind the last member", R"({"a": 1,})", kMistake},
            {"a comma behind the last element", R"({"a": [1,]})", kMistake},
            {"no comma", R"({"a": 1 "b": 2})", kMistake},
            {"a comment", "{\"a\": 1} // one", kMistake},
            {"single quotes", "{'a': 1}", kMistake},
            {"a key without quotes", "{a: 1}", kMistake},
            {"a leading zero", R"({"a": 01})", kMistake},
            {"a leading plus", R"({"a": +1})", kMistake},
            {"a number that ends in a point", R"({"a": 1.})", kMistake},
            {"a number that begins with a point", R"({"a": .5})", kMistake},
            {"an exponent without digits", R"({"a": 1e})", kMistake},
            {"hexadecimal", R"({"a": 0x1F})", kMistake},
            {"not a number", R"({"a": NaN})", kMistake},
            {"a word in capitals", R"({"a": True})", kMistake},
            {"an escape that is none", R"({"a": "\x41"})", kMistake},
            {"half of a pair of surrogates", R"({"a": "\ud83d"})", kMistake},
            {"a line break in a string", "{\"a\": \"b\nc\"}", kMistake},
            {"a string that is never closed", R"({"a": "b)", kMistake},
            {"something behind the end", R"({"a": 1} {"b": 2})", kMistake},
            {"brackets that do not match", R"({"a": [1})", kMistake},
            {"the same key twice", R"({"a": 1, "a": 2})", kMistake},
            {"bytes that are no UTF-8", "{\"a\": \"\xff\"}"sv, kMistake},
            {"a zero byte", "{\"a\": \"\0\"}"sv, kMistake},
        });
}

TEST(Conformance, Toml) {
  check(Format::toml,
        {
            {"keys and values", "a = 1\nb = \"two\"", "a=1\nb=two\n"},
            {"a comment", "# one\na = 1 # two", "a=1\n"},
            {"a table", "[a.b]\nc = 1", "a.b.c=1\n"},
            {"a table before the one that it is in", "[a.b]\nc = 1\n[a]\nd = 2", "a.b.c=1\na.d=2\n"},
            {"dotted keys", "a.b.c = 1\na.d = 2", "a.b.c=1\na.d=2\n"},
            {"quoted keys", "\"a b\" = 1\n'c' = 2", "a b=1\nc=2\n"},
            {"a table in a line", "a = { b = 1, c = { d = 2 } }", "a.b=1\na.c.d=2\n"},
            {"a list of tables", "[[a]]\nb = 1\n[[a]]\nb = 2", "a.0.b=1\na.1.b=2\n"},
            {"arrays over lines, with a comma at the end", "a = [\n  1,\n  2, # two\n]", "a.0=1\na.1=2\n"},
            {"arrays of several kinds", "a = [1, \"b\", true]", "a.0=1\na.1=b\na.2=true\n"},
            {"bools", "a = true\nb = false", "a=true\nb=false\n"},
            {"numbers of other bases", "a = 0x1F\nb = 0o17\nc = 0b101", "a=31\nb=15\nc=5\n"},
            {"digits in groups", "a = 1_000_000", "a=1000000\n"},
            {"escapes", R"(a = "\t\"\u00E9\U0001F600")", "a=\t\"\u00e9\U0001F600\n"},
            {"a literal string", R"(a = 'C:\dir')", "a=C:\\dir\n"},
            {"a text over lines", "a = \"\"\"\none\ntwo\"\"\"", "a=one\ntwo\n"},
            {"a line that goes on", "a = \"\"\"one \\\n   two\"\"\"", "a=one two\n"},
            {"a literal text over lines", "a = '''\none\\n'''", "a=one\\n\n"},
            {"an empty string", "a = \"\"", "a=\n"},
            {"line ends of Windows", "a = 1\r\nb = 2\r\n", "a=1\nb=2\n"},
            {"nothing at all", "", ""},
            {"the same key twice", "a = 1\na = 2", kMistake},
            {"the same table twice", "[a]\nb = 1\n[a]\nc = 2", kMistake},
            {"a table over a value", "a = 1\n[a]\nb = 2", kMistake},
            {"a value without quotes", "a = b", kMistake},
            {"no value", "a =", kMistake},
            {"no key", "= 1", kMistake},
            {"two in a line", "a = 1 b = 2", kMistake},
            {"a leading zero", "a = 01", kMistake},
            {"a group that ends the number", "a = 1_", kMistake},
            {"an escape that is none", R"(a = "\q")", kMistake},
            {"a string that is never closed", "a = \"b", kMistake},
            {"a line break in a string", "a = \"b\nc\"", kMistake},
            {"a table that is never closed", "[a", kMistake},
            {"a table in a line that is never closed", "a = { b = 1", kMistake},
            {"a word in capitals", "a = TRUE", kMistake},
            {"a table in a line that is added to", "a = { b = 1 }\n[a.c]\nd = 2", kMistake},
        });
}

TEST(Conformance, Yaml) {
  check(Format::yaml,
        {
            {"a map", "a: 1\nb: two\n", "a=1\nb=two\n"},
            {"maps in maps", "a:\n  b:\n    c: 1\n  d: 2\n", "a.b.c=1\na.d=2\n"},
            {"a list", "a:\n  - 1\n  - two\n", "a.0=1\na.1=two\n"},
            {"a list that is not indented", "a:\n- 1\n- 2\n", "a.0=1\na.1=2\n"},
            {"maps in a list", "a:\n  - b: 1\n    c: 2\n  - b: 3\n", "a.0.b=1\na.0.c=2\na.1.b=3\n"},
            {"lists in lists", "a:\n  - - 1\n    - 2\n  - - 3\n", "a.0.0=1\na.0.1=2\na.1.0=3\n"},
            {"flow style", "a: { b: [1, 2], c: {} }\n", "a.b.0=1\na.b.1=2\na.c={}\n"},
            {"flow style over lines", "a: [1,\n  2,\n]\n", "a.0=1\na.1=2\n"},
            {"comments", "# one\na: 1 # two\n#three\nb: 2#3\n", "a=1\nb=2#3\n"},
            {"no value", "a:\nb: ~\nc: null\n", "a=\nb=\nc=\n"},
            {"single quotes", "a: 'it''s # not'\n", "a=it's # not\n"},
            {"double quotes", R"(a: "\t\"\\\x41\u00e9")", "a=\t\"\\A\u00e9\n"},
            {"quotes over lines", "a: \"one\n  two\n\n  three\"\n", "a=one two\nthree\n"},
            {"plain text over lines", "a: one\n  two\n", "a=one two\n"},
            {"literal text", "a: |\n  one\n   two\n", "a=one\n two\n\n"},
            {"folded text", "a: >\n  one\n  two\n\n  three\n", "a=one two\nthree\n\n"},
            {"text without its last line end", "a: |-\n  one\n", "a=one\n"},
            {"text with all its line ends", "a: |+\n  one\n\nb: 2\n", "a=one\n\n\nb=2\n"},
            {"quoted keys", "\"a b\": 1\n'c': 2\n", "a b=1\nc=2\n"},
            {"colons in text", "a: b:c\nd: http://host:80/\n", "a=b:c\nd=http://host:80/\n"},
            {"dashes in text", "a: -b\nc: b - c\n", "a=-b\nc=b - c\n"},
            {"anchors", "a: &x { b: 1 }\nc: *x\n", "a.b=1\nc.b=1\n"},
            {"merged maps", "a: &x { b: 1, c: 2 }\nd: { <<: *x, c: 3 }\n", "a.b=1\na.c=2\nd.c=3\nd.b=1\n"},
            {"the end of a document", "a: 1\n...\n", "a=1\n"},
            {"the beginning of a document", "---\na: 1\n", "a=1\n"},
            {"line ends of Windows", "a: 1\r\nb: 2\r\n", "a=1\nb=2\n"},
            {"JSON", R"({"a": [1, "b", null]})", "a.0=1\na.1=b\na.2=\n"},
            {"letters beyond ASCII", "\u00fc: \u20ac\n", "\u00fc=\u20ac\n"},
            {"words are texts until they are bound", "a: yes\nb: 0x1F\n", "a=yes\nb=0x1F\n"},
            {"nothing at all", "", ""},
            {"a comment alone", "# nothing\n", ""},
            {"the same key twice", "a: 1\na: 2\n", kMistake},
            {"a tab that indents", "a:\n\tb: 1\n", kMistake},
            {"a list that is never closed", "a: [1, 2\n", kMistake},
            {"a quote that is never closed", "a: \"b\n", kMistake},
            {"an anchor that is not there", "a: *x\n", kMistake},
            {"two keys in a line", "a: b: c\n", kMistake},
            {"a list where a map was", "a: 1\n- b\n", kMistake},
            {"a tag", "a: !!binary YQ==\n", kMistake},
            {"an escape that is none", "a: \"\\q\"\n", kMistake},
            {"a text alone", "just words\n", kMistake},
            {"a list alone", "- a\n- b\n", kMistake},
        });
}

}  // namespace
}  // namespace ngo::config
