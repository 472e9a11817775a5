#include <gtest/gtest.h>
#include <simdjson.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <unordered_map>
#include <variant>
#include <vector>

#include "ngo/codec/json.hpp"
#include "ngo/codec/json_value.hpp"

namespace ngo::json {

// A user's type whose text is made with JSON: writing inside of writing.
struct Nested {
  int value = 0;
};

}  // namespace ngo::json

template <>
struct ngo::TextFormat<ngo::json::Nested> {
  static constexpr std::string_view kName = "nested document";
  static void write(const json::Nested& value, std::string& out) {
    json::write(out, std::vector<int>(3, value.value));
  }
  static bool read(std::string_view, json::Nested&, std::string&) { return false; }
};

namespace ngo::json {
namespace {

using namespace std::chrono_literals;

enum class Color : std::int8_t { red, green };
struct Inner {
  int a = 1;
};
struct Other {
  std::string b = "x";
};
struct Everything {
  bool yes = true;
  std::int8_t small = -128;
  std::uint64_t big = std::numeric_limits<std::uint64_t>::max();
  double real = 0.1;
  float single = 0.1F;
  std::string text = "a\"b";
  std::string_view view = "view";
  Color color = Color::green;
  std::chrono::seconds time = 90s;
  ByteSize size = 65536;
  std::vector<int> list{1, 2};
  std::map<std::string, int> map{{"k", 1}};
  std::optional<int> none;
  std::optional<int> some = 3;
  std::unique_ptr<Inner> pointer = std::make_unique<Inner>();
  std::variant<int, Inner> one_struct = Inner{};
  std::variant<Inner, Other> two_structs = Other{};
  Inner inner;
  JsonValue dynamic;
  int plain[2] = {5, 6};
};

TEST(JsonWrite, WritesEveryKindOfMember) {
  EXPECT_EQ(
      to_string(Everything{}),
      R"({"yes":true,"small":-128,"big":18446744073709551615,"real":0.1,"single":0.1,"text":"a\"b","view":"view",)"
      R"("color":"green","time":"1m30s","size":"64KiB","list":[1,2],"map":{"k":1},"none":null,"some":3,)"
      R"("pointer":{"a":1},"one_struct":{"a":1},"two_structs":{"type":"Other","b":"x"},"inner":{"a":1},"dynamic":null,)"
      R"("plain":[5,6]})");
}

TEST(JsonWrite, AppendsToWhatIsThere) {
  std::string out = "data: ";
  write(out, std::vector<int>{1});
  EXPECT_EQ(out, "data: [1]");
}

TEST(JsonWrite, EmptyThingsAreWritten) {
  struct Empty {};
  EXPECT_EQ(to_string(Empty{}), "{}");
  EXPECT_EQ(to_string(std::vector<int>{}), "[]");
  EXPECT_EQ(to_string(std::map<std::string, int>{}), "{}");
  EXPECT_EQ(to_string(std::string()), "\"\"");
}

struct Sparse {
  std::optional<int> a;
  std::string b;
  std::vector<int> c;
  int d = 0;
  static constexpr auto rules =
      ngo::rules(ngo::omit_if_empty<&Sparse::a>(), ngo::omit_if_empty<&Sparse::b>(),
                 ngo::omit_if_empty<&Sparse::c>(), ngo::rename<&Sparse::d>("quote\"d"));
};

TEST(JsonWrite, EmptyMembersAreLeftOutOnRequest) {
  EXPECT_EQ(to_string(Sparse{}), R"({"quote\"d":0})");
  EXPECT_EQ(to_string(Sparse{.a = 1, .b = "x", .c = {2}, .d = 3}), R"({"a":1,"b":"x","c":[2],"quote\"d":3})");
}

TEST(JsonWrite, EscapesWhatMustBeEscapedAndNothingElse) {
  std::string text;
  for (int c = 0; c < 128; ++c) text += static_cast<char>(c);
  EXPECT_EQ(to_string(text),
            "\"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\n\\u000b\\f\\r\\u000e\\u000f\\"
            "u0010\\u0011\\u0012\\u0013"
            "\\u0014\\u0015\\u0016\\u0017\\u0018\\u0019\\u001a\\u001b\\u001c\\u001d\\u001e\\u001f "
            "!\\\"#$%&'()*+,-./0123456789:;<=>?@"
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\\\]^_`abcdefghijklmnopqrstuvwxyz{|}~\x7F\"");
}

TEST(JsonWrite, EveryStringReadsBackWhereverItsOddBytesStand) {
  for (std::size_t length = 0; length < 50; ++length) {
    for (const char* odd : {"\"", "\\", "\n", "\x01", "\xC3\xA9", "\xF0\x9F\x98\x80", "x"}) {
      for (std::size_t at = 0; at <= length; ++at) {
        std::string text(length, 'a');
        text.insert(at, odd);
        ASSERT_EQ(parse<std::string>(to_string(text)), text);
      }
    }
  }
}

TEST(JsonWrite, BytesThatAreNotUtf8BecomeReplacementCharacters) {
  EXPECT_EQ(to_string(std::string("a\xFFz")), "\"a\xEF\xBF\xBDz\"");
  EXPECT_EQ(to_string(std::string("\xE5\xBC")), "\"\xEF\xBF\xBD\"");
  EXPECT_EQ(to_string(std::string("\xED\xA0\x80\n\x80")),
            "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\\n\xEF\xBF\xBD\"");
  EXPECT_EQ(to_string(std::string(5000, '\xFF')).size(), 15002U);
}

TEST(JsonWrite, NumbersThatAreNoneBecomeNull) {
  EXPECT_EQ(to_string(std::vector<double>{NAN, INFINITY, -INFINITY}), "[null,null,null]");
  EXPECT_EQ(to_string(std::vector<float>{NAN, -INFINITY}), "[null,null]");
}

TEST(JsonWrite, DoublesAreShortAndExact) {
  const std::pair<double, const char*> rows[] = {
      {0.0, "0"},
      {-0.0, "-0"},
      {1.0, "1"},
      {-1.5, "-1.5"},
      {0.1, "0.1"},
      {19.99, "19.99"},
      {1e15, "1e+15"},
      {123456.789, "123456.789"},
      {0.000001, "0.000001"},
      {1e23, "1e+23"},
      {5e-324, "5e-324"},
      {100000.0, "100000"},
      {0.30000000000000004, "0.30000000000000004"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
  };
  for (const auto& [number, expected] : rows) {
    EXPECT_EQ(parse<double>(to_string(number)), number);
    EXPECT_EQ(to_string(number), expected);
  }
}

TEST(JsonWrite, RandomDoublesReadBackAndHaveTheFewestDigits) {
  std::uint64_t state = 0x9E3779B97F4A7C15;
  for (int i = 0; i < 50'000; ++i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    double number = 0;
    if (i % 2 == 0) {
      __builtin_memcpy(&number, &state, sizeof(number));
    } else {
      number = static_cast<double>(static_cast<std::int64_t>(state) >> (i % 50)) / std::pow(10, i % 9);
    }
    if (!std::isfinite(number)) continue;
    const std::string text = to_string(number);
    ASSERT_EQ(parse<double>(text), number) << text;
    ASSERT_EQ(std::strtod(text.c_str(), nullptr), number) << text;
    char shortest[32];
    const auto end =
        std::to_chars(shortest, shortest + sizeof(shortest), number, std::chars_format::scientific);
    const auto digits = [](std::string_view of) {
      std::string out;
      for (const char c : of.substr(0, of.find('e'))) {
        if (c >= '0' && c <= '9' && !(out.empty() && c == '0')) out += c;
      }
      while (out.ends_with('0')) out.pop_back();
      return out;
    };
    // Whole numbers above are written out, which takes more digits but not more characters.
    if (std::fabs(number) < 1e15) {
      ASSERT_EQ(digits(text), digits({shortest, end.ptr}));
    }
  }
}

TEST(JsonWrite, LargeDocumentsGrowTheBuffer) {
  const std::vector<std::string> many(10'000, std::string(100, 'y'));
  const std::string text = to_string(many);
  EXPECT_EQ(text.size(), 10'000 * 103 + 1U);
  EXPECT_EQ(parse<std::vector<std::string>>(text), many);
  EXPECT_EQ(to_string(std::string(1'000'000, '\n')).size(), 2'000'002U);
}

TEST(JsonWrite, FillsAnOutputThatGrowsByWhatIsAsked) {
  struct Chunk : Output {
    std::string bytes;
  };
  Chunk chunk;
  chunk.cursor = chunk.limit = chunk.bytes.data();
  chunk.grow = [](Output& output, std::size_t more) {
    auto& self = static_cast<Chunk&>(output);
    const auto used = static_cast<std::size_t>(self.cursor - self.bytes.data());
    self.bytes.resize(used + more);
    self.cursor = self.bytes.data() + used;
    self.limit = self.bytes.data() + self.bytes.size();
  };
  const Everything value;
  write(chunk, type_of<Everything>(), &value);
  chunk.bytes.resize(static_cast<std::size_t>(chunk.cursor - chunk.bytes.data()));
  EXPECT_EQ(chunk.bytes, to_string(value));
}

TEST(JsonWrite, AUsersTextMayBeMadeWithJson) {
  EXPECT_EQ(to_string(std::vector<Nested>{Nested{1}, Nested{2}}), R"(["[1,1,1]","[2,2,2]"])");
}

TEST(JsonWrite, AnEnumeratorWithoutNameIsAnError) {
  EXPECT_THROW((void)to_string(static_cast<Color>(99)), Error);
  EXPECT_EQ(to_string(Color::red), "\"red\"");  // and the writer is fit for use afterwards
}

TEST(JsonWrite, WhatIsWrittenIsJsonForOthersToo) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  EXPECT_EQ(parser.parse(simdjson::padded_string(to_string(Everything{}))).get(element), simdjson::SUCCESS);
}

}  // namespace
}  // namespace ngo::json
