#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <variant>
#include <vector>

#include "ngo/codec/json.hpp"
#include "ngo/codec/json_value.hpp"

namespace ngo::json {
namespace {

using namespace std::chrono_literals;

enum class Color : std::uint8_t { red, green, blue };

struct Item {
  std::string sku;
  int quantity = 1;
  static constexpr auto rules =
      ngo::rules(ngo::length<&Item::sku>(1, 8), ngo::range<&Item::quantity>(1, 100));
};

struct Order {
  std::int64_t id = -1;
  std::string title = "untitled";
  bool paid = false;
  double total = 0.5;
  Color color = Color::green;
  std::chrono::milliseconds timeout = 3s;
  ByteSize limit = 64;
  std::optional<std::string> note;
  std::vector<Item> items;
  std::map<std::string, std::vector<int>> groups;
  std::array<int, 2> pair{7, 8};
  JsonValue extra;
  std::unique_ptr<Item> gift;
  static constexpr auto rules =
      ngo::rules(ngo::required<&Order::id>(), ngo::rename<&Order::limit>("size-limit"));
};

template <class T>
Problems problems_of(std::string_view text, const ReadOptions& options = {}) {
  T value{};
  Problems problems;
  const bool good = parse_into(type_of<T>(), &value, text, options, problems);
  EXPECT_EQ(good, problems.empty());
  return problems;
}

template <class T>
std::string report(std::string_view text, const ReadOptions& options = {}) {
  return to_string(problems_of<T>(text, options));
}

TEST(JsonRead, FillsAStructFromADocumentInAnyOrderAndLayout) {
  const auto order = parse<Order>(R"( {
    "gift": {"sku": "G"}, "extra": {"any": [1, "thing"]}, "pair": [1, 2], "groups": {"x": [1], "y": []},
    "items": [{"sku": "A", "quantity": 2}, {"quantity": 3, "sku": "B\u00e9"}], "note": null, "size-limit": "1KiB",
    "timeout": "1m", "color": "blue", "total": 1e2, "paid": true, "title": "a\nb", "id": 42 } )");
  EXPECT_EQ(order.id, 42);
  EXPECT_EQ(order.title, "a\nb");
  EXPECT_TRUE(order.paid);
  EXPECT_EQ(order.total, 100);
  EXPECT_EQ(order.color, Color::blue);
  EXPECT_EQ(order.timeout, 1min);
  EXPECT_EQ(order.limit, ByteSize::kib(1));
  EXPECT_EQ(order.note, std::nullopt);
  ASSERT_EQ(order.items.size(), 2U);
  EXPECT_EQ(order.items[1].sku, "B\xC3\xA9");
  EXPECT_EQ(order.items[1].quantity, 3);
  EXPECT_EQ(order.groups.at("x"), std::vector<int>{1});
  EXPECT_EQ(order.groups.count("y"), 1U);
  EXPECT_EQ(order.pair, (std::array<int, 2>{1, 2}));
  EXPECT_EQ(order.extra.at("any").at(1).as_string(), "thing");
  ASSERT_NE(order.gift, nullptr);
  EXPECT_EQ(order.gift->sku, "G");
}

TEST(JsonRead, AbsentMembersKeepTheirDefaults) {
  const auto order = parse<Order>(R"({"id":1})");
  EXPECT_EQ(order.title, "untitled");
  EXPECT_EQ(order.timeout, 3s);
  EXPECT_EQ(order.color, Color::green);
  EXPECT_EQ(order.pair, (std::array<int, 2>{7, 8}));
}

TEST(JsonRead, ContainersAreReplacedNotAppendedTo) {
  std::vector<int> list{1, 2, 3};
  std::map<std::string, int> map{{"old", 1}};
  Problems problems;
  ASSERT_TRUE(parse_into(type_of<std::vector<int>>(), &list, "[9]", ReadOptions(), problems));
  EXPECT_EQ(list, std::vector<int>{9});
  ASSERT_TRUE(
      (parse_into(type_of<std::map<std::string, int>>(), &map, "{\"new\":2}", ReadOptions(), problems)));
  EXPECT_EQ(map, (std::map<std::string, int>{{"new", 2}}));
}

TEST(JsonRead, ReportsAllMistakesWithTheirPaths) {
  EXPECT_EQ(
      report<Order>(R"({"title":5,"paid":"yes","total":"1","color":"gren","timeout":2000,"size-limit":"big",
      "note":1,"items":[{"sku":"","quantity":0},{"sku":"toolongsku"},7],"groups":{"a/b":[1,"2"]},"pair":[1,2,3],"titel":1,
      "gift":[]})"),
      "/title: expected a string, found a number\n"
      "/paid: expected true or false, found a string\n"
      "/total: expected a number, found a string\n"
      "/color: expected one of \"red\", \"green\", \"blue\", found \"gren\"; did you mean \"green\"?\n"
      "/timeout: \"2000\" has no unit; write for example \"2000ms\" or \"2000s\"\n"
      "/size-limit: \"big\" is not a size; expected bytes such as \"512\", \"64KiB\", \"10MB\" (units B, KB, "
      "MB, GB, TB or "
      "KiB, MiB, GiB, TiB; the factor is 1024)\n"
      "/note: expected a string, found a number\n"
      "/items/0/sku: expected 1 to 8 characters, found 0\n"
      "/items/0/quantity: expected from 1 to 100, found 0\n"
      "/items/1/sku: expected 1 to 8 characters, found 10\n"
      "/items/2: expected an object, found a number\n"
      "/groups/a~1b/1: expected a whole number, found a string\n"
      "/pair: expected 2 elements, found 3\n"
      "/titel: no such member; did you mean \"title\"?\n"
      "/gift: expected an object, found an array\n"
      "/id: missing; expected a whole number");
}

TEST(JsonRead, EachMistakeHasACodeForPrograms) {
  const auto problems =
      problems_of<Order>(R"({"title":5,"items":[{"sku":"","quantity":1000000000000}],"x":1,"title":"a"})");
  ASSERT_EQ(problems.size(), 6U);
  EXPECT_EQ(problems[0].code, "type");
  EXPECT_EQ(problems[1].code, "length");
  EXPECT_EQ(problems[2].code, "range");
  EXPECT_EQ(problems[3].code, "unknown");
  EXPECT_EQ(problems[4].code, "duplicate");
  EXPECT_EQ(problems[5].code, "required");
}

TEST(JsonRead, AMistakeDoesNotHideWhatComesAfterASyntaxErrorDoes) {
  const auto problems = problems_of<Order>(R"({"title":5,"paid":tru})");
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].path, "/title");
  EXPECT_EQ(problems[1].code, "syntax");
  EXPECT_EQ(problems[1].path, "/paid");
}

TEST(JsonRead, ThrowsOneErrorThatCarriesAllProblems) {
  try {
    (void)parse<Order>(R"({"paid":1})");
    FAIL();
  } catch (const ParseError& error) {
    EXPECT_EQ(error.code(), Code::invalid_argument);
    EXPECT_EQ(error.problems().size(), 2U);
    EXPECT_EQ(error.message(), to_string(error.problems()));
  }
}

TEST(JsonRead, StopsAfterAsManyProblemsAsAreAskedFor) {
  std::string text = "[";
  for (int i = 0; i < 1000; ++i) text += "\"x\",";
  text += "1]";
  ReadOptions options;
  options.max_problems = 7;
  EXPECT_EQ(problems_of<std::vector<int>>(text, options).size(), 7U);
}

TEST(JsonRead, UnknownMembersMayBeIgnored) {
  ReadOptions options;
  options.ignore_unknown = true;
  EXPECT_EQ(report<Order>(R"({"id":1,"what":{"is":[1,2,{"this":null}]}})", options), "");
  EXPECT_NE(report<Order>(R"({"id":1,"what":{"is":[1,2,}})", options), "");
}

TEST(JsonRead, NamesMayBeWrittenWithEscapes) { EXPECT_EQ(parse<Order>(R"({"\u0069d" :5})").id, 5); }

// The decimal text of a number whose magnitude is one greater.
std::string one_further(std::string text) {
  std::size_t i = text.size();
  while (text[--i] == '9') text[i] = '0';
  ++text[i];
  return text;
}

template <class T>
void reads_up_to_its_limits() {
  using Limits = std::numeric_limits<T>;
  const std::string least = std::to_string(Limits::min());
  const std::string most = std::to_string(Limits::max());
  EXPECT_EQ(parse<T>(least), Limits::min());
  EXPECT_EQ(parse<T>(most), Limits::max());
  EXPECT_EQ(problems_of<T>(one_further(most)).at(0).code, "range");
  EXPECT_EQ(problems_of<T>(Limits::min() == 0 ? "-1" : one_further(least)).at(0).code, "range");
  EXPECT_EQ(problems_of<T>("123456789012345678901234567890").at(0).code, "range");
}

TEST(JsonRead, IntegersOfEveryWidthAreExactToTheirLimits) {
  reads_up_to_its_limits<std::int8_t>();
  reads_up_to_its_limits<std::uint8_t>();
  reads_up_to_its_limits<std::int16_t>();
  reads_up_to_its_limits<std::uint16_t>();
  reads_up_to_its_limits<std::int32_t>();
  reads_up_to_its_limits<std::uint32_t>();
  reads_up_to_its_limits<std::int64_t>();
  reads_up_to_its_limits<std::uint64_t>();
  EXPECT_EQ(parse<std::uint8_t>("-0"), 0);
}

TEST(JsonRead, AnIntegerHasNeitherFractionNorExponent) {
  for (const char* text : {"1.0", "1e3", "1E0", "0.5", "-1.5"})
    EXPECT_EQ(problems_of<int>(text).at(0).code, "type") << text;
}

TEST(JsonRead, DoublesAreTheNearestToTheText) {
  EXPECT_EQ(parse<double>("0.1"), 0.1);
  EXPECT_EQ(parse<double>("1e23"), 1e23);
  EXPECT_EQ(parse<double>("9007199254740993"), 9007199254740992.0);
  EXPECT_EQ(parse<double>("9007199254740993.00000000000000000000000000001"), 9007199254740994.0);
  EXPECT_EQ(parse<double>("2.2250738585072011e-308"), 2.2250738585072011e-308);
  EXPECT_EQ(parse<double>("4.9e-324"), 4.9e-324);
  EXPECT_EQ(parse<double>("1e-1000"), 0);
  EXPECT_TRUE(std::signbit(parse<double>("-0")));
  EXPECT_TRUE(std::signbit(parse<double>("-1e-1000")));
  EXPECT_EQ(problems_of<double>("1e309").at(0).code, "range");
  EXPECT_EQ(parse<float>("0.1"), 0.1F);
  EXPECT_EQ(problems_of<float>("1e39").at(0).code, "range");
}

TEST(JsonRead, OtherTypesThanExpectedAreNamed) {
  EXPECT_EQ(report<int>("null"), "expected a whole number, found null");
  EXPECT_EQ(report<bool>("[]"), "expected true or false, found an array");
  EXPECT_EQ(report<std::vector<int>>("{}"), "expected an array, found an object");
  EXPECT_EQ((report<std::map<std::string, int>>("true")), "expected an object, found a bool");
}

struct Circle {
  double radius = 0;
};
struct Square {
  double side = 0;
  static constexpr auto rules = ngo::rules(ngo::type_name("square"), ngo::at_least<&Square::side>(0.0));
};
using Shape = std::variant<Circle, Square>;

TEST(JsonRead, StructAlternativesAreToldByTheirTypeMemberWhereverItStands) {
  auto shape = parse<Shape>(R"({"type":"square","side":2})");
  EXPECT_EQ(std::get<Square>(shape).side, 2);
  shape = parse<Shape>(R"({"radius":3,"type":"Circle"})");
  EXPECT_EQ(std::get<Circle>(shape).radius, 3);
  EXPECT_EQ(
      report<std::vector<Shape>>(
          R"([{"side":1},{"type":"Triangle"},{"type":"square","side":-1},{"type":"Circle","side":1},5])"),
      "/0/type: missing; expected one of \"Circle\", \"square\"\n"
      "/1/type: \"Triangle\" is none of \"Circle\", \"square\"\n"
      "/2/side: expected at least 0, found -1\n"
      "/3/side: no such member; known: \"radius\"\n"
      "/4: expected an object or an object, found a number");
}

TEST(JsonRead, ScalarAlternativesAreToldByTheirJsonType) {
  using Any = std::variant<bool, double, std::int64_t, Color, std::string, std::vector<int>, Circle,
                           std::optional<int>>;
  EXPECT_EQ(std::get<0>(parse<Any>("true")), true);
  EXPECT_EQ(std::get<1>(parse<Any>("1.5")), 1.5);
  EXPECT_EQ(std::get<2>(parse<Any>("15")), 15);
  EXPECT_EQ(std::get<3>(parse<Any>("\"red\"")), Color::red);
  EXPECT_EQ(std::get<4>(parse<Any>("\"redd\"")), "redd");
  EXPECT_EQ(std::get<5>(parse<Any>("[1]")), std::vector<int>{1});
  EXPECT_EQ(std::get<6>(parse<Any>("{\"radius\":1}")).radius, 1);
  EXPECT_EQ(std::get<7>(parse<Any>("null")), std::nullopt);
  EXPECT_EQ(std::get<JsonValue>((parse<std::variant<int, JsonValue>>("{\"a\":1}"))).at("a").as_int64(), 1);
}

TEST(JsonRead, AWholeNumberGoesToTheFirstIntegerThatHoldsIt) {
  using Any = std::variant<std::uint8_t, double, std::int32_t>;
  EXPECT_EQ(std::get<0>(parse<Any>("255")), 255);
  EXPECT_EQ(std::get<2>(parse<Any>("256")), 256);
  EXPECT_EQ(std::get<2>(parse<Any>("-1")), -1);
  EXPECT_EQ(std::get<1>(parse<Any>("1844674000000")), 1844674000000.0);
  using Narrow = std::variant<std::string, std::uint8_t>;
  EXPECT_EQ(report<Narrow>("256"), "expected a whole number from 0 to 255, found 256");
}

struct Booking {
  int from = 0;
  int to = 0;
  std::string validate() const { return from < to ? "" : "the end must be after the beginning"; }
  static constexpr auto rules = ngo::rules(ngo::check<&Booking::validate>());
};

TEST(JsonRead, StructsAreCheckedAsAWhole) {
  EXPECT_EQ(report<std::vector<Booking>>(R"([{"from":1,"to":2},{"from":2,"to":1}])"),
            "/1: the end must be after the beginning");
}

struct Login {
  std::string user;
  std::string password;
  int pin = 0;
  Color color = Color::red;
  static constexpr auto rules =
      ngo::rules(ngo::secret<&Login::password>(), ngo::secret<&Login::pin>(), ngo::secret<&Login::color>());
};

TEST(JsonRead, SecretsDoNotStandInMessages) {
  EXPECT_EQ(report<Login>(R"({"password":12345,"pin":12345678901,"color":"s3cret"})"),
            "/password: expected a string; the value is a secret and not shown\n"
            "/pin: expected a whole number; the value is a secret and not shown\n"
            "/color: expected one of \"red\", \"green\", \"blue\"; the value is a secret and not shown");
  EXPECT_EQ(report<Login>(R"({"user":"u","password":"abc\s3cret"})"),
            "/password: expected valid JSON; the value is a secret and not shown, at line 1, column 28");
}

struct Deep {
  std::vector<Deep> children;
};

TEST(JsonRead, DeepNestingEndsInAProblemNotInAnOverflow) {
  std::string text;
  for (int i = 0; i < 1'000'000; ++i) text += R"({"children":[)";
  EXPECT_EQ(problems_of<Deep>(text).at(0).code, "depth");
}

TEST(JsonRead, SetsAndBitsAreLists) {
  EXPECT_EQ(parse<std::set<std::string>>(R"(["b","a","b"])"), (std::set<std::string>{"a", "b"}));
  EXPECT_EQ(parse<std::vector<bool>>("[true,false]"), (std::vector<bool>{true, false}));
}

TEST(JsonRead, AViewCannotBeReadInto) { EXPECT_THROW((void)parse<std::string_view>("\"a\""), Error); }

}  // namespace
}  // namespace ngo::json
