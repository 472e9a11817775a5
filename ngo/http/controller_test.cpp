#include "ngo/http/controller.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ngo/http/route_table.hpp"

namespace ngo::http {
namespace {

struct Counter {
  int count = 0;
  int get_count() const { return count; }
  int post_add() { return ++count; }
  Task<int> PutValue(int value) {
    count = value;
    co_return count;
  }
  void deleteAll() { count = 0; }
  int patch_two_words() { return 2; }
  std::string head_x() { return ""; }
  std::string OptionsX() { return ""; }
};

std::vector<std::string> declared(const RouteTable& table) {
  std::vector<std::string> out;
  for (const RouteEntry& route : table.router().routes())
    out.push_back(route.methods.to_string() + " " + route.pattern);
  return out;
}

TEST(Controller, TakesMethodAndActionFromTheNamesOfTheMembers) {
  Routes routes;
  controller<&Counter::get_count, &Counter::post_add, &Counter::deleteAll, &Counter::patch_two_words,
             &Counter::head_x, &Counter::OptionsX>(routes, "/counter", Counter());
  controller<&Counter::PutValue>(routes, "/counters/{value}", Counter());
  RouteTable table(routes, ServerOptions());
  EXPECT_EQ(table.problems(), std::vector<std::string>());
  EXPECT_EQ(declared(table),
            (std::vector<std::string>{"GET /counter/count", "POST /counter/add", "DELETE /counter/all",
                                      "PATCH /counter/two_words", "HEAD /counter/x", "OPTIONS /counter/x",
                                      "PUT /counters/{value}/value"}));
}

TEST(Controller, TakesAPathWithASlashAtItsEnd) {
  Routes routes;
  controller<&Counter::get_count>(routes, "/counter//", Counter());
  controller<&Counter::get_count>(routes, "/", Counter());
  EXPECT_EQ(declared(RouteTable(routes, ServerOptions())),
            (std::vector<std::string>{"GET /counter/count", "GET /count"}));
}

TEST(Controller, KeepsInstancesOfOneClassApart) {
  auto first = std::make_shared<Counter>(Counter{10});
  auto second = std::make_shared<Counter>(Counter{20});
  const auto add_first = detail::bind_member<&Counter::post_add>(first, &Counter::post_add);
  const auto add_second = detail::bind_member<&Counter::post_add>(second, &Counter::post_add);
  EXPECT_EQ(add_first(), 11);
  EXPECT_EQ(add_second(), 21);
  EXPECT_EQ(add_first(), 12);
}

TEST(Controller, TellsWhichNamesAreNone) {
  EXPECT_EQ(detail::parse_action("fetch_all").method, Method::unknown);
  EXPECT_EQ(detail::parse_action("get").method, Method::unknown);
  EXPECT_EQ(detail::parse_action("get_").method, Method::unknown);
  EXPECT_EQ(detail::parse_action("getter").method, Method::unknown);
  EXPECT_EQ(detail::parse_action("Delete_x").method, Method::del);
}

}  // namespace
}  // namespace ngo::http
