#include "ngo/http/request_parser.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ngo::http {
namespace {

using namespace std::string_literals;

// What a parse came to, as text, so that two can be compared and a difference read.
struct Outcome {
  Progress progress = Progress::need_more;
  int status = 0;
  std::string reason;
  std::string head;
  std::uint32_t size = 0;

  bool operator==(const Outcome&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  return out << static_cast<int>(outcome.progress) << " " << outcome.status << " " << outcome.reason << "\n"
             << outcome.head;
}

std::string describe(const RequestHead& head) {
  std::string text;
  const auto line = [&text](std::string_view name, std::string_view value) {
    text.append(name).append("=").append(value).append("\n");
  };
  line("method", to_string(head.method()));
  line("method_name", head.method_name());
  line("target", head.target());
  line("form", std::to_string(static_cast<int>(head.form())));
  line("path", head.path());
  line("escapes", head.path_has_escapes() ? "yes" : "no");
  line("query", head.has_query() ? "?" + std::string(head.query()) : "none");
  line("minor", std::to_string(head.minor_version()));
  line("authority", head.authority());
  line("length", head.content_length() ? std::to_string(*head.content_length()) : "none");
  line("chunked", head.chunked() ? "yes" : "no");
  line("keep_alive", head.keep_alive() ? "yes" : "no");
  line("expect", head.expect_continue() ? "yes" : "no");
  line("upgrade", head.upgrade() ? "yes" : "no");
  for (const HeaderField field : head.headers()) line(field.name, field.value);
  return text;
}

Outcome outcome_of(Progress progress, const RequestParser& parser, const RequestHead& head) {
  Outcome outcome;
  outcome.progress = progress;
  outcome.status = parser.status();
  outcome.reason = parser.reason();
  if (progress == Progress::done) {
    outcome.head = describe(head);
    outcome.size = head.size();
  }
  return outcome;
}

// Gives the bytes up to each of `ends` in turn, each time at another address and with nothing readable behind
// them.
Outcome parse_in_pieces(std::string_view bytes, const std::vector<std::size_t>& ends,
                        const HeadLimits& limits) {
  RequestParser parser(limits);
  RequestHead head;
  std::unique_ptr<char[]> buffer;
  Progress progress = Progress::need_more;
  for (const std::size_t end : ends) {
    std::unique_ptr<char[]> moved(new char[end]);
    bytes.copy(moved.get(), end);
    buffer = std::move(moved);
    progress = parser.parse(buffer.get(), end, head);
    if (progress != Progress::need_more) break;
  }
  return outcome_of(progress, parser, head);
}

// Parses the bytes whole, then cut in two at every place, then byte by byte, and expects the same each time.
Outcome parse(std::string_view bytes, const HeadLimits& limits = HeadLimits{}) {
  const Outcome whole = parse_in_pieces(bytes, {bytes.size()}, limits);
  std::vector<std::size_t> every;
  const std::size_t step = bytes.size() > 1000 ? 97 : 1;
  for (std::size_t cut = 1; cut < bytes.size(); cut += step) {
    EXPECT_EQ(parse_in_pieces(bytes, {cut, bytes.size()}, limits), whole)
        << "cut at " << cut << " of " << bytes;
    every.push_back(cut);
  }
  every.push_back(bytes.size());
  EXPECT_EQ(parse_in_pieces(bytes, every, limits), whole) << "byte by byte: " << bytes;
  return whole;
}

std::string request(std::string_view line, std::string_view fields = "Host: a\r\n") {
  return std::string(line) + "\r\n" + std::string(fields) + "\r\n";
}

struct Refused {
  std::string bytes;
  int status;
  std::string reason;
};

void expect_refused(const std::vector<Refused>& cases, const HeadLimits& limits = HeadLimits{}) {
  for (const Refused& refused : cases) {
    const Outcome outcome = parse(refused.bytes, limits);
    EXPECT_EQ(outcome.progress, Progress::error) << refused.bytes;
    EXPECT_EQ(outcome.status, refused.status) << refused.bytes;
    EXPECT_EQ(outcome.reason, refused.reason) << refused.bytes;
  }
}

void expect_accepted(const std::vector<std::string>& cases, const HeadLimits& limits = HeadLimits{}) {
  for (const std::string& bytes : cases) {
    const Outcome outcome = parse(bytes, limits);
    EXPECT_EQ(outcome.progress, Progress::done) << bytes << "\n" << outcome.reason;
    EXPECT_EQ(outcome.size, bytes.size()) << bytes;
  }
}

TEST(RequestParser, ReadsTheSmallRequest) {
  const Outcome outcome = parse("GET /hello HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n");
  EXPECT_EQ(outcome.progress, Progress::done);
  EXPECT_EQ(outcome.size, 45U);
  EXPECT_EQ(
      outcome.head,
      "method=GET\nmethod_name=GET\ntarget=/hello\nform=0\npath=/hello\nescapes=no\nquery=none\nminor=1\n"
      "authority=127.0.0.1:8080\nlength=none\nchunked=no\nkeep_alive=yes\nexpect=no\nupgrade=no\n"
      "Host=127.0.0.1:8080\n");
}

TEST(RequestParser, ReadsARequestWithEverything) {
  const Outcome outcome = parse(
      "POST /a%20b/c?x=1&y=%2F HTTP/1.1\r\nHost: example.com\r\nContent-Length: 12\r\nExpect: "
      "100-Continue\r\n"
      "connection: Upgrade , close\r\nUpgrade: websocket\r\nX-Empty:\r\nX-Spaces: \t a  b\t \r\nX-Bytes: "
      "\xc3\xa4\r\n"
      "\r\nbody");
  EXPECT_EQ(
      outcome.head,
      "method=POST\nmethod_name=POST\ntarget=/a%20b/c?x=1&y=%2F\nform=0\npath=/a%20b/c\nescapes=yes\n"
      "query=?x=1&y=%2F\nminor=1\nauthority=example.com\nlength=12\nchunked=no\nkeep_alive=no\nexpect=yes\n"
      "upgrade=yes\nHost=example.com\nContent-Length=12\nExpect=100-Continue\nconnection=Upgrade , close\n"
      "Upgrade=websocket\nX-Empty=\nX-Spaces=a  b\nX-Bytes=\xc3\xa4\n");
}

TEST(RequestParser, AsksForMoreUntilTheHeadIsComplete) {
  const std::string bytes = request("GET / HTTP/1.1", "Host: a\r\nX: y\r\n");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(parse_in_pieces(bytes, {size}, HeadLimits{}).progress, Progress::need_more) << size;
  }
  EXPECT_EQ(parse(bytes).progress, Progress::done);
}

TEST(RequestParser, StopsWhereTheNextPipelinedRequestBegins) {
  std::string bytes;
  for (int count = 0; count < 3; ++count) bytes += request("GET /" + std::to_string(count) + " HTTP/1.1");
  const HeadLimits limits;
  RequestParser parser(limits);
  RequestHead head;
  std::string_view rest = bytes;
  for (int count = 0; count < 3; ++count) {
    ASSERT_EQ(parser.parse(rest.data(), rest.size(), head), Progress::done);
    EXPECT_EQ(head.path(), "/" + std::to_string(count));
    EXPECT_EQ(head.headers().size(), 1U);
    rest.remove_prefix(head.size());
    parser.reset();
  }
  EXPECT_TRUE(rest.empty());
}

TEST(RequestParser, KeepsNothingOfTheRequestBefore) {
  const HeadLimits limits;
  RequestParser parser(limits);
  RequestHead head;
  const std::string first =
      request("POST http://x/?q HTTP/1.1",
              "Host: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n");
  ASSERT_EQ(parser.parse(first.data(), first.size(), head), Progress::done);
  parser.reset();
  const std::string second = request("GET /b HTTP/1.1");
  ASSERT_EQ(parser.parse(second.data(), second.size(), head), Progress::done);
  EXPECT_EQ(outcome_of(Progress::done, parser, head), parse(second));
}

// RFC 9112 section 2.2.
TEST(RequestParser, IgnoresOneEmptyLineBeforeTheRequestLineAndNoMore) {
  expect_accepted({"\r\n" + request("GET / HTTP/1.1")});
  expect_refused({
      {"\r\n\r\n" + request("GET / HTTP/1.1"), 400, "request line: the line is empty"},
      {"\n" + request("GET / HTTP/1.1"), 400, "request line: the line is empty"},
      {"\rGET / HTTP/1.1\r\n\r\n", 400, "request line: a CR stands without LF"},
  });
}

// RFC 9112 section 3.
TEST(RequestParser, RefusesARequestLineThatIsNotExact) {
  const std::string method = "request line: the method contains a character that is not allowed: ";
  const std::string version = "request line: the HTTP version must be written as HTTP/1.1 or HTTP/1.0";
  const std::string line_end = "request line: the line does not end with CRLF after the HTTP version";
  const std::string no_version = "request line: the HTTP version is missing";
  const std::string invisible =
      "request line: the target contains a byte that is no visible ASCII character: ";
  expect_refused({
      {request(" GET / HTTP/1.1"), 400, "request line: a space stands before the method"},
      {request("GET  / HTTP/1.1"), 400, "request line: two spaces before the target"},
      {request("GET /  HTTP/1.1"), 400, "request line: two spaces before the HTTP version"},
      {request("GET\t/ HTTP/1.1"), 400, method + "0x09"},
      {request("G(T / HTTP/1.1"), 400, method + "'('"},
      {request("G\x80T / HTTP/1.1"), 400, method + "0x80"},
      {"\x16\x03\x01\x02", 400, method + "0x16"},
      {request("GET"), 400, "request line: the target is missing"},
      {request("GET / HTTP/1.1 "), 400, line_end},
      {request("GET / HTTP/1.1\t"), 400, line_end},
      {"GET / HTTP/1.1\nHost: a\n\n", 400, line_end},
      {"GET / HTTP/1.1\rHost: a\r\n\r\n", 400, line_end},
      {request("GET /"), 400, no_version},
      {"GET /\n", 400, no_version},
      {request("GET / "), 400, version},
      {request("GET / HTTP"), 400, version},
      {request("GET / http/1.1"), 400, version},
      {request("GET / HTTP/1"), 400, version},
      {request("GET / HTTP/1,1"), 400, version},
      {request("GET / HTTP/01.1"), 400, version},
      {request("GET / HTTP/1.10"), 400, line_end},
      {request("GET / HTTP/+1.1"), 400, version},
      {request("GET / ICY/1.1"), 400, version},
      {request("GET /\t HTTP/1.1"), 400, invisible + "0x09"},
      {request("GET /\x01 HTTP/1.1"), 400, invisible + "0x01"},
      {request("GET /\x7f HTTP/1.1"), 400, invisible + "0x7f"},
      {request("GET /\xc3\xa4 HTTP/1.1"), 400, invisible + "0xc3"},
      {request("GET /\0 HTTP/1.1"s), 400, invisible + "0x00"},
      {request("GET / HTTP/2.0"), 505, "request line: only HTTP/1.0 and HTTP/1.1 are spoken here"},
      {request("GET / HTTP/0.9"), 505, "request line: only HTTP/1.0 and HTTP/1.1 are spoken here"},
      {request("GET / HTTP/3.1"), 505, "request line: only HTTP/1.0 and HTTP/1.1 are spoken here"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "request line: only HTTP/1.0 and HTTP/1.1 are spoken here"},
  });
}

TEST(RequestParser, PassesOnEveryMethodThatIsAToken) {
  for (std::size_t index = 0; index < kMethodCount; ++index) {
    const auto method = static_cast<Method>(index);
    const std::string target = method == Method::connect ? "a:80" : "/";
    const Outcome outcome = parse(request(std::string(to_string(method)) + " " + target + " HTTP/1.1"));
    EXPECT_EQ(outcome.progress, Progress::done) << to_string(method);
    EXPECT_EQ(outcome.head.substr(0, outcome.head.find('\n')), "method=" + std::string(to_string(method)));
  }
  for (const std::string name : {"get", "GETT", "PROPFIND", "M-SEARCH", "!#$%&'*+-.^_`|~09azAZ", "X"}) {
    const Outcome outcome = parse(request(name + " / HTTP/1.1"));
    EXPECT_EQ(outcome.head.substr(0, outcome.head.find("target")),
              "method=unknown\nmethod_name=" + name + "\n");
  }
  expect_accepted({request(std::string(32, 'M') + " / HTTP/1.1")});
  expect_refused({{request(std::string(33, 'M') + " / HTTP/1.1"), 501,
                   "request line: the method is longer than any that is implemented"}});
}

// RFC 9110 section 2.5.
TEST(RequestParser, TakesAHigherMinorVersionAsOnePointOne) {
  EXPECT_NE(parse(request("GET / HTTP/1.0")).head.find("minor=0\n"), std::string::npos);
  EXPECT_NE(parse(request("GET / HTTP/1.1")).head.find("minor=1\n"), std::string::npos);
  EXPECT_NE(parse(request("GET / HTTP/1.9")).head.find("minor=1\n"), std::string::npos);
}

// RFC 9112 section 5.
TEST(RequestParser, RefusesFieldLinesThatAreNotExact) {
  const auto with = [](std::string_view line) {
    return request("GET / HTTP/1.1", "Host: a\r\n" + std::string(line));
  };
  const std::string bare_lf = "header line 2: a line ends with LF alone instead of CRLF";
  const std::string control = "header line 2: the field value contains a control character: ";
  const std::string name = "header line 2: the field name contains a character that is not allowed: ";
  expect_refused({
      {with("X : y\r\n"), 400, "header line 2: space before the colon"},
      {with("X\t: y\r\n"), 400, "header line 2: space before the colon"},
      {with("Content-Length : 5\r\n"), 400, "header line 2: space before the colon"},
      {with(" X: y\r\n"), 400, "header line 2: folded lines are not accepted"},
      {with("\tX: y\r\n"), 400, "header line 2: folded lines are not accepted"},
      {request("GET / HTTP/1.1", " Host: a\r\n"), 400, "header line 1: folded lines are not accepted"},
      {with("X: y\r\n z\r\n"), 400, "header line 3: folded lines are not accepted"},
      {with(": y\r\n"), 400, "header line 2: the field name is missing"},
      {with("X\r\n"), 400, "header line 2: the line has no colon"},
      {with("X\r\nY: z\r\n"), 400, "header line 2: the line has no colon"},
      {with("X\nY: z\r\n"), 400, "header line 2: the line has no colon"},
      {with("X(: y\r\n"), 400, name + "'('"},
      {with("X\x80: y\r\n"), 400, name + "0x80"},
      {with("X\0: y\r\n"s), 400, name + "0x00"},
      {with("X-Long-Name-Of-More-Than-Thirty-Two-Bytes\x01: y\r\n"), 400, name + "0x01"},
      {with("content\rlength: 5\r\n"), 400, "header line 2: the line has no colon"},
      {with("X: y\nZ: z\r\n"), 400, bare_lf},
      {with("\n"), 400, bare_lf},
      {with("X: y\rz\r\n"), 400, "header line 2: a CR stands without LF"},
      {with("X: y\r\r\n"), 400, "header line 2: a CR stands without LF"},
      {with("\rX: y\r\n"), 400, "header line 2: a CR stands without LF"},
      {with("X: a\0b\r\n"s), 400, control + "0x00"},
      {with("X: a\x1f\r\n"), 400, control + "0x1f"},
      {with("X: a\x7f\r\n"), 400, control + "0x7f"},
      {with("X: a\x0b\r\n"), 400, control + "0x0b"},
      {"GET / HTTP/1.1\r\nHost: a\n\n", 400, "header line 1: a line ends with LF alone instead of CRLF"},
      {"GET / HTTP/1.1\r\nHost: a\r\n\nX", 400, bare_lf},
  });
  expect_accepted({with("X:y\r\n"), with("X:\r\n"), with("X: \t \r\n"), with("X:\ty\t\r\n"),
                   with("X: \x80\xff\r\n"), with("X: a\tb\r\n"), with("!#$%&'*+-.^_`|~09azAZ: y\r\n"),
                   with("X: " + std::string(70, 'v') + "\r\n"),
                   with("X: " + std::string(40, '\t') + "v\r\n")});
}

// RFC 9112 section 3.2, RFC 9110 section 7.2.
TEST(RequestParser, WantsExactlyOneValidHost) {
  const std::string invalid = "header line 1: the value of Host is no valid host[:port]";
  const auto with = [](std::string_view host) {
    return request("GET / HTTP/1.1", "Host: " + std::string(host) + "\r\n");
  };
  expect_refused({
      {request("GET / HTTP/1.1", ""), 400, "the Host header field is missing"},
      {request("GET / HTTP/1.1", "X: y\r\n"), 400, "the Host header field is missing"},
      {request("GET http://a/ HTTP/1.1", ""), 400, "the Host header field is missing"},
      {request("GET / HTTP/1.1", "Host: a\r\nHost: a\r\n"), 400, "header line 2: Host is repeated"},
      {request("GET / HTTP/1.1", "Host: a\r\nX: y\r\nhOST: b\r\n"), 400, "header line 3: Host is repeated"},
      {request("GET / HTTP/1.1", "Host:\r\nHost:\r\n"), 400, "header line 2: Host is repeated"},
      {request("GET / HTTP/1.0", "Host: a\r\nHost: a\r\n"), 400, "header line 2: Host is repeated"},
      {request("GET / HTTP/1.0", "Host: a b\r\n"), 400, invalid},
      {with("a b"), 400, invalid},
      {with("a, b"), 400, invalid},
      {with("a/b"), 400, invalid},
      {with("u@a"), 400, invalid},
      {with("a:b"), 400, invalid},
      {with(":80"), 400, invalid},
      {with("a:65536"), 400, invalid},
      {with("[::1"), 400, invalid},
      {with("\xc3\xa4"), 400, invalid},
      {request("GET http://a/ HTTP/1.1", "Host: a b\r\n"), 400, invalid},
  });
  expect_accepted({with("a"), with("a.example:8080"), with("a:"), with("[::1]:80"), with(""),
                   with("a_b.c%20d"), request("GET / HTTP/1.0", ""),
                   request("GET / HTTP/1.0", "Host: a\r\n")});
}

TEST(RequestParser, TakesTheAuthorityOfTheTargetBeforeThatOfTheHostField) {
  const Outcome outcome = parse(request("GET http://b:81/p HTTP/1.1", "Host: a\r\n"));
  EXPECT_NE(outcome.head.find("\nauthority=b:81\n"), std::string::npos) << outcome.head;
  const Outcome connect = parse(request("CONNECT b:81 HTTP/1.1", "Host: a\r\n"));
  EXPECT_NE(connect.head.find("\nauthority=b:81\n"), std::string::npos) << connect.head;
  const Outcome options = parse(request("OPTIONS * HTTP/1.1", "Host: a\r\n"));
  EXPECT_NE(options.head.find("\nauthority=a\n"), std::string::npos) << options.head;
}

TEST(RequestParser, KnowsThePathOfAnAbsoluteTargetWithoutOne) {
  EXPECT_NE(parse(request("GET http://b HTTP/1.1")).head.find("\npath=/\n"), std::string::npos);
  EXPECT_NE(parse(request("GET http://b?q HTTP/1.1")).head.find("\npath=/\nescapes=no\nquery=?q\n"),
            std::string::npos);
  EXPECT_NE(parse(request("OPTIONS http://b HTTP/1.1")).head.find("\npath=*\n"), std::string::npos);
  EXPECT_NE(parse(request("CONNECT b:1 HTTP/1.1")).head.find("\npath=\n"), std::string::npos);
}

// RFC 9110 section 8.6, RFC 9112 section 6.
TEST(RequestParser, RefusesEveryLengthThatIsNotOnePlainNumber) {
  const auto with = [](std::string_view value) {
    return request("POST / HTTP/1.1", "Host: a\r\nContent-Length: " + std::string(value) + "\r\n");
  };
  const std::string digits = "header line 2: the value of Content-Length is not a number in plain digits";
  const std::string beyond = "header line 2: the value of Content-Length is beyond any possible length";
  expect_refused({
      {with(""), 400, "header line 2: the value of Content-Length is empty"},
      {with("+5"), 400, digits},
      {with("-5"), 400, digits},
      {with("5, 5"), 400, digits},
      {with("5,5"), 400, digits},
      {with("5 5"), 400, digits},
      {with("0x5"), 400, digits},
      {with("5.0"), 400, digits},
      {with("1e3"), 400, digits},
      {with("\xef\xbc\x95"), 400, digits},
      {with("chunked"), 400, digits},
      {with("99999999999999999999x"), 400, digits},
      {with("9223372036854775808"), 413, beyond},
      {with("18446744073709551616"), 413, beyond},
      {with(std::string(400, '9')), 413, beyond},
      {request("POST / HTTP/1.1", "Host: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n"), 400,
       "header line 3: Content-Length is repeated"},
      {request("POST / HTTP/1.1", "Host: a\r\nContent-Length: 0\r\ncontent-length: 0\r\n"), 400,
       "header line 3: Content-Length is repeated"},
      {request("POST / HTTP/1.1", "Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400,
       "header line 3: Content-Length and Transfer-Encoding exclude each other"},
      {request("POST / HTTP/1.1", "Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400,
       "header line 3: Content-Length and Transfer-Encoding exclude each other"},
  });
  expect_accepted(
      {with("0"), with("5"), with("0005"), with("9223372036854775807"), with(std::string(50, '0') + "7")});
  EXPECT_NE(parse(with("0007")).head.find("\nlength=7\n"), std::string::npos);
}

// RFC 9112 sections 6.1 and 6.3.
TEST(RequestParser, RefusesEveryTransferCodingButChunkedAlone) {
  const auto with = [](std::string_view value) {
    return request("POST / HTTP/1.1", "Host: a\r\nTransfer-Encoding: " + std::string(value) + "\r\n");
  };
  const std::string once = "header line 2: Transfer-Encoding must be chunked, once";
  const std::string alone = "header line 2: the only transfer coding that is implemented is chunked, alone";
  expect_refused({
      {with(""), 400, once},
      {with("chunked, chunked"), 400, once},
      {with("chunked,"), 400, once},
      {with(",chunked"), 400, once},
      {with("chunked, gzip"), 400, once},
      {with("chunked;q=1"), 400, once},
      {with("\"chunked\""), 400, once},
      {with("xchunked"), 400, once},
      {with("chunke"), 400, once},
      {with("chunked\x0b"), 400, "header line 2: the field value contains a control character: 0x0b"},
      {with("identity"), 400, once},
      {with("gzip"), 400, once},
      {with("chunked, identity, chunked"), 400, once},
      {with("gzip, chunked"), 501, alone},
      {with("identity, chunked"), 501, alone},
      {request("POST / HTTP/1.1", "Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
       400, "header line 3: Transfer-Encoding is repeated"},
      {request("POST / HTTP/1.0", "Host: a\r\nTransfer-Encoding: chunked\r\n"), 400,
       "header line 2: Transfer-Encoding does not exist in HTTP/1.0"},
  });
  expect_accepted({with("chunked"), with("Chunked"), with("CHUNKED \t")});
  EXPECT_NE(parse(with("chunked")).head.find("\nchunked=yes\n"), std::string::npos);
}

// RFC 9112 section 9.3.
TEST(RequestParser, KeepsTheConnectionAsTheVersionAndTheConnectionOptionsSay) {
  const auto keeps = [](std::string_view version, std::string_view fields) {
    const Outcome outcome =
        parse(request("GET / " + std::string(version), "Host: a\r\n" + std::string(fields)));
    EXPECT_EQ(outcome.progress, Progress::done) << fields;
    return outcome.head.find("\nkeep_alive=yes\n") != std::string::npos;
  };
  EXPECT_TRUE(keeps("HTTP/1.1", ""));
  EXPECT_TRUE(keeps("HTTP/1.1", "Connection: keep-alive\r\n"));
  EXPECT_TRUE(keeps("HTTP/1.1", "Connection: x, closed\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1", "Connection: close\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1", "Connection: ,x ,, CLOSE\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1", "Connection: keep-alive\r\nConnection: close\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1", "Connection: close\r\nConnection: keep-alive\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.0", ""));
  EXPECT_TRUE(keeps("HTTP/1.0", "Connection: Keep-Alive\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.0", "Connection: keep-alive, close\r\n"));
  expect_refused({{request("GET / HTTP/1.1", "Host: a\r\nConnection: close;x\r\n"), 400,
                   "header line 2: the value of Connection is no list of tokens"},
                  {request("GET / HTTP/1.1", "Host: a\r\nConnection: close keep-alive\r\n"), 400,
                   "header line 2: the value of Connection is no list of tokens"}});
}

// RFC 9110 section 10.1.1.
TEST(RequestParser, ExpectsContinueOnlyInOnePointOneAndBeforeABody) {
  const auto expects = [](std::string_view version, std::string_view fields) {
    const Outcome outcome =
        parse(request("POST / " + std::string(version), "Host: a\r\n" + std::string(fields)));
    EXPECT_EQ(outcome.progress, Progress::done) << fields;
    return outcome.head.find("\nexpect=yes\n") != std::string::npos;
  };
  EXPECT_TRUE(expects("HTTP/1.1", "Expect: 100-continue\r\nContent-Length: 1\r\n"));
  EXPECT_TRUE(expects("HTTP/1.1", "Transfer-Encoding: chunked\r\nExpect: 100-CONTINUE\r\n"));
  EXPECT_FALSE(expects("HTTP/1.1", "Expect: 100-continue\r\n"));
  EXPECT_FALSE(expects("HTTP/1.1", "Expect: 100-continue\r\nContent-Length: 0\r\n"));
  EXPECT_FALSE(expects("HTTP/1.0", "Expect: 100-continue\r\nContent-Length: 1\r\n"));
  const std::string other = "header line 2: the only expectation that can be met is 100-continue";
  expect_refused({{request("POST / HTTP/1.1", "Host: a\r\nExpect: 200-ok\r\n"), 417, other},
                  {request("POST / HTTP/1.1", "Host: a\r\nExpect: 100-continue, x\r\n"), 417, other}});
}

// RFC 9110 section 7.8.
TEST(RequestParser, OffersAnUpgradeOnlyWithItsConnectionOption) {
  const auto upgrades = [](std::string_view line, std::string_view fields) {
    return parse(request(line, "Host: a\r\n" + std::string(fields))).head.find("\nupgrade=yes\n") !=
           std::string::npos;
  };
  EXPECT_TRUE(upgrades("GET / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
  EXPECT_FALSE(upgrades("GET / HTTP/1.1", "Upgrade: websocket\r\n"));
  EXPECT_FALSE(upgrades("GET / HTTP/1.1", "Connection: Upgrade\r\n"));
  EXPECT_FALSE(upgrades("GET / HTTP/1.0", "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
}

TEST(RequestParser, RefusesWhatIsTooLongOrTooMuch) {
  const HeadLimits limits{.target_bytes = 20, .head_bytes = 200, .fields = 3};
  const std::string too_long = "request line: the target is longer than this server accepts";
  const std::string head_too_long = "the request head is longer than this server accepts";
  expect_accepted({request("GET /" + std::string(19, 'a') + " HTTP/1.1"),
                   request("GET / HTTP/1.1", "Host: a\r\nB: b\r\nC: c\r\n"),
                   request("GET / HTTP/1.1", "Host: a\r\nB: " + std::string(168, 'b') + "\r\n")},
                  limits);
  expect_refused(
      {{request("GET /" + std::string(20, 'a') + " HTTP/1.1"), 414, too_long},
       {request("GET /" + std::string(20, '"') + " HTTP/1.1"), 414, too_long},
       {request("GET /" + std::string(500, 'a') + " HTTP/1.1"), 414, too_long},
       {"GET /" + std::string(100, 'a'), 414, too_long},
       {request("GET / HTTP/1.1", "Host: a\r\nB: b\r\nC: c\r\nD: d\r\n"), 431,
        "the request has more header fields than this server accepts"},
       {request("GET / HTTP/1.1", "Host: a\r\nB: " + std::string(169, 'b') + "\r\n"), 431, head_too_long},
       {request("GET / HTTP/1.1", "Host: a\r\n" + std::string(500, 'n') + ": b\r\n"), 431, head_too_long},
       {request("GET / HTTP/1.1", "Host: a\r\nB: " + std::string(500, 'b')), 431, head_too_long}},
      limits);
  expect_refused({{request("GET /" + std::string(8192, 'a') + " HTTP/1.1"), 414, too_long}});
}

TEST(RequestParser, HoldsAHundredFieldsAndFindsThemAgain) {
  std::string fields = "Host: a\r\n";
  for (int number = 1; number < 100; ++number) {
    fields += "X-" + std::to_string(number) + ": v" + std::to_string(number) + "\r\n";
  }
  const std::string bytes = request("GET / HTTP/1.1", fields);
  const HeadLimits limits;
  RequestParser parser(limits);
  RequestHead head;
  for (int round = 0; round < 2; ++round) {
    ASSERT_EQ(parser.parse(bytes.data(), bytes.size(), head), Progress::done);
    EXPECT_EQ(head.headers().size(), 100U);
    EXPECT_EQ(head.headers().get("x-7"), "v7");
    EXPECT_EQ(head.headers().get("X-99"), "v99");
    EXPECT_FALSE(head.headers().contains("x-100"));
    parser.reset();
  }
}

TEST(RequestParser, StaysInErrorUntilItIsReset) {
  const HeadLimits limits;
  RequestParser parser(limits);
  RequestHead head;
  const std::string wrong = "GET\r\n";
  const std::string right = request("GET / HTTP/1.1");
  EXPECT_EQ(parser.parse(wrong.data(), wrong.size(), head), Progress::error);
  EXPECT_EQ(parser.parse(right.data(), right.size(), head), Progress::error);
  parser.reset();
  EXPECT_EQ(parser.parse(right.data(), right.size(), head), Progress::done);
}

}  // namespace
}  // namespace ngo::http
