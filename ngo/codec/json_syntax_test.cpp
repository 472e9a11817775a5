// What is JSON and what is not, as a table after RFC 8259, read both as a JsonValue and by skipping it.
// simdjson's DOM parser is asked as well: an independent judge.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>

#include "ngo/codec/json.hpp"
#include "ngo/codec/json_value.hpp"

namespace ngo::json {
namespace {

using namespace std::string_literals;

struct Nothing {};

bool reads(const std::string& text) {
  JsonValue value;
  Problems problems;
  return parse_into(type_of<JsonValue>(), &value, text, ReadOptions(), problems);
}

// As the value of a member that nobody knows.
bool skips(const std::string& text) {
  Nothing nothing;
  Problems problems;
  ReadOptions options;
  options.ignore_unknown = true;
  return parse_into(type_of<Nothing>(), &nothing, "{\"x\":" + text + "}", options, problems);
}

bool simdjson_accepts(const std::string& text) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  return parser.parse(simdjson::padded_string(text)).get(element) == simdjson::SUCCESS;
}

const std::string kAccepted[] = {
    // literals
    "true",
    "false",
    "null",
    " null",
    "null ",
    "\t\r\n null\n",
    // numbers
    "0",
    "-0",
    "1",
    "-1",
    "10",
    "1234567890",
    "0.0",
    "0.5",
    "-0.5",
    "1.25",
    "1e5",
    "1E5",
    "1e+5",
    "1e-5",
    "0e0",
    "0E-0",
    "-0.0e+10",
    "123.456e78",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "18446744073709551615",
    "1.7976931348623157e308",
    "5e-324",
    "1e-400",
    "0.1e1",
    "100000000000000000000000",
    "3.141592653589793238462643383279",
    // strings
    R"("")",
    R"("a")",
    R"("\"\\\/\b\f\n\r\t")",
    R"("\u0041")",
    R"("\u00e9")",
    R"("\u4F60")",
    R"("\ud83d\ude00")",
    R"("\uD83D\uDE00")",
    R"("\u0000")",
    "\"\x7F\"",
    "\"\xC3\xA9\"",
    "\"\xE5\xBC\xA0\"",
    "\"\xF0\x9F\x98\x80\"",
    "\"\xEF\xBB\xBF\"",
    "\"\xEF\xBF\xBF\"",
    "\"\xF4\x8F\xBF\xBF\"",
    R"("/")",
    R"("a b")",
    "\" \"",
    R"("'")",
    "\"0123456789012345678901234567890123456789\"",
    R"("\uFFFF")",
    // arrays
    "[]",
    "[ ]",
    "[1]",
    "[1,2]",
    "[ 1 , 2 ]",
    "[[]]",
    "[[],[]]",
    "[null]",
    "[\"\"]",
    "[{}]",
    "[\n1\n,\n2\n]",
    "[1,\"a\",null,true,{}]",
    // objects
    "{}",
    "{ }",
    R"({"a":1})",
    R"({ "a" : 1 })",
    R"({"a":1,"b":2})",
    R"({"":0})",
    R"({"a":{"b":{"c":[]}}})",
    R"({"\u0061":1})",
    "{\"a\"\n:\n1\n}",
    R"({"a":"}"})",
    R"({"a":"\""})",
};

const std::string kRejected[] = {
    // nothing
    "",
    " ",
    "\n",
    // literals
    "t",
    "tru",
    "true1",
    "truee",
    "True",
    "TRUE",
    "nul",
    "nulll",
    "none",
    "undefined",
    "NaN",
    "Infinity",
    "-Infinity",
    "fals",
    "trueX",
    // numbers
    "-",
    "+1",
    "01",
    "-01",
    "00",
    "1.",
    ".5",
    "-.5",
    "1.e1",
    "1e",
    "1e+",
    "1e-",
    "1E",
    "0x10",
    "1_000",
    "1,000",
    "1 2",
    "--1",
    "1-",
    "1.2.3",
    "1e5.5",
    "1e5e5",
    "1a",
    "1\"",
    "\xD9\xA1",
    "0.1.",
    "1f",
    "1.5L",
    "- 1",
    "1 .5",
    // strings
    "\"",
    "\"a",
    "a\"",
    "'a'",
    "\"\\\"",
    R"("\x41")",
    R"("\a")",
    R"("\0")",
    R"("\u")",
    R"("\u1")",
    R"("\u12")",
    R"("\u123")",
    R"("\u123g")",
    R"("\U0041")",
    R"("\ud800")",
    R"("\ud83d")",
    R"("\udc00")",
    R"("\ude00\ud83d")",
    R"("\ud83d\n")",
    R"("\ud83d\u0041")",
    R"("\ud83dx")",
    R"("\ud83d\ud83d")",
    "\"\t\"",
    "\"\n\"",
    "\"\r\"",
    "\"\0\""s,
    "\"\x1F\"",
    "\"\x80\"",
    "\"\xC0\x80\"",
    "\"\xC3\"",
    "\"\xE5\xBC\"",
    "\"\xED\xA0\x80\"",
    "\"\xF4\x90\x80\x80\"",
    "\"\xFF\"",
    "\"\xFE\"",
    "\"a\"b",
    "\"a\" \"b\"",
    "\"\\",
    "\"\\u00",
    // arrays
    "[",
    "]",
    "[1",
    "[1,",
    "[1,]",
    "[,]",
    "[,1]",
    "[1,,2]",
    "[1 2]",
    "[1;2]",
    "[1}",
    "[}",
    "[1]]",
    "[[1]",
    "[\"a]",
    "[1,\n",
    "[1:2]",
    "(1)",
    "[-]",
    "[tru]",
    "[1]x",
    "[1] [2]",
    "[1],",
    "[/**/]",
    "[// x\n]",
    // objects
    "{",
    "}",
    "{\"a\"",
    "{\"a\":",
    "{\"a\":1",
    "{\"a\":1,",
    "{\"a\":1,}",
    "{,}",
    "{\"a\"}",
    "{\"a\",1}",
    "{\"a\":}",
    "{\"a\":1 \"b\":2}",
    "{a:1}",
    "{'a':1}",
    "{1:1}",
    "{null:1}",
    "{\"a\":1]",
    "{]",
    "{\"a\"::1}",
    "{\"a\":1;}",
    "{\"a\":1}}",
    "{\"a\":1}x",
    "{\"a\" 1}",
    "{:1}",
    "{[]:1}",
    "{\"a\":1,,\"b\":2}",
    "{\"\t\":1}",
    "{\"a\\q\":1}",
    // around
    "\xEF\xBB\xBF{}",
    "{}\0"s,
    "\0"s,
    "\f1",
    "1\v",
    "\xC2\xA0"
    "1",
    "{} {}",
    "1\0"s,
    "# x\n1",
    "1 // x",
};

TEST(JsonSyntax, AcceptsWhatTheRfcAllows) {
  for (const std::string& text : kAccepted) {
    EXPECT_TRUE(reads(text)) << text;
    EXPECT_TRUE(skips(text)) << text;
    EXPECT_TRUE(simdjson_accepts(text) || text == "100000000000000000000000")
        << text;  // simdjson: a big integer is an error
  }
}

TEST(JsonSyntax, RejectsWhatTheRfcForbids) {
  for (const std::string& text : kRejected) {
    EXPECT_FALSE(reads(text)) << text;
    EXPECT_FALSE(skips(text)) << text;
    EXPECT_FALSE(simdjson_accepts(text)) << text;
  }
}

TEST(JsonSyntax, RefusesNumbersThatNoDoubleHolds) {
  for (const char* text : {"1e309", "-1e309", "1e999999999999999999999", "1797693134862315800000e290"}) {
    EXPECT_FALSE(reads(text)) << text;
    EXPECT_TRUE(skips(text)) << text;
  }
}

TEST(JsonSyntax, EveryPrefixOfADocumentIsRefused) {
  const std::string text = R"({"a":[1,-2.5e3,"x\u00e9\n",true,null,{"b":{}}],"c":"d"})";
  ASSERT_TRUE(reads(text));
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(reads(text.substr(0, length))) << length;
  }
}

TEST(JsonSyntax, EveryBlockBoundaryInAStringIsMet) {
  for (std::size_t length = 0; length < 70; ++length) {
    for (const char* odd : {"\\n", "\xC3\xA9", "\\u0041", "x"}) {
      for (std::size_t at = 0; at <= length; ++at) {
        std::string inner(length, 'a');
        inner.insert(at, odd);
        const auto value = parse<JsonValue>('"' + inner + '"');
        const std::string expected_odd = odd == "\\n"s ? "\n" : odd == "\\u0041"s ? "A" : odd;
        std::string expected(length, 'a');
        expected.insert(at, expected_odd);
        ASSERT_EQ(value.as_string(), expected);
        ASSERT_FALSE(reads('"' + std::string(inner).insert(at, "\x01") + '"'));
        ASSERT_FALSE(reads('"' + std::string(inner).insert(at, "\xFF") + '"'));
      }
    }
  }
}

TEST(JsonSyntax, AMistakeIsFoundAtItsLineAndColumn) {
  const auto message = [](const std::string& text) {
    Problems problems;
    JsonValue value;
    (void)parse_into(type_of<JsonValue>(), &value, text, ReadOptions(), problems);
    return problems.empty()
               ? "none"
               : problems.back().code + " " + problems.back().path + ": " + problems.back().message;
  };
  EXPECT_EQ(message("{\n  \"a\": [1, 2,\n    x]\n}"),
            "syntax /a/2: expected a value, found \"x]\\n}\" at line 3, column 5");
  EXPECT_EQ(message("[1"), "syntax : expected \",\" or \"]\", the document ends at line 1, column 3");
  EXPECT_EQ(message("[1] 2"),
            "syntax : expected nothing behind the document, found \"2\" at line 1, column 5");
  EXPECT_EQ(message("[01]"), "syntax /0: a number must not begin with 0, found \"01]\" at line 1, column 2");
  EXPECT_EQ(message("[\"ab\xFF\"]"),
            "syntax /0: a string is not valid UTF-8, found \"\\xff\\\"]\" at line 1, column 5");
  EXPECT_EQ(message("{\"a\":\"\\q\"}"),
            "syntax /a: no such escape in a string, found \"\\\\q\\\"}\" at line 1, column 7");
}

TEST(JsonSyntax, DepthIsLimitedWhereverItIsRead) {
  const auto nested = [](std::size_t depth, const char* open, const char* close, const char* inner) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += open;
    text += inner;
    for (std::size_t i = 0; i < depth; ++i) text += close;
    return text;
  };
  EXPECT_TRUE(reads(nested(64, "[", "]", "")));
  EXPECT_FALSE(reads(nested(65, "[", "]", "")));
  EXPECT_TRUE(reads(nested(64, "{\"a\":", "}", "1")));
  EXPECT_FALSE(reads(nested(65, "{\"a\":", "}", "1")));
  EXPECT_TRUE(skips(nested(63, "[", "]", "")));
  EXPECT_FALSE(skips(nested(64, "[", "]", "")));
  EXPECT_FALSE(reads(nested(500'000, "[", "", "")));
  EXPECT_FALSE(skips(nested(500'000, "{\"a\":", "", "")));
  JsonValue value;
  Problems problems;
  ReadOptions options;
  options.max_depth = 1;
  EXPECT_TRUE(parse_into(type_of<JsonValue>(), &value, "[1]", options, problems));
  EXPECT_FALSE(parse_into(type_of<JsonValue>(), &value, "[[1]]", options, problems));
  EXPECT_EQ(problems.back().code, "depth");
}

TEST(JsonSyntax, SizeIsLimited) {
  JsonValue value;
  Problems problems;
  ReadOptions options;
  options.max_size = 3;
  EXPECT_TRUE(parse_into(type_of<JsonValue>(), &value, "[1]", options, problems));
  EXPECT_FALSE(parse_into(type_of<JsonValue>(), &value, "[12]", options, problems));
  EXPECT_EQ(problems.back().code, "size");
}

TEST(JsonSyntax, AMemberTwiceIsAProblem) {
  EXPECT_FALSE(reads(R"({"a":1,"a":1})"));
  EXPECT_FALSE(reads(R"({"a":1,"\u0061":2})"));
  std::string many = "{\"a\":0";
  for (int i = 0; i < 100'000; ++i) many += ",\"k" + std::to_string(i) + "\":0";
  EXPECT_TRUE(reads(many + "}"));
  EXPECT_FALSE(reads(many + ",\"k77\":1}"));
}

}  // namespace
}  // namespace ngo::json
