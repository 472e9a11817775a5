#include "ngo/http/cookie.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/http/response.hpp"

namespace ngo::http {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs read(std::string_view field) {
  Pairs pairs;
  for (CookieReader reader(field); reader.next();) pairs.emplace_back(reader.name(), reader.value());
  return pairs;
}

std::string why_not(const SetCookie& cookie) {
  try {
    static_cast<void>(to_string(cookie));
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

TEST(Cookie, IsReadInOrderWithItsValueAsItIs) {
  EXPECT_EQ(read("a=1; b=2;c=3 ;  d = 4"), (Pairs{{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}}));
  EXPECT_EQ(read("a=\"x y\"; b=k=v==; c="), (Pairs{{"a", "\"x y\""}, {"b", "k=v=="}, {"c", ""}}));
  EXPECT_EQ(read("a=1; a=2"), (Pairs{{"a", "1"}, {"a", "2"}}));
}

TEST(Cookie, PassesOverWhatHasNoName) {
  EXPECT_EQ(read(""), Pairs());
  EXPECT_EQ(read(";;; ;"), Pairs());
  EXPECT_EQ(read("alone; =nameless; = ; a=1"), (Pairs{{"a", "1"}}));
}

TEST(Cookie, IsCarefulByDefault) {
  EXPECT_EQ(to_string(SetCookie("sid", "abc")), "sid=abc; Path=/; Secure; HttpOnly; SameSite=Lax");
}

TEST(Cookie, HasEveryAttribute) {
  SetCookie cookie("sid", "");
  cookie.path = "/a b";
  cookie.domain = "example.org";
  cookie.max_age = std::chrono::hours(1);
  cookie.expires = std::chrono::system_clock::time_point(std::chrono::seconds(784111777));
  cookie.http_only = false;
  cookie.same_site = SameSite::none;
  cookie.partitioned = true;
  EXPECT_EQ(
      to_string(cookie),
      "sid=; Path=/a b; Domain=example.org; Max-Age=3600; Expires=Sun, 06 Nov 1994 08:49:37 GMT; Secure; "
      "SameSite=None; Partitioned");
}

TEST(Cookie, LetsNoValueSmuggleInAnAttributeOrALine) {
  for (std::string text :
       {"a;Domain=evil", "a b", "a\r\nSet-Cookie: b=1", "a\n", "\"a\"", "a,b", "a\\b", "\x7f", "\xc3\xa4"}) {
    EXPECT_NE(why_not(SetCookie("sid", text)), "") << text;
    EXPECT_NE(why_not(SetCookie(text, "1")), "") << text;
  }
  EXPECT_NE(why_not(SetCookie("sid", std::string("a\0b", 3))), "");
  for (std::string text : {"/;Secure", "/\r\nX: 1", "", "relative"}) {
    SetCookie cookie("sid", "1");
    cookie.path = text;
    EXPECT_NE(why_not(cookie), "") << text;
  }
  for (std::string text : {"a;b", "a b", "a\nb"}) {
    SetCookie cookie("sid", "1");
    cookie.domain = text;
    EXPECT_NE(why_not(cookie), "") << text;
  }
  EXPECT_NE(why_not(SetCookie("", "1")), "");
  EXPECT_NE(why_not(SetCookie("a=b", "1")), "");
  EXPECT_NE(why_not(SetCookie("sid", std::string(4094, 'x'))), "");
}

TEST(Cookie, KeepsThePromisesOfItsPrefix) {
  SetCookie host("__Host-sid", "1");
  EXPECT_EQ(why_not(host), "");
  host.domain = "example.org";
  EXPECT_NE(why_not(host), "");
  host.domain.clear();
  host.path = "/a";
  EXPECT_NE(why_not(host), "");
  SetCookie secure("__sEcUrE-sid", "1");
  EXPECT_EQ(why_not(secure), "");
  secure.secure = false;
  EXPECT_NE(why_not(secure), "");
  SetCookie none("sid", "1");
  none.same_site = SameSite::none;
  none.secure = false;
  EXPECT_NE(why_not(none), "");
  SetCookie apart("sid", "1");
  apart.partitioned = true;
  apart.secure = false;
  EXPECT_NE(why_not(apart), "");
}

TEST(Cookie, ReplacesTheOneOfTheSameNamePathAndDomainInAResponse) {
  Response response;
  response.set_cookie(SetCookie("a", "1")).set_cookie(SetCookie("b", "1")).set_cookie(SetCookie("a", "2"));
  SetCookie other("a", "3");
  other.path = "/other";
  response.set_cookie(other);
  std::vector<std::string> values;
  for (const auto& [name, value] : response.fields()) values.push_back(value.substr(0, value.find("; Sec")));
  EXPECT_EQ(values, (std::vector<std::string>{"b=1; Path=/", "a=2; Path=/", "a=3; Path=/other"}));
}

TEST(Cookie, IsClearedByOneThatHasExpired) {
  Response response;
  response.clear_cookie(SetCookie("a", "x"));
  EXPECT_EQ(response.header("Set-Cookie"),
            "a=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly; SameSite=Lax");
}

}  // namespace
}  // namespace ngo::http
