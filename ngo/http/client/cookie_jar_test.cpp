#include "ngo/http/client/cookie_jar.hpp"

#include <gtest/gtest.h>

namespace ngo::http {
namespace {

using std::chrono_literals::operator""s;

constexpr SystemTime kNow{std::chrono::seconds(1'700'000'000)};

std::string after(const char* from, std::initializer_list<const char*> set, const char* to,
                  SystemTime when = kNow) {
  CookieJar jar;
  for (const char* cookie : set) jar.take(Url(from), cookie, kNow);
  return jar.cookies_for(Url(to), when);
}

TEST(CookieJar, SendsACookieBackToItsHost) {
  EXPECT_EQ(after("http://a.test/", {"x=1"}, "http://a.test/y"), "x=1");
  EXPECT_EQ(after("http://a.test/", {"x=1"}, "https://a.test:99/"), "x=1");
  EXPECT_EQ(after("http://a.test/", {"x=1"}, "http://b.a.test/"), "");
  EXPECT_EQ(after("http://a.test/", {"x=1"}, "http://test/"), "");
  EXPECT_EQ(after("http://a.test/", {"x=1", "y = 2 ; HttpOnly", "z="}, "http://a.test/"), "x=1; y=2; z=");
}

TEST(CookieJar, KnowsDomains) {
  EXPECT_EQ(after("http://a.b.test/", {"x=1; Domain=b.test"}, "http://c.b.test/"), "x=1");
  EXPECT_EQ(after("http://a.b.test/", {"x=1; Domain=.B.test"}, "http://b.test/"), "x=1");
  EXPECT_EQ(after("http://a.b.test/", {"x=1; Domain=a.b.test"}, "http://x.a.b.test/"), "x=1");
  EXPECT_EQ(after("http://a.b.test/", {"x=1; Domain=c.test"}, "http://c.test/"), "");
  EXPECT_EQ(after("http://a.b.test/", {"x=1; Domain=test"}, "http://c.test/"), "");
  EXPECT_EQ(after("http://b.test/", {"x=1; Domain=a.b.test"}, "http://a.b.test/"), "");
  EXPECT_EQ(after("http://ab.test/", {"x=1; Domain=b.test"}, "http://ab.test/"), "");
  EXPECT_EQ(after("http://10.0.0.1/", {"x=1; Domain=0.0.1"}, "http://10.0.0.1/"), "");
  EXPECT_EQ(after("http://10.0.0.1/", {"x=1; Domain=10.0.0.1"}, "http://10.0.0.1/"), "x=1");
}

TEST(CookieJar, KnowsPaths) {
  EXPECT_EQ(after("http://a.test/b/c", {"x=1"}, "http://a.test/b/d"), "x=1");
  EXPECT_EQ(after("http://a.test/b/c", {"x=1"}, "http://a.test/b"), "x=1");
  EXPECT_EQ(after("http://a.test/b/c", {"x=1"}, "http://a.test/"), "");
  EXPECT_EQ(after("http://a.test/b/c", {"x=1"}, "http://a.test/bc"), "");
  EXPECT_EQ(after("http://a.test/b/c", {"x=1; Path=/"}, "http://a.test/"), "x=1");
  EXPECT_EQ(after("http://a.test/b/c", {"x=1; Path=b"}, "http://a.test/b/x"), "x=1");
  EXPECT_EQ(after("http://a.test/", {"x=1; Path=/", "y=2; Path=/b", "z=3; Path=/"}, "http://a.test/b"),
            "y=2; x=1; z=3");
}

TEST(CookieJar, KnowsWhenTheyEnd) {
  EXPECT_EQ(after("http://a.test/", {"x=1; Max-Age=10"}, "http://a.test/", kNow + 9s), "x=1");
  EXPECT_EQ(after("http://a.test/", {"x=1; Max-Age=10"}, "http://a.test/", kNow + 10s), "");
  EXPECT_EQ(after("http://a.test/", {"x=1", "x=2; Max-Age=0"}, "http://a.test/"), "");
  EXPECT_EQ(after("http://a.test/", {"x=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT"}, "http://a.test/"), "");
  EXPECT_EQ(after("http://a.test/", {"x=1; Expires=Wed, 21-Oct-2015 07:28:00 GMT"}, "http://a.test/"), "");
  EXPECT_EQ(after("http://a.test/", {"x=1; Expires=Fri, 21 Oct 2033 07:28:00 GMT"}, "http://a.test/"), "x=1");
  EXPECT_EQ(
      after("http://a.test/", {"x=1; Max-Age=10; Expires=Wed, 21 Oct 2015 07:28:00 GMT"}, "http://a.test/"),
      "x=1");
}

TEST(CookieJar, ReplacesACookieOfTheSameName) {
  EXPECT_EQ(after("http://a.test/", {"x=1", "y=2", "x=3"}, "http://a.test/"), "x=3; y=2");
  EXPECT_EQ(after("http://a.test/", {"x=1; Path=/", "x=3; Path=/b"}, "http://a.test/b"), "x=3; x=1");
}

TEST(CookieJar, KeepsSecureCookiesFromPlainConnections) {
  EXPECT_EQ(after("https://a.test/", {"x=1; Secure"}, "https://a.test/"), "x=1");
  EXPECT_EQ(after("https://a.test/", {"x=1; Secure"}, "http://a.test/"), "");
  EXPECT_EQ(after("http://a.test/", {"x=1; Secure"}, "https://a.test/"), "");
  CookieJar jar;
  jar.take(Url("https://a.test/"), "x=1; Secure", kNow);
  jar.take(Url("http://a.test/"), "x=evil", kNow);
  EXPECT_EQ(jar.cookies_for(Url("https://a.test/"), kNow), "x=1");
}

TEST(CookieJar, HoldsNamesToTheirPromise) {
  EXPECT_EQ(after("https://a.test/", {"__Host-x=1; Secure; Path=/"}, "https://a.test/"), "__Host-x=1");
  EXPECT_EQ(after("https://a.test/", {"__Host-x=1; Secure"}, "https://a.test/"), "");
  EXPECT_EQ(after("https://a.test/", {"__Host-x=1; Secure; Path=/; Domain=a.test"}, "https://a.test/"), "");
  EXPECT_EQ(after("https://a.test/", {"__Secure-x=1"}, "https://a.test/"), "");
}

TEST(CookieJar, PassesOverWhatIsNoCookie) {
  for (const char* text : {"", ";", "x", "=1", "x=\x01", " =; Path=/"})
    EXPECT_EQ(after("http://a.test/", {text}, "http://a.test/"), "") << text;
  EXPECT_EQ(after("http://a.test/", {std::string("x=" + std::string(5000, 'y')).c_str()}, "http://a.test/"),
            "");
}

TEST(CookieJar, HasALimit) {
  CookieJar jar;
  for (int i = 0; i < 2000; ++i) jar.take(Url("http://a.test/"), "x" + std::to_string(i) + "=1", kNow);
  EXPECT_EQ(jar.size(), 1000U);
  jar.clear();
  EXPECT_EQ(jar.size(), 0U);
}

}  // namespace
}  // namespace ngo::http
