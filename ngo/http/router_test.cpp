#include "ngo/http/router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ngo/base/error.hpp"

namespace ngo::http {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using Kind = RouteMatch::Kind;

Router router_of(const std::vector<std::string>& patterns, MethodSet methods = Method::get) {
  Router router;
  for (std::size_t index = 0; index < patterns.size(); ++index) router.add(methods, patterns[index], index);
  EXPECT_TRUE(router.problems().empty()) << router.problems().front();
  return router;
}

// "pattern name=value name=value", or what became of it otherwise.
std::string look_up(const Router& router, std::string_view path, Method method = Method::get) {
  RouteMatch match;
  switch (router.match(method, path, match)) {
    case Kind::not_found: return "not found";
    case Kind::method_not_allowed: return "allowed: " + match.allowed().to_string();
    case Kind::found: break;
  }
  std::string text = match.route().pattern;
  for (std::size_t index = 0; index < match.size(); ++index) {
    text.append(" ").append(match.name(index)).append("=").append(match.value(index));
  }
  return text;
}

TEST(Router, PrefersTheLiteralSegmentOverTheParameterOverTheRest) {
  const Router router = router_of({"/a/{path...}", "/a/{id}", "/a/b", "/{path...}", "/{x}", "/"});
  EXPECT_EQ(look_up(router, "/a/b"), "/a/b");
  EXPECT_EQ(look_up(router, "/a/c"), "/a/{id} id=c");
  EXPECT_EQ(look_up(router, "/a/b/c"), "/a/{path...} path=b/c");
  EXPECT_EQ(look_up(router, "/a/"), "/a/{path...} path=");
  EXPECT_EQ(look_up(router, "/a"), "/{x} x=a");
  EXPECT_EQ(look_up(router, "/b/c"), "/{path...} path=b/c");
  EXPECT_EQ(look_up(router, "/"), "/");
}

TEST(Router, TakesBackAChoiceThatLeadsNowhere) {
  const Router router = router_of({"/a/{x}/c", "/a/b/d", "/{y}/b/e", "/a/{x}/{z}/f", "/a/b/{rest...}"});
  EXPECT_EQ(look_up(router, "/a/b/c"), "/a/b/{rest...} rest=c");
  EXPECT_EQ(look_up(router, "/a/b/d"), "/a/b/d");
  EXPECT_EQ(look_up(router, "/a/q/c"), "/a/{x}/c x=q");
  EXPECT_EQ(look_up(router, "/a/q/r/f"), "/a/{x}/{z}/f x=q z=r");
  EXPECT_EQ(look_up(router, "/q/b/e"), "/{y}/b/e y=q");
  EXPECT_EQ(look_up(router, "/a/q/r/g"), "not found");
  const Router other = router_of({"/a/b/d", "/a/{x}/c", "/{y}/b/e"});
  EXPECT_EQ(look_up(other, "/a/b/c"), "/a/{x}/c x=b");
  EXPECT_EQ(look_up(other, "/a/b/e"), "/{y}/b/e y=a");
}

TEST(Router, DecidesFromLeftToRight) {
  const Router router = router_of({"/a/{x}", "/{y}/b"});
  EXPECT_EQ(look_up(router, "/a/b"), "/a/{x} x=b");
}

TEST(Router, FindsTheSameWhateverTheOrderOfRegistration) {
  std::vector<std::string> patterns = {"/", "/a", "/a/", "/a/{x}", "/a/b", "/{p...}", "/a/{x}/c"};
  const Router forward = router_of(patterns);
  const Router backward = router_of({patterns.rbegin(), patterns.rend()});
  for (const std::string path : {"/", "/a", "/a/", "/a/b", "/a/q", "/a/b/c", "/a/b/", "/z", "//", "/a//"}) {
    EXPECT_EQ(look_up(forward, path), look_up(backward, path)) << path;
  }
}

TEST(Router, TakesATrailingSlashForAPathOfItsOwn) {
  const Router router = router_of({"/a", "/b/", "/c/{id}"});
  EXPECT_EQ(look_up(router, "/a"), "/a");
  EXPECT_EQ(look_up(router, "/a/"), "not found");
  EXPECT_EQ(look_up(router, "/b"), "not found");
  EXPECT_EQ(look_up(router, "/b/"), "/b/");
  EXPECT_EQ(look_up(router, "/c/1"), "/c/{id} id=1");
  EXPECT_EQ(look_up(router, "/c/1/"), "not found");
}

TEST(Router, GivesAParameterNoEmptySegmentButTheRestOne) {
  const Router router = router_of({"/a/{id}", "/b/{id}/c", "/files/{path...}"});
  EXPECT_EQ(look_up(router, "/a/"), "not found");
  EXPECT_EQ(look_up(router, "/b//c"), "not found");
  EXPECT_EQ(look_up(router, "/files/"), "/files/{path...} path=");
  EXPECT_EQ(look_up(router, "/files"), "not found");
  EXPECT_EQ(look_up(router, "/files//a/"), "/files/{path...} path=/a/");
}

TEST(Router, KeepsEmptySegmentsApart) {
  const Router router = router_of({"/", "/a", "//a"});
  EXPECT_EQ(look_up(router, "//"), "not found");
  EXPECT_EQ(look_up(router, "/a"), "/a");
  EXPECT_EQ(look_up(router, "//a"), "//a");
  EXPECT_EQ(look_up(router, "///a"), "not found");
}

TEST(Router, KnowsNothingButPaths) {
  const Router router = router_of({"/{path...}"});
  EXPECT_EQ(look_up(router, ""), "not found");
  EXPECT_EQ(look_up(router, "*"), "not found");
  EXPECT_EQ(look_up(router, "a/b"), "not found");
  EXPECT_EQ(look_up(Router(), "/"), "not found");
}

TEST(Router, DecodesOnceAndBySegment) {
  const Router router = router_of({"/a/{id}", "/a b/caf\xc3\xa9", "/files/{path...}", "/hello"});
  EXPECT_EQ(look_up(router, "/a/x%2Fy"), "/a/{id} id=x/y");
  EXPECT_EQ(look_up(router, "/a/x%2fy%20z"), "/a/{id} id=x/y z");
  EXPECT_EQ(look_up(router, "/a%2Fb"), "not found");
  EXPECT_EQ(look_up(router, "/a/%2541"), "/a/{id} id=%41");
  EXPECT_EQ(look_up(router, "/a/%252F"), "/a/{id} id=%2F");
  EXPECT_EQ(look_up(router, "/a/100%25"), "/a/{id} id=100%");
  EXPECT_EQ(look_up(router, "/%68ello"), "/hello");
  EXPECT_EQ(look_up(router, "/a%20b/caf%c3%A9"), "/a b/caf\xc3\xa9");
  EXPECT_EQ(look_up(router, "/files/a%2Fb/c%25"), "/files/{path...} path=a/b/c%");
  EXPECT_EQ(look_up(router, "/a/+"), "/a/{id} id=+");
}

TEST(Router, TakesAPercentSignThatBeginsNoEscapeForItself) {
  const Router router = router_of({"/{id}"});
  EXPECT_EQ(look_up(router, "/%%34%31"), "/{id} id=%41");
  EXPECT_EQ(look_up(router, "/%"), "/{id} id=%");
  EXPECT_EQ(look_up(router, "/%4"), "/{id} id=%4");
}

TEST(Router, SaysWhatIsAllowed) {
  Router router;
  router.add(Method::get, "/a", 0);
  router.add(Method::post | Method::del, "/a", 1);
  router.add(Method::put, "/b/{id}", 2);
  router.add(Method::get, "/b/c", 3);
  router.add(Method::patch, "/{p...}", 4);
  EXPECT_EQ(look_up(router, "/a", Method::put), "allowed: GET, HEAD, POST, DELETE, OPTIONS, PATCH");
  EXPECT_EQ(look_up(router, "/a", Method::options), "allowed: GET, HEAD, POST, DELETE, OPTIONS, PATCH");
  EXPECT_EQ(look_up(router, "/b/c", Method::post), "allowed: GET, HEAD, PUT, OPTIONS, PATCH");
  EXPECT_EQ(look_up(router, "/b/d", Method::get), "allowed: PUT, OPTIONS, PATCH");
  EXPECT_EQ(look_up(router, "/a", Method::unknown), "allowed: GET, HEAD, POST, DELETE, OPTIONS, PATCH");
  EXPECT_EQ(router.methods().to_string(), "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH");
}

TEST(Router, PassesOverAPatternThatDoesNotAnswerTheMethod) {
  Router router;
  router.add(Method::get, "/a/b", 0);
  router.add(Method::post, "/a/{id}", 1);
  router.add(Method::put, "/a/{rest...}", 2);
  EXPECT_EQ(look_up(router, "/a/b", Method::get), "/a/b");
  EXPECT_EQ(look_up(router, "/a/b", Method::post), "/a/{id} id=b");
  EXPECT_EQ(look_up(router, "/a/b", Method::put), "/a/{rest...} rest=b");
  EXPECT_EQ(look_up(router, "/a/b", Method::del), "allowed: GET, HEAD, POST, PUT, OPTIONS");
}

TEST(Router, AnswersHeadWithGetUnlessHeadIsRegistered) {
  Router router;
  router.add(Method::get, "/a", 0);
  router.add(Method::get, "/b", 1);
  router.add(Method::head, "/b", 2);
  RouteMatch match;
  ASSERT_EQ(router.match(Method::head, "/a", match), Kind::found);
  EXPECT_EQ(match.route().payload, 0U);
  ASSERT_EQ(router.match(Method::head, "/b", match), Kind::found);
  EXPECT_EQ(match.route().payload, 2U);
  ASSERT_EQ(router.match(Method::get, "/b", match), Kind::found);
  EXPECT_EQ(match.route().payload, 1U);
}

TEST(Router, AnswersEveryMethodWhenAsked) {
  Router router;
  router.add(MethodSet::all(), "/{path...}", 7);
  for (std::size_t index = 0; index < kMethodCount; ++index) {
    EXPECT_EQ(look_up(router, "/x/y", static_cast<Method>(index)), "/{path...} path=x/y");
  }
}

TEST(Router, KeepsTheNamesOfEachRouteApart) {
  Router router;
  router.add(Method::get, "/users/{id}", 0);
  router.add(Method::post, "/users/{name}", 1);
  EXPECT_TRUE(router.problems().empty());
  EXPECT_EQ(look_up(router, "/users/7", Method::get), "/users/{id} id=7");
  EXPECT_EQ(look_up(router, "/users/7", Method::post), "/users/{name} name=7");
}

TEST(Router, FindsAParameterByItsName) {
  const Router router = router_of({"/{a}/{b}/{c...}"});
  RouteMatch match;
  ASSERT_EQ(router.match(Method::get, "/x/y/z", match), Kind::found);
  EXPECT_EQ(match.index_of("a"), 0U);
  EXPECT_EQ(match.index_of("c"), 2U);
  EXPECT_EQ(match.index_of("d"), 3U);
}

TEST(Router, ForgetsTheMatchBefore) {
  const Router router = router_of({"/{a}/{b}", "/c"});
  RouteMatch match;
  ASSERT_EQ(router.match(Method::get, "/x%20/y", match), Kind::found);
  ASSERT_EQ(router.match(Method::get, "/c", match), Kind::found);
  EXPECT_EQ(match.size(), 0U);
  EXPECT_EQ(router.match(Method::post, "/c", match), Kind::method_not_allowed);
  EXPECT_EQ(router.match(Method::post, "/d", match), Kind::not_found);
  EXPECT_TRUE(match.allowed().empty());
}

TEST(Router, PointsIntoThePathWithoutCopying) {
  const Router router = router_of({"/users/{id}"});
  const std::string path = "/users/42";
  RouteMatch match;
  std::string storage;
  ASSERT_EQ(router.match(Method::get, path, match), Kind::found);
  EXPECT_EQ(match.value(0, storage).data(), path.data() + 7);
}

TEST(Router, ReportsConflictsWithBothPlaces) {
  Router router;
  router.add(Method::get | Method::post, "/users/{id}", 0);
  router.add(Method::get, "/users/{name}", 1);
  router.add(Method::get, "/files/{path...}", 2);
  router.add(Method::get, "/files/{rest...}", 3);
  router.add(Method::get, "/a", 4);
  router.add(Method::get, "/a", 5);
  router.add(Method::put, "/a", 6);
  ASSERT_EQ(router.problems().size(), 3U);
  EXPECT_THAT(
      router.problems()[0],
      ContainsRegex("route \"/users/\\{name\\}\" \\(.*router_test.cpp:[0-9]+\\): GET is already answered by "
                    "\"/users/\\{id\\}\" \\(.*router_test.cpp:[0-9]+\\)"));
  EXPECT_THAT(router.problems()[1], HasSubstr("already answered by \"/files/{path...}\""));
  EXPECT_THAT(router.problems()[2], HasSubstr("already answered by \"/a\""));
  EXPECT_EQ(router.routes().size(), 4U);
  EXPECT_EQ(look_up(router, "/users/1"), "/users/{id} id=1");
}

TEST(Router, ExplainsPatternsThatAreWrong) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "a pattern begins with \"/\""},
      {"a", "a pattern begins with \"/\""},
      {"*", "a pattern begins with \"/\""},
      {"/v{n}", "segment \"v{n}\": a parameter takes a whole segment, as in \"/{id}\""},
      {"/{n}.json", "a parameter takes a whole segment"},
      {"/{a}{b}", "a parameter's name is a letter"},
      {"/{a", "a parameter takes a whole segment"},
      {"/a}", "a parameter takes a whole segment"},
      {"/{}", "a parameter's name is a letter, then letters, digits, \"_\" and \"-\""},
      {"/{...}", "a parameter's name is a letter"},
      {"/{1a}", "a parameter's name is a letter"},
      {"/{a b}", "a parameter's name is a letter"},
      {"/{a}/{a}", "two parameters are named \"a\""},
      {"/{a}/{a...}", "two parameters are named \"a\""},
      {"/{a...}/b", "\"{a...}\" takes all that is left and must be the last segment"},
      {"/{a...}/", "\"{a...}\" takes all that is left and must be the last segment"},
      {"/:id", "segment \":id\": parameters are written {id}"},
      {"/*path", "segment \"*path\": parameters are written {path...}"},
      {"/a%20b", "segment \"a%20b\": write the character itself instead of its percent-encoding"},
      {"/a?b", "segment \"a?b\": a pattern is a path, without query and fragment"},
      {"/../a", "segment \"..\" matches nothing: such requests are refused"},
      {"/a\nb", "contains a control character"},
      {"/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}/{j}/{k}/{l}/{m}/{n}/{o}/{p}/{q}",
       "a pattern has at most 16 parameters"},
  };
  Router router;
  for (const auto& [pattern, reason] : cases) {
    router.add(Method::get, pattern, 0);
    EXPECT_THAT(router.problems().back(), HasSubstr(reason)) << pattern;
    EXPECT_THROW(static_cast<void>(RoutePattern::parse(pattern)), Error) << pattern;
  }
  EXPECT_EQ(router.problems().size(), cases.size());
  EXPECT_TRUE(router.routes().empty());
  router.add(MethodSet(), "/a", 0);
  router.add(Method::unknown, "/a", 0);
  EXPECT_THAT(router.problems().back(), HasSubstr("its methods must be some of GET, HEAD, POST"));
  EXPECT_EQ(router.problems().size(), cases.size() + 2);
}

TEST(Router, FindsEachOfManyRoutes) {
  Router router;
  std::vector<std::string> paths;
  for (std::size_t number = 0; number < 500; ++number) {
    const std::string name = std::string(number % 40, 'x') + std::to_string(number);
    router.add(Method::get, "/api/" + name + "/{id}/items", 2 * number);
    router.add(Method::get, "/api/" + name, 2 * number + 1);
    paths.push_back("/api/" + name);
  }
  const Router moved = std::move(router);
  RouteMatch match;
  for (std::size_t number = 0; number < 500; ++number) {
    ASSERT_EQ(moved.match(Method::get, paths[number] + "/7/items", match), Kind::found);
    EXPECT_EQ(match.route().payload, 2 * number);
    ASSERT_EQ(moved.match(Method::get, paths[number], match), Kind::found);
    EXPECT_EQ(match.route().payload, 2 * number + 1);
    EXPECT_EQ(moved.match(Method::get, paths[number] + "/7", match), Kind::not_found);
  }
}

}  // namespace
}  // namespace ngo::http
