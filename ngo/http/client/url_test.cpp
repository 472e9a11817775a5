#include "ngo/http/client/url.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "ngo/base/error.hpp"

namespace ngo {
namespace {

std::string problem_of(std::string_view text) {
  Url url;
  std::string problem;
  return Url::parse(text, url, problem) ? "accepted as " + url.text() : problem;
}

std::string expand(std::string_view pattern, const std::vector<std::string>& values) {
  std::vector<std::unique_ptr<UrlArgument>> made;
  std::vector<const UrlArgument*> pointers;
  for (const auto& value : values) {
    made.push_back(std::make_unique<UrlArgument>(value));
    pointers.push_back(made.back().get());
  }
  return http::expand_url(pattern, pointers);
}

std::string expansion_problem(std::string_view pattern, const std::vector<std::string>& values) {
  try {
    return "made " + expand(pattern, values);
  } catch (const Error& error) {
    return error.message();
  }
}

TEST(Url, GivesItsParts) {
  const Url url("https://user:pa%20ss@Example.COM:8443/a/b?x=1&y=2#part");
  EXPECT_EQ(url.scheme(), "https");
  EXPECT_TRUE(url.secure());
  EXPECT_EQ(url.host(), "example.com");
  EXPECT_EQ(url.port(), 8443);
  EXPECT_EQ(url.authority(), "example.com:8443");
  EXPECT_EQ(url.origin(), "https://example.com:8443");
  EXPECT_EQ(url.path(), "/a/b");
  EXPECT_EQ(url.query(), "x=1&y=2");
  EXPECT_EQ(url.target(), "/a/b?x=1&y=2");
  EXPECT_EQ(url.user_info(), "user:pa%20ss");
  EXPECT_EQ(url.fragment(), "part");
  EXPECT_EQ(url.text(), "https://example.com:8443/a/b?x=1&y=2");
}

TEST(Url, IsNormalised) {
  struct Row {
    const char* text;
    const char* expected;
  };
  for (const Row& row : {
           Row{"http://h", "http://h/"},
           Row{"HTTP://H:80", "http://h/"},
           Row{"https://h:443/", "https://h/"},
           Row{"http://h:/", "http://h/"},
           Row{"https://h:80/", "https://h:80/"},
           Row{"http://h?q", "http://h/?q"},
           Row{"http://h?", "http://h/?"},
           Row{"http://h/a/../b/./c", "http://h/b/c"},
           Row{"http://h/../../x", "http://h/x"},
           Row{"http://h/a/..", "http://h/"},
           Row{"http://h/a/%2e%2E/b", "http://h/b"},
           Row{"http://h/a/.../b", "http://h/a/.../b"},
           Row{"http://h/a b?c d", "http://h/a%20b?c%20d"},
           Row{"http://h/\xc3\xa9", "http://h/%C3%A9"},
           Row{"http://h/{a}|", "http://h/%7Ba%7D%7C"},
           Row{"http://[::1]:8080/x", "http://[::1]:8080/x"},
           Row{"http://[2001:DB8::1]", "http://[2001:db8::1]/"},
           Row{"http+unix://%2Frun%2Fa.sock/x?y", "http+unix://%2Frun%2Fa.sock/x?y"},
           Row{" http://h/ \n", "http://h/"},
       }) {
    EXPECT_EQ(Url(row.text).text(), row.expected) << row.text;
    EXPECT_EQ(Url(row.expected).text(), row.expected) << "again";
  }
}

TEST(Url, KnowsUnixSocketsAndAddresses) {
  EXPECT_EQ(Url("http+unix://%2Frun%2Fa.sock/x").socket_path(), "/run/a.sock");
  EXPECT_EQ(Url("http+unix://%2Frun%2Fa.sock/x").host(), "");
  EXPECT_EQ(Url("http://[::1]:8080/x").host(), "::1");
  EXPECT_EQ(Url("http://[::1]:8080/x").authority(), "[::1]:8080");
}

TEST(Url, RefusesWhatCannotBeCalled) {
  struct Row {
    const char* text;
    const char* problem;
  };
  for (const Row& row : {
           Row{"", "it is empty"},
           Row{"example.com/x", "it must begin with http://, https:// or http+unix://"},
           Row{"/x", "it must begin with http://, https:// or http+unix://"},
           Row{"http:/h", "it must begin with http://, https:// or http+unix://"},
           Row{"ftp://h/", "its scheme must be http, https or http+unix"},
           Row{"http://", "the host is missing"},
           Row{"http:///x", "the host is missing"},
           Row{"http://:80/", "the host is missing"},
           Row{"http://h:0/", "the port must be a number from 1 to 65535"},
           Row{"http://h:65536/", "the port must be a number from 1 to 65535"},
           Row{"http://h:8o/", "the port must be a number from 1 to 65535"},
           Row{"http://a b/", "the host has a character that is not allowed"},
           Row{"http://a%20b/", "the host has a character that is not allowed"},
           Row{"http://a\\b/", "the host has a character that is not allowed"},
           Row{"http://b\xc3\xbc.de/",
               "a host with letters beyond ASCII must be written in punycode (xn--...)"},
           Row{"http://[::1/", "an IPv6 address must end with ]"},
           Row{"http://[1.2.3.4]/", "between [ and ] there must be an IPv6 address"},
           Row{"http://[::1]x/", "behind ] there may only be a port"},
           Row{"http://h/%", "a percent sign must be followed by two hexadecimal digits"},
           Row{"http://h/%2", "a percent sign must be followed by two hexadecimal digits"},
           Row{"http://h/?%zz", "a percent sign must be followed by two hexadecimal digits"},
           Row{"http://h/a\r\nHost: evil", "it has a control character"},
           Row{"http://h/?a\x7f", "it has a control character"},
           Row{"http+unix://app.sock/x",
               "behind http+unix:// there must be the socket's path, percent-encoded: %2Frun%2Fapp.sock"},
       }) {
    EXPECT_EQ(problem_of(row.text), row.problem) << row.text;
  }
}

TEST(Url, NamesTheUrlWithoutItsPasswordWhenItThrows) {
  try {
    const Url url("ftp://me:hidden@h/");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::invalid_argument);
    EXPECT_EQ(
        error.message(),
        "\"ftp://me:***@h/\" is no URL that can be called: its scheme must be http, https or http+unix");
  }
}

TEST(Url, ResolvesReferencesAsRfc3986Shows) {
  const Url base("http://a/b/c/d?q");  // section 5.4, with the path's ";p" left out
  struct Row {
    const char* reference;
    const char* expected;
  };
  for (const Row& row : {
           Row{"g", "http://a/b/c/g"},        Row{"./g", "http://a/b/c/g"},
           Row{"g/", "http://a/b/c/g/"},      Row{"/g", "http://a/g"},
           Row{"//g", "http://g/"},           Row{"?y", "http://a/b/c/d?y"},
           Row{"g?y", "http://a/b/c/g?y"},    Row{"#s", "http://a/b/c/d?q"},
           Row{"g#s", "http://a/b/c/g"},      Row{"", "http://a/b/c/d?q"},
           Row{".", "http://a/b/c/"},         Row{"..", "http://a/b/"},
           Row{"../g", "http://a/b/g"},       Row{"../..", "http://a/"},
           Row{"../../g", "http://a/g"},      Row{"../../../g", "http://a/g"},
           Row{"/./g", "http://a/g"},         Row{"g.", "http://a/b/c/g."},
           Row{"..g", "http://a/b/c/..g"},    Row{"./g/.", "http://a/b/c/g/"},
           Row{"g/./h", "http://a/b/c/g/h"},  Row{"g/../h", "http://a/b/c/h"},
           Row{"https://x/y", "https://x/y"}, Row{"g?y/../x", "http://a/b/c/g?y/../x"},
           Row{"a b", "http://a/b/c/a%20b"},  Row{"\xc3\xa9", "http://a/b/c/%C3%A9"},
       }) {
    EXPECT_EQ(base.join(row.reference).text(), row.expected) << row.reference;
  }
  EXPECT_THROW((void)base.join("javascript:alert(1)"), Error);
  EXPECT_THROW((void)base.join("//"), Error);
}

TEST(Url, KeepsTheUserForReferencesToTheSameOriginAlone) {
  const Url base("http://me:x@a/b");
  EXPECT_EQ(base.join("/c").user_info(), "me:x");
  EXPECT_EQ(base.join("http://b/c").user_info(), "");
}

TEST(Url, AddsToTheQueryAndNeverReplacesIt) {
  Url url("http://h/x?a=1");
  url.add_query("b c", "d&e=f");
  url.add_raw_query("g=%20");
  EXPECT_EQ(url.text(), "http://h/x?a=1&b%20c=d%26e%3Df&g=%20");
  Url bare("http://h/x");
  bare.add_query("q", "");
  EXPECT_EQ(bare.text(), "http://h/x?q=");
  Url empty("http://h/x?");
  empty.add_query("q", "1");
  EXPECT_EQ(empty.text(), "http://h/x?q=1");
}

TEST(Url, MasksSecretsOfTheQuery) {
  EXPECT_EQ(Url("http://u:p@h/x?user=a&access_token=b&apiKey=c&empty").masked(),
            "http://h/x?user=a&access_token=***&apiKey=***&empty");
  EXPECT_EQ(Url("http://h/x").masked(), "http://h/x");
}

TEST(UrlExpansion, PutsArgumentsIntoTheirPlaces) {
  EXPECT_EQ(expand("http://h/users/{id}/posts/{post}?tag={tag}", {"7", "a/b", "x&y=z"}),
            "http://h/users/7/posts/a%2Fb?tag=x%26y%3Dz");
  EXPECT_EQ(expand("/users/{id}", {"\xc3\xa9?#"}), "/users/%C3%A9%3F%23");
  EXPECT_EQ(expand("/v{major}.{minor}/x", {"1", "2"}), "/v1.2/x");
  EXPECT_EQ(expand("/x?q={q}", {""}), "/x?q=");
}

TEST(UrlExpansion, RefusesArgumentsThatWouldChangeThePath) {
  const std::string kRefused =
      "the URL \"/users/{id}\": an argument makes a segment of the path empty, \".\" or \"..\"";
  EXPECT_EQ(expansion_problem("/users/{id}", {""}), kRefused);
  EXPECT_EQ(expansion_problem("/users/{id}", {"."}), kRefused);
  EXPECT_EQ(expansion_problem("/users/{id}", {".."}), kRefused);
  EXPECT_EQ(expansion_problem("/users/{id}.", {"."}),
            "the URL \"/users/{id}.\": an argument makes a segment of the path empty, \".\" or \"..\"");
  EXPECT_EQ(expansion_problem("/users/{id}", {"..."}), "made /users/...");
}

TEST(UrlExpansion, RefusesWrongNumbersAndPlaces) {
  EXPECT_EQ(expansion_problem("/a/{x}/{y}", {"1"}),
            "the URL \"/a/{x}/{y}\": it has more placeholders than there are arguments (1)");
  EXPECT_EQ(expansion_problem("/a/{x}", {"1", "2"}),
            "the URL \"/a/{x}\": it has 1 placeholders for 2 arguments");
  EXPECT_EQ(expansion_problem("http://{host}/a", {"h"}),
            "the URL \"http://{host}/a\": a placeholder must not stand in the authority");
  EXPECT_EQ(expansion_problem("http://{host}", {"h"}),
            "the URL \"http://{host}\": a placeholder must not stand in the authority");
  EXPECT_EQ(expansion_problem("/a/{x", {"1"}), "the URL \"/a/{x\": a { has no }");
}

TEST(UrlArgument, TakesNumbersBoolsAndText) {
  EXPECT_EQ(UrlArgument(-7).text(), "-7");
  EXPECT_EQ(UrlArgument(18446744073709551615ULL).text(), "18446744073709551615");
  EXPECT_EQ(UrlArgument(true).text(), "true");
  EXPECT_EQ(UrlArgument("x").text(), "x");
}

}  // namespace
}  // namespace ngo
