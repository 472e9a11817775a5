#include "ngo/base/rules.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <variant>
#include <vector>

#include "ngo/base/type.hpp"

namespace ngo {
namespace {

using namespace std::chrono_literals;

struct Item {
  int quantity = 1;
  static constexpr auto rules = ngo::rules(ngo::range<&Item::quantity>(1, 10));
};

struct Order {
  std::string title = "order";
  std::optional<double> discount;
  std::chrono::milliseconds timeout = 5s;
  ByteSize limit = 4096;
  std::uint64_t big = 1;
  std::vector<std::string> tags;
  std::vector<int> numbers;
  std::map<std::string, std::string> labels;
  std::vector<Item> items;
  std::string token = "t";
  std::string serial = "A1";

  std::string check_title() const { return title == serial ? "the title must not be the serial" : ""; }

  static constexpr auto rules = ngo::rules(
      ngo::length<&Order::title>(1, 5), ngo::range<&Order::discount>(0.0, 0.5),
      ngo::range<&Order::timeout>(1ms, 10s), ngo::range<&Order::limit>(ByteSize::kib(1), ByteSize::mib(1)),
      ngo::at_least<&Order::big>(1), ngo::length<&Order::tags>(0, 2), ngo::element_length<&Order::tags>(1, 3),
      ngo::pattern<&Order::tags>("[a-z]*"), ngo::at_most<&Order::numbers>(7),
      ngo::pattern<&Order::labels>("\\d+"), ngo::length<&Order::token>(1, 4),
      ngo::pattern<&Order::token>("[a-z]+"), ngo::secret<&Order::token>(),
      ngo::pattern<&Order::serial>("[A-Z]\\d"), ngo::check<&Order::check_title>());
};

std::string problems_of(const Order& order) {
  Problems problems;
  check_all(type_of<Order>(), &order, Path(), problems);
  return to_string(problems);
}

TEST(Rules, AreSilentWhenAllIsRight) { EXPECT_EQ(problems_of(Order{}), ""); }

TEST(Rules, BoundLengthsInCharactersNotBytes) {
  Order order;
  order.title = "\xE5\xBC\xA0\xE4\xB8\x89\xE6\x9D\x8E\xE5\x9B\x9B\xE4\xBA\x94";  // five Chinese characters
  EXPECT_EQ(problems_of(order), "");
  order.title += "x";
  EXPECT_EQ(problems_of(order), "/title: expected 1 to 5 characters, found 6");
}

TEST(Rules, BoundNumbersDurationsAndSizes) {
  Order order;
  order.discount = 0.75;
  order.timeout = 11s;
  order.limit = 12;
  order.big = 0;
  EXPECT_EQ(problems_of(order),
            "/discount: expected from 0 to 0.5, found 0.75\n"
            "/timeout: expected from 1ms to 10s, found 11s\n"
            "/limit: expected from 1KiB to 1MiB, found 12B\n"
            "/big: expected at least 1, found 0");
}

TEST(Rules, BothEndsBelongToTheRangeAndNaNDoesNot) {
  Order order;
  order.discount = 0.5;
  order.timeout = 1ms;
  order.big = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(problems_of(order), "");
  order.discount = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(problems_of(order), "/discount: expected from 0 to 0.5, found nan");
}

TEST(Rules, SpeakAboutEveryElementOfAListOrMap) {
  Order order;
  order.tags = {"ok", "UP", "long!", "x"};
  order.numbers = {7, 8};
  order.labels = {{"a/b", "12"}, {"c~d", "x"}};
  order.items = {Item{1}, Item{11}};
  EXPECT_EQ(problems_of(order),
            "/tags: expected 0 to 2 elements, found 4\n"
            "/tags/1: expected text that matches [a-z]*, found \"UP\"\n"
            "/tags/2: expected 1 to 3 characters, found 5\n"
            "/numbers/1: expected at most 7, found 8\n"
            "/labels/c~0d: expected text that matches \\d+, found \"x\"\n"
            "/items/1/quantity: expected from 1 to 10, found 11");
}

TEST(Rules, SecretsDoNotStandInMessages) {
  Order order;
  order.token = "S3";
  EXPECT_EQ(problems_of(order), "/token: expected text that matches [a-z]+");
}

TEST(Rules, OverSeveralMembersRunWhenEachIsRight) {
  Order order;
  order.title = order.serial;
  EXPECT_EQ(problems_of(order), "the title must not be the serial");
  order.big = 0;
  EXPECT_EQ(problems_of(order), "/big: expected at least 1, found 0");
}

TEST(Rules, AnAbsentMemberIsRequiredWhenItsDefaultBreaksItsRules) {
  Order order;
  order.title = "";
  Problems problems;
  check_absent(*type_of<Order>().member("title"), &order.title, Path(Path(), "title"), problems);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].code, "required");
  EXPECT_EQ(problems[0].path, "/title");
  EXPECT_EQ(problems[0].message, "missing, and its default will not do: expected 1 to 5 characters, found 0");
}

TEST(Rules, FindTheNearestNameForAnUnknownOne) {
  EXPECT_EQ(unknown_member(type_of<Item>(), "quantiy"), "no such member; did you mean \"quantity\"?");
  EXPECT_EQ(unknown_member(type_of<Item>(), "zzz"), "no such member; known: \"quantity\"");
}

}  // namespace
}  // namespace ngo
