#include "ngo/http/target.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <string>
#include <string_view>
#include <vector>

namespace ngo::http {
namespace {

std::string reason_of(std::string_view text, Method method = Method::get,
                      QueryRule rule = QueryRule::rfc3986) {
  Target target;
  const TargetProblem problem = parse_target(method, text, rule, target);
  return problem ? problem.text : "";
}

Target parsed(std::string_view text, Method method = Method::get) {
  Target target;
  const TargetProblem problem = parse_target(method, text, QueryRule::rfc3986, target);
  EXPECT_FALSE(problem) << text << ": " << problem.text;
  return target;
}

// RFC 9112 section 3.2.1.
TEST(Target, SplitsTheOriginFormAtTheFirstQuestionMark) {
  const Target target = parsed("/a/b?c=d?e/f");
  EXPECT_EQ(target.form, TargetForm::origin);
  EXPECT_EQ(target.path, "/a/b");
  EXPECT_TRUE(target.has_query);
  EXPECT_EQ(target.query, "c=d?e/f");
  EXPECT_TRUE(target.authority.empty());
  EXPECT_FALSE(parsed("/").has_query);
  EXPECT_TRUE(parsed("/?").has_query);
  EXPECT_EQ(parsed("/?").query, "");
  EXPECT_EQ(parsed("//a//").path, "//a//");
}

// RFC 9112 section 3.2.2.
TEST(Target, TakesAnAbsoluteFormApart) {
  const Target target = parsed("HTTP://Example.com:8080/a?b");
  EXPECT_EQ(target.form, TargetForm::absolute);
  EXPECT_EQ(target.authority, "Example.com:8080");
  EXPECT_EQ(target.path, "/a");
  EXPECT_EQ(target.query, "b");
  EXPECT_EQ(parsed("https://a").path, "/");
  EXPECT_EQ(parsed("http://a?b").path, "/");
  EXPECT_EQ(parsed("http://a?b", Method::options).path, "/");
  EXPECT_EQ(parsed("http://a", Method::options).path, "*");
  EXPECT_EQ(parsed("http://[::1]:80/x").authority, "[::1]:80");
  const std::string authority = "the target's authority is no valid host[:port]";
  const std::string neither = "the target is neither a path nor an http or https URL";
  for (const std::string text : {"http://", "http:///a", "http://u@a/", "http://u:p@a/", "http://a:b/",
                                 "http://:80/", "http://a b/", "http://[::1/", "http://a\\b/", "http://?a"}) {
    EXPECT_EQ(reason_of(text), authority) << text;
  }
  for (const std::string text :
       {"ftp://a/", "http:/a", "http:a", "a", "a/b", "a:80", "?a", "**", "ws://a/", "#"}) {
    EXPECT_EQ(reason_of(text), neither) << text;
  }
}

// RFC 9112 sections 3.2.3 and 3.2.4.
TEST(Target, KeepsTheOtherFormsToTheirMethods) {
  EXPECT_EQ(parsed("*", Method::options).form, TargetForm::asterisk);
  EXPECT_EQ(parsed("*", Method::options).path, "*");
  EXPECT_EQ(reason_of("*"), "the target * belongs to OPTIONS alone");
  EXPECT_EQ(parsed("a:80", Method::connect).form, TargetForm::authority);
  EXPECT_EQ(parsed("[::1]:443", Method::connect).authority, "[::1]:443");
  for (const std::string text :
       {"a", "a:", "/", "http://a/", "*", ":80", "a:b", "[::1]", "a:80/", "u@a:80"}) {
    EXPECT_EQ(reason_of(text, Method::connect), "the target of CONNECT must be host:port") << text;
  }
  EXPECT_EQ(reason_of(""), "the target is missing");
}

TEST(Target, AcceptsTheCharactersOfRfc3986Alone) {
  const std::string pchar = "abcxyzABCXYZ0189-._~!$&'()*+,;=:@";
  EXPECT_EQ(reason_of("/" + pchar + "//?/?" + pchar), "");
  const std::string path = "the path contains a character that must be percent-encoded";
  const std::string query = "the query contains a character that must be percent-encoded";
  for (int byte = 0; byte < 256; ++byte) {
    const char letter = static_cast<char>(byte);
    const bool allowed = pchar.find(letter) != std::string::npos || std::isalnum(byte) != 0 || letter == '/';
    if (allowed || letter == '%' || letter == '#' || letter == '?' || letter == '\0') continue;
    EXPECT_EQ(reason_of(std::string("/a") + letter + "b"), path) << byte;
    EXPECT_EQ(reason_of(std::string("/a?b") + letter + "c"), query) << byte;
    const bool browser = std::string_view("[]{}|\\^`").find(letter) != std::string_view::npos;
    EXPECT_EQ(reason_of(std::string("/a?b") + letter, Method::get, QueryRule::browser), browser ? "" : query)
        << byte;
    EXPECT_EQ(reason_of(std::string("/a") + letter, Method::get, QueryRule::browser), path) << byte;
  }
  EXPECT_EQ(reason_of("/a#b"), "a request target has no fragment");
  EXPECT_EQ(reason_of("/a?b#c"), "a request target has no fragment");
  EXPECT_EQ(reason_of("http://a#b"), "a request target has no fragment");
}

TEST(Target, WantsWholeEscapesAndNoNulInThePath) {
  const std::string broken = "a percent sign must be followed by two hexadecimal digits";
  for (const std::string text :
       {"/%", "/%4", "/%4g", "/%g4", "/a%%41", "/%u0041", "/%+1", "/?%", "/?%4", "/?a%zz", "/a?%41%"}) {
    EXPECT_EQ(reason_of(text), broken) << text;
  }
  EXPECT_EQ(reason_of("/a%00b"), "the path contains an encoded NUL");
  EXPECT_EQ(reason_of("/a?%00"), "");
  EXPECT_EQ(reason_of("/%41%7f%ff?%41%E4"), "");
  EXPECT_TRUE(parsed("/%41").has_escapes);
  EXPECT_FALSE(parsed("/a.b?%41").has_escapes);
}

TEST(Target, RefusesDotSegmentsInEverySpelling) {
  const std::string dots = "the path contains a dot segment, which must be resolved before sending";
  for (const std::string text : {"/.",
                                 "/..",
                                 "/./",
                                 "/../",
                                 "/a/.",
                                 "/a/..",
                                 "/a/./b",
                                 "/a/../b",
                                 "/%2e",
                                 "/%2E%2e",
                                 "/.%2e",
                                 "/%2e.",
                                 "/a/%2e%2e/b",
                                 "/..%2Fa",
                                 "/a%2f..",
                                 "/a%2f../b",
                                 "/a%2F%2e%2e%2Fb",
                                 "/..%5Ca",
                                 "/a%5c..",
                                 "/a%5c%2e%5cb",
                                 "//..",
                                 "/..?x",
                                 "http://a/..",
                                 "http://a/../b"}) {
    EXPECT_EQ(reason_of(text), dots) << text;
  }
  for (const std::string text : {"/...", "/.a", "/a.", "/..a", "/a..", "/a/.../b", "/.well-known/x",
                                 "/%2e%2e%2e", "/.%20", "/a?/../", "/a?..", "/..;", "/%252e%252e"}) {
    EXPECT_EQ(reason_of(text), "") << text;
  }
}

// RFC 3986 section 3.2.2.
TEST(Authority, IsAHostWithOrWithoutAPort) {
  for (const std::string_view text : {"a",
                                      "example.com",
                                      "example.com:80",
                                      "example.com:",
                                      "127.0.0.1",
                                      "127.0.0.1:8080",
                                      "999.1.1.1",
                                      "a_b-c~d",
                                      "%41",
                                      "a!$&'()*+,;=b",
                                      "a:0",
                                      "a:65535",
                                      "a:00080",
                                      "[::]",
                                      "[::1]",
                                      "[::1]:80",
                                      "[::1]:",
                                      "[1:2:3:4:5:6:7:8]",
                                      "[1:2:3:4:5:6:7::]",
                                      "[::2:3:4:5:6:7:8]",
                                      "[1::8]",
                                      "[1:2:3:4:5:6:1.2.3.4]",
                                      "[::1.2.3.4]",
                                      "[::ffff:255.255.255.255]",
                                      "[1:2:3:4:5::1.2.3.4]",
                                      "[ABCD:ef01::]",
                                      "[v1.a:b]",
                                      "[vF.!]",
                                      "[V0.~:=]"}) {
    EXPECT_TRUE(is_authority(text)) << text;
  }
  for (const std::string_view text : {"",
                                      ":",
                                      ":80",
                                      "a:b",
                                      "a:-1",
                                      "a:65536",
                                      "a:99999999999999999999",
                                      "a:80:80",
                                      "a b",
                                      "a/b",
                                      "a?b",
                                      "a#b",
                                      "u@a",
                                      "a\\b",
                                      "a\"",
                                      "<a>",
                                      "a%",
                                      "a%4",
                                      "a%zz",
                                      "\xc3\xa4",
                                      "[",
                                      "[]",
                                      "]",
                                      "[::1",
                                      "::1",
                                      "[::1]a",
                                      "[::1]80",
                                      "[::1]:x",
                                      "[:]",
                                      "[:::]",
                                      "[1]",
                                      "[1:2]",
                                      "[1:2:3:4:5:6:7]",
                                      "[1:2:3:4:5:6:7:8:9]",
                                      "[1:2:3:4:5:6:7:8::]",
                                      "[::1:2:3:4:5:6:7:8]",
                                      "[1::2::3]",
                                      "[12345::]",
                                      "[g::]",
                                      "[1:]",
                                      "[:1]",
                                      "[1::2:]",
                                      "[::1%25eth0]",
                                      "[::256.1.1.1]",
                                      "[::1.2.3]",
                                      "[::1.2.3.4.5]",
                                      "[::01.2.3.4]",
                                      "[1.2.3.4]",
                                      "[::1.2.3.4:5]",
                                      "[1:2:3:4:5:6:7:1.2.3.4]",
                                      "[v.a]",
                                      "[v1.]",
                                      "[v1a]",
                                      "[vg.a]",
                                      "[v1.a/b]",
                                      "[a]",
                                      "a[::1]"}) {
    EXPECT_FALSE(is_authority(text)) << text;
  }
}

}  // namespace
}  // namespace ngo::http
