#include "ngo/codec/json_value.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "ngo/base/error.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/codec/json_writer.hpp"

namespace ngo {
namespace {

using Kind = JsonValue::Kind;

JsonValue read(std::string_view text) { return json::parse<JsonValue>(text); }

TEST(JsonValue, KeepsWhatWasRead) {
  const std::string text =
      R"({"z":1,"a":[true,false,null,-5,1.5,18446744073709551615,"x\n"],"o":{"n":{}},"e":[],"big":1e+300})";
  EXPECT_EQ(json::to_string(read(text)), text);
}

TEST(JsonValue, NumbersAreExact) {
  EXPECT_EQ(read("9223372036854775807").kind(), Kind::integer);
  EXPECT_EQ(read("9223372036854775807").as_int64(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(read("-9223372036854775808").as_int64(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(read("9223372036854775808").kind(), Kind::natural);
  EXPECT_EQ(read("18446744073709551615").as_uint64(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(read("18446744073709551616").kind(), Kind::real);
  EXPECT_EQ(read("1.0").kind(), Kind::real);
  EXPECT_EQ(read("1.0").as_int64(), 1);
  EXPECT_EQ(read("1e3").as_uint64(), 1000U);
  EXPECT_THROW((void)read("1.5").as_int64(), Error);
  EXPECT_THROW((void)read("-1").as_uint64(), Error);
  EXPECT_THROW((void)read("18446744073709551615").as_int64(), Error);
  EXPECT_THROW((void)read("1e30").as_int64(), Error);
  EXPECT_EQ(read("5").as_double(), 5.0);
  EXPECT_EQ(json::to_string(read("-0")), "-0");
}

TEST(JsonValue, IsBuiltFromOrdinaryValues) {
  JsonValue value;
  value["name"] = "ada";
  value["age"] = 36;
  value["max"] = std::numeric_limits<std::uint64_t>::max();
  value["ratio"] = 0.5;
  value["good"] = true;
  value["nothing"] = nullptr;
  value["list"].push_back(1);
  value["list"].push_back(std::string("two"));
  value["list"].push_back(JsonValue::object());
  EXPECT_EQ(
      json::to_string(value),
      R"({"name":"ada","age":36,"max":18446744073709551615,"ratio":0.5,"good":true,"nothing":null,"list":[1,"two",{}]})");
  EXPECT_TRUE(value.erase("age"));
  EXPECT_FALSE(value.erase("age"));
  EXPECT_EQ(value.size(), 6U);
}

TEST(JsonValue, IsCopiedDeeplyAndMovedCheaply) {
  JsonValue value = read(R"({"a":[1,{"b":"c"}]})");
  JsonValue copy = value;
  copy["a"][1]["b"] = 5;
  EXPECT_EQ(value.at("a").at(1).at("b").as_string(), "c");
  const JsonValue moved = std::move(copy);
  EXPECT_EQ(moved.at("a").at(1).at("b").as_int64(), 5);
  value = value.at("a").at(1);  // a part of itself
  EXPECT_EQ(json::to_string(value), R"({"b":"c"})");
  JsonValue nested = read("[[1]]");
  nested = std::move(nested[0]);
  EXPECT_EQ(json::to_string(nested), "[1]");
}

TEST(JsonValue, IsSearchedByNameIndexAndPointer) {
  const JsonValue value = read(R"({"a/b":{"c~d":[10,20]},"":1})");
  EXPECT_EQ(value.find("nope"), nullptr);
  EXPECT_EQ(value.find("a/b")->find("c~d")->at(1).as_int64(), 20);
  EXPECT_EQ(value.find_pointer("/a~1b/c~0d/1")->as_int64(), 20);
  EXPECT_EQ(value.find_pointer(""), &value);
  EXPECT_EQ(value.find_pointer("/")->as_int64(), 1);
  for (const char* pointer :
       {"/x", "/a~1b/c~0d/2", "/a~1b/c~0d/01", "/a~1b/c~0d/-", "/a~1b/c~0d/", "x", "//", "/a~1b/c~0d/1/z"}) {
    EXPECT_EQ(value.find_pointer(pointer), nullptr) << pointer;
  }
  try {
    (void)value.at("nope");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::not_found);
    EXPECT_EQ(error.message(), "no member \"nope\"; present: \"a/b\", \"\"");
  }
  EXPECT_THROW((void)value.at(std::size_t{0}), Error);
  EXPECT_THROW((void)read("[1]").at(1), Error);
}

TEST(JsonValue, ADifferentKindIsAnErrorThatNamesBoth) {
  try {
    (void)read("[]").as_string();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "expected a string, this is an array");
  }
  EXPECT_THROW((void)read("1").as_bool(), Error);
  EXPECT_THROW((void)read("\"1\"").as_double(), Error);
  EXPECT_THROW((void)read("1").as_array(), Error);
  EXPECT_THROW((void)read("1").as_object(), Error);
  JsonValue number = 1;
  EXPECT_THROW(number["a"] = 1, Error);
  EXPECT_THROW(number.push_back(1), Error);
}

TEST(JsonValue, ComparesByMeaning) {
  EXPECT_EQ(read(R"({"a":1,"b":[2]})"), read(R"({"b":[2],"a":1.0})"));
  EXPECT_FALSE(read(R"({"a":1})") == read(R"({"a":1,"b":2})"));
  EXPECT_FALSE(read("[1,2]") == read("[2,1]"));
  EXPECT_FALSE(read("1") == read("\"1\""));
  EXPECT_FALSE(read("1") == read("true"));
  EXPECT_EQ(JsonValue(), JsonValue(nullptr));
  EXPECT_FALSE(JsonValue(std::int64_t{9007199254740993}) == JsonValue(9007199254740992.0));
  EXPECT_EQ(JsonValue(std::uint64_t{1} << 63), JsonValue(9223372036854775808.0));
  EXPECT_FALSE(JsonValue(std::numeric_limits<std::uint64_t>::max()) == JsonValue(-1));
}

TEST(JsonWriter, WritesPieceByPiece) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object()
      .member("a", 1)
      .key("list")
      .begin_array()
      .value("x")
      .value(2.5)
      .null()
      .value(true)
      .begin_object();
  writer.end_object().end_array().key("raw").raw("[1]").member("text", "q\"").end_object();
  EXPECT_EQ(out, R"({"a":1,"list":["x",2.5,null,true,{}],"raw":[1],"text":"q\""})");
  EXPECT_TRUE(writer.complete());
}

TEST(JsonWriter, RefusesWhatWouldNotBeJson) {
  const auto misuse = [](auto steps) {
    std::string out;
    json::Writer writer(out);
    EXPECT_THROW(steps(writer), Error);
  };
  misuse([](json::Writer& writer) { writer.begin_object().value(1); });
  misuse([](json::Writer& writer) { writer.begin_array().key("a"); });
  misuse([](json::Writer& writer) { writer.key("a"); });
  misuse([](json::Writer& writer) { writer.begin_object().key("a").key("b"); });
  misuse([](json::Writer& writer) { writer.begin_object().key("a").end_object(); });
  misuse([](json::Writer& writer) { writer.begin_object().end_array(); });
  misuse([](json::Writer& writer) { writer.end_array(); });
  misuse([](json::Writer& writer) { writer.value(1).value(2); });
}

}  // namespace
}  // namespace ngo
