#include "ngo/http/client/response_parser.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace ngo::http {
namespace {

const ResponseLimits kDefaults;

std::string describe(const ResponseHead& head) {
  std::string text = std::to_string(head.status()) + "|" + std::string(head.reason_phrase()) + "|1." +
                     std::to_string(head.minor_version());
  text += head.keep_alive() ? "|keep" : "|close";
  if (head.chunked()) text += "|chunked";
  if (head.content_length()) text += "|length=" + std::to_string(*head.content_length());
  for (const HeaderField field : head.headers())
    text.append("|").append(field.name).append("=").append(field.value);
  return text + "|" + std::to_string(head.size());
}

// Gives the bytes up to each of `ends` in turn, each time at another address and with nothing readable behind
// them.
std::string parse(std::string_view bytes, const std::vector<std::size_t>& ends,
                  const ResponseLimits& limits = kDefaults) {
  ResponseParser parser(limits);
  ResponseHead head;
  std::unique_ptr<char[]> buffer;
  for (const std::size_t end : ends) {
    std::unique_ptr<char[]> moved(new char[end]);
    bytes.copy(moved.get(), end);
    buffer = std::move(moved);
    const Progress progress = parser.parse(buffer.get(), end, head);
    if (progress == Progress::done) return describe(head);
    if (progress == Progress::error) return parser.reason();
  }
  return "more";
}

// The whole at once, and byte by byte; the verdicts must be the same.
std::string verdict(std::string_view bytes, const ResponseLimits& limits = kDefaults) {
  std::vector<std::size_t> every_byte;
  for (std::size_t end = 1; end <= bytes.size(); ++end) every_byte.push_back(end);
  std::string whole = parse(bytes, {bytes.size()}, limits);
  EXPECT_EQ(parse(bytes, every_byte, limits), whole) << bytes;
  return whole;
}

std::string with(std::string_view fields) { return "HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\n"; }

TEST(ResponseParser, ReadsAnOrdinaryHead) {
  EXPECT_EQ(verdict("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A:  b \r\n\r\nhello"),
            "200|OK|1.1|keep|length=5|Content-Length=5|X-A=b|48");
  EXPECT_EQ(verdict("HTTP/1.1 404 Not Found\r\n\r\n"), "404|Not Found|1.1|keep|26");
  EXPECT_EQ(verdict("HTTP/1.1 200 \r\n\r\n"), "200||1.1|keep|17");
  EXPECT_EQ(verdict("HTTP/1.1 200\r\n\r\n"), "200||1.1|keep|16");
  EXPECT_EQ(verdict("HTTP/1.1 999 \xe9\t!\r\n\r\n"), "999|\xe9\t!|1.1|keep|20");
  EXPECT_EQ(verdict("HTTP/1.0 200 OK\r\n\r\n"), "200|OK|1.0|close|19");
  EXPECT_EQ(verdict("HTTP/1.7 200 OK\r\n\r\n"), "200|OK|1.1|keep|19");
}

TEST(ResponseParser, WaitsForTheWholeHead) {
  const std::string head = with("A: b\r\n");
  for (std::size_t size = 1; size < head.size(); ++size)
    EXPECT_EQ(parse(head.substr(0, size), {size}), "more") << size;
}

TEST(ResponseParser, KnowsWhatBecomesOfTheConnection) {
  EXPECT_EQ(verdict(with("Connection: close\r\n")), "200|OK|1.1|close|Connection=close|38");
  EXPECT_EQ(verdict(with("Connection: x, Close\r\n")), "200|OK|1.1|close|Connection=x, Close|41");
  EXPECT_EQ(verdict("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n\r\n"),
            "200|OK|1.0|keep|Connection=Keep-Alive|43");
  EXPECT_EQ(verdict(with("Connection: keep-alive\r\nConnection: close\r\n")),
            "200|OK|1.1|close|Connection=keep-alive|Connection=close|62");
}

TEST(ResponseParser, RefusesWhatIsNoStatusLine) {
  struct Row {
    const char* bytes;
    const char* reason;
  };
  constexpr const char* kNone =
      "status line: this is no HTTP/1 response; it must begin with HTTP/1.1 or HTTP/1.0";
  for (const Row& row : {
           Row{"SSH-2.0-OpenSSH_9.2\r\n", kNone},
           Row{"\x15\x03\x01\x00\x02\x02\x16", kNone},
           Row{"\r\nHTTP/1.1 200 OK\r\n\r\n", kNone},
           Row{" HTTP/1.1 200 OK\r\n\r\n", kNone},
           Row{"http/1.1 200 OK\r\n\r\n", kNone},
           Row{"ICY 200 OK\r\n\r\n", kNone},
           Row{"HTTP/11 200 OK\r\n\r\n",
               "status line: the HTTP version must be written as HTTP/1.1 or HTTP/1.0"},
           Row{"HTTP/1.1  200 OK\r\n\r\n", "status line: the status is no number of three digits"},
           Row{"HTTP/1.1\t200 OK\r\n\r\n",
               "status line: the HTTP version must be written as HTTP/1.1 or HTTP/1.0"},
           Row{"HTTP/2.0 200 OK\r\n\r\n", "status line: only HTTP/1.0 and HTTP/1.1 are understood here"},
           Row{"HTTP/0.9 200 OK\r\n\r\n", "status line: only HTTP/1.0 and HTTP/1.1 are understood here"},
           Row{"HTTP/1.1 20 OK\r\n\r\n", "status line: the status is no number of three digits"},
           Row{"HTTP/1.1 -20 OK\r\n\r\n", "status line: the status is no number of three digits"},
           Row{"HTTP/1.1 099 OK\r\n\r\n", "status line: there is no status below 100"},
           Row{"HTTP/1.1 2000 OK\r\n\r\n", "status line: the status has more than three digits"},
           Row{"HTTP/1.1 200OK\r\n\r\n",
               "status line: the status is followed by neither a space nor the line's end: 'O'"},
           Row{"HTTP/1.1 200 OK\n\n", "status line: a line ends with LF alone instead of CRLF"},
           Row{"HTTP/1.1 200 OK\rX\r\n\r\n", "status line: a CR stands without LF"},
           Row{"HTTP/1.1 200 \x01\r\n\r\n",
               "status line: the reason phrase contains a control character: 0x01"},
       }) {
    EXPECT_EQ(verdict(row.bytes), row.reason) << row.bytes;
  }
  EXPECT_EQ(verdict("HTTP/1.1 200 " + std::string(2000, 'x')),
            "status line: the reason phrase is longer than accepted");
}

TEST(ResponseParser, RefusesWhatIsNoFieldLine) {
  struct Row {
    const char* fields;
    const char* reason;
  };
  for (const Row& row : {
           Row{"A: b\n", "header line 1: a line ends with LF alone instead of CRLF"},
           Row{"A: b\rC: d\r\n", "header line 1: a CR stands without LF"},
           Row{"A : b\r\n", "header line 1: space before the colon"},
           Row{"A: b\r\n c\r\n", "header line 2: folded lines are not accepted"},
           Row{"\tA: b\r\n", "header line 1: folded lines are not accepted"},
           Row{": b\r\n", "header line 1: the field name is missing"},
           Row{"A\r\n", "header line 1: the line has no colon"},
           Row{"A(: b\r\n", "header line 1: the field name contains a character that is not allowed: '('"},
           Row{"A: b\x01\r\n", "header line 1: the field value contains a control character: 0x01"},
       }) {
    EXPECT_EQ(verdict(with(row.fields)), row.reason) << row.fields;
  }
}

TEST(ResponseParser, RefusesEveryOtherSpellingOfTheLength) {
  struct Row {
    const char* fields;
    const char* reason;
  };
  constexpr const char* kDigits =
      "header line 1: the value of Content-Length is not a number in plain digits";
  constexpr const char* kChunked = "header line 1: Transfer-Encoding must be chunked, alone and once";
  for (const Row& row : {
           Row{"Content-Length: 5\r\nContent-Length: 5\r\n", "header line 2: Content-Length is repeated"},
           Row{"Content-Length: 5, 5\r\n", kDigits},
           Row{"Content-Length: +5\r\n", kDigits},
           Row{"Content-Length: 0x5\r\n", kDigits},
           Row{"Content-Length: 5 \x0b\r\n",
               "header line 1: the field value contains a control character: 0x0b"},
           Row{"Content-Length:\r\n", "header line 1: the value of Content-Length is empty"},
           Row{"Content-Length: 9223372036854775808\r\n",
               "header line 1: the value of Content-Length is beyond any possible length"},
           Row{"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
               "header line 2: Content-Length and Transfer-Encoding exclude each other"},
           Row{"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
               "header line 2: Content-Length and Transfer-Encoding exclude each other"},
           Row{"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
               "header line 2: Transfer-Encoding is repeated"},
           Row{"Transfer-Encoding: gzip, chunked\r\n", kChunked},
           Row{"Transfer-Encoding: chunked, chunked\r\n", kChunked},
           Row{"Transfer-Encoding: identity\r\n", kChunked},
           Row{"Transfer-Encoding: xchunked\r\n", kChunked},
           Row{"Transfer-Encoding:\r\n", kChunked},
           Row{"Connection: a b\r\n", "header line 1: the value of Connection is no list of tokens"},
       }) {
    EXPECT_EQ(verdict(with(row.fields)), row.reason) << row.fields;
  }
  EXPECT_EQ(verdict("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
            "header line 1: Transfer-Encoding does not exist in HTTP/1.0");
}

TEST(ResponseParser, RefusesABodyWhereThereIsNone) {
  constexpr const char* kRefused = "a body is announced with a status that never has one";
  EXPECT_EQ(verdict("HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n"), kRefused);
  EXPECT_EQ(verdict("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n"), kRefused);
  EXPECT_EQ(verdict("HTTP/1.1 100 Continue\r\nContent-Length: 3\r\n\r\n"), kRefused);
  EXPECT_EQ(verdict("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"),
            "204|No Content|1.1|keep|length=0|Content-Length=0|46");
  EXPECT_EQ(verdict("HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n"),
            "304|Not Modified|1.1|keep|length=3|Content-Length=3|48");
}

TEST(ResponseParser, HasLimits) {
  ResponseLimits limits;
  limits.fields = 2;
  limits.head_bytes = 64;
  EXPECT_EQ(verdict(with("A: 1\r\nB: 2\r\nC: 3\r\n"), limits), "it has more header fields than accepted");
  EXPECT_EQ(verdict(with("A: " + std::string(100, 'x')), limits), "its head is longer than accepted");
  EXPECT_EQ(verdict(with("A: 1\r\nB: 2\r\n"), limits), "200|OK|1.1|keep|A=1|B=2|31");
}

ResponseHead head_of(std::string_view bytes) {
  ResponseParser parser(kDefaults);
  ResponseHead head;
  EXPECT_EQ(parser.parse(bytes.data(), bytes.size(), head), Progress::done);
  return head;
}

TEST(ResponseHead, KnowsHowTheBodyEnds) {
  using Body = ResponseHead::Body;
  constexpr std::string_view kLength = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
  EXPECT_EQ(head_of(kLength).body(Method::get), Body::length);
  EXPECT_EQ(head_of(kLength).body(Method::head), Body::none);
  EXPECT_EQ(head_of("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").body(Method::get), Body::none);
  EXPECT_EQ(head_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n").body(Method::get),
            Body::chunked);
  EXPECT_EQ(head_of("HTTP/1.1 200 OK\r\n\r\n").body(Method::get), Body::until_close);
  EXPECT_EQ(head_of("HTTP/1.1 200 OK\r\n\r\n").body(Method::connect), Body::none);
  EXPECT_EQ(head_of("HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\n").body(Method::connect), Body::length);
  EXPECT_EQ(head_of("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n").body(Method::get), Body::none);
  EXPECT_EQ(head_of("HTTP/1.1 204 No Content\r\n\r\n").body(Method::get), Body::none);
  EXPECT_EQ(head_of("HTTP/1.1 100 Continue\r\n\r\n").body(Method::get), Body::none);
}

TEST(ResponseHead, ReadsForHowLongTheServerKeepsTheConnection) {
  EXPECT_EQ(head_of("HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5, max=100\r\n\r\n").keep_alive_seconds(), 5U);
  EXPECT_EQ(head_of("HTTP/1.1 200 OK\r\nKeep-Alive: max=1, Timeout=65\r\n\r\n").keep_alive_seconds(), 65U);
  EXPECT_EQ(head_of("HTTP/1.1 200 OK\r\nKeep-Alive: timeout=x\r\n\r\n").keep_alive_seconds(), std::nullopt);
  EXPECT_EQ(head_of("HTTP/1.1 200 OK\r\n\r\n").keep_alive_seconds(), std::nullopt);
}

}  // namespace
}  // namespace ngo::http
