#include "ngo/http/middleware/access_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/codec/json_value.hpp"
#include "ngo/http/middleware/access_log_time.hpp"
#include "ngo/http/middleware/collected_lines_impl.hpp"
#include "ngo/http/request_parser.hpp"
#include "ngo/http/response.hpp"
#include "ngo/runtime/clock.hpp"
#include "ngo/runtime/context.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo::http {
namespace {

using std::chrono_literals::operator""ms;
using testing::HasSubstr;
using testing::StartsWith;

// Lines of the log for requests as bytes.
class Lines {
 public:
  explicit Lines(std::string pattern) : sink_(std::make_shared<CollectedLines>()), loop_(clock_) {
    AccessLogOptions options;
    options.pattern = std::move(pattern);
    log_ = std::make_unique<AccessLog>(options, sink_);
    writer_ = std::make_unique<AccessLogWriter>(*log_, loop_);
    record.client = record.peer = "192.0.2.1";
    record.status = 200;
    record.body_bytes = 97;
    record.took = 1234567 * std::chrono::nanoseconds(1);
    record.context = &context;
    record.response = &response;
    record.route = "/a/{id}";
    record.request_id = "id-1";
  }

  // The line for the head of a request, without its end.
  std::string of(const std::string& bytes) {
    RequestParser parser(limits_);
    RequestHead head;
    EXPECT_EQ(parser.parse(bytes.data(), bytes.size(), head), Progress::done) << bytes;
    record.head = &head;
    writer_->write(record);
    return take();
  }
  std::string of_refused() {
    record.head = nullptr;
    record.response = nullptr;
    record.context = nullptr;
    record.request_id = record.route = {};
    writer_->write(record);
    return take();
  }
  std::string of_get(const std::string& target, const std::string& fields = "") {
    return of("GET " + target + " HTTP/1.1\r\nHost: example.com\r\n" + fields + "\r\n");
  }

  AccessRecord record;
  Context context;
  Response response;
  CollectedLines& sink() { return *sink_; }
  AccessLogWriter& writer() { return *writer_; }

 private:
  std::string take() {
    writer_->flush();
    std::string line = std::exchange(sink_->text, {});
    EXPECT_FALSE(line.empty());
    if (line.empty()) return line;
    EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
    line.pop_back();
    return line;
  }

  VirtualClock clock_;
  std::shared_ptr<CollectedLines> sink_;
  EventLoop loop_;
  std::unique_ptr<AccessLog> log_;
  std::unique_ptr<AccessLogWriter> writer_;
  HeadLimits limits_{.target_bytes = 8192, .head_bytes = 32768, .fields = 100, .query = QueryRule::browser};
};

std::string directive(const std::string& pattern, const std::string& fields = "",
                      const std::string& target = "/a/7?x=1") {
  return Lines(pattern).of_get(target, fields);
}

TEST(AccessLog, WritesTheCombinedLineOfTheOriginal) {
  Lines lines("combined");
  EXPECT_THAT(lines.of_get("/a?b=c", "Referer: http://x/\r\nUser-Agent: curl/8\r\n"),
              testing::MatchesRegex(
                  R"re(192\.0\.2\.1 - - \[[0-9][0-9]/[0-9][0-9]/[0-9]{4}:[0-9:]{8} [+-][0-9]{4}\] )re"
                  R"re("GET /a\?b=c HTTP/1\.1" 200 97 "http://x/" "curl/8")re"));
}

TEST(AccessLog, KnowsEveryDirective) {
  const std::pair<const char*, const char*> cases[] = {
      {"%a", "192.0.2.1"},
      {"%h", "192.0.2.1"},
      {"%b %B", "97 97"},
      {"%H", "HTTP/1.1"},
      {"%m", "GET"},
      {"%U", "/a/7"},
      {"%q", "?x=1"},
      {"%r", "GET /a/7?x=1 HTTP/1.1"},
      {"%s %>s %<s", "200 200 200"},
      {"%D", "1"},
      {"%T", "0.001"},
      {"%l%p%S%v%I", "-----"},
      {"%X", "+"},
      {"%{Host}i", "example.com"},
      {"%{x-other}i", "-"},
      {"%{X-Request-Id}o", "id-1"},
      {"%{requestId}r", "id-1"},
      {"%{route}r", "/a/{id}"},
      {"%{nothing}r", "-"},
      {"100%%", "100%"},
  };
  for (const auto& [pattern, wanted] : cases) EXPECT_EQ(directive(pattern), wanted) << pattern;
}

TEST(AccessLog, WritesADashForNoBodyAndNoQuery) {
  Lines lines("%b %B %q");
  lines.record.body_bytes = 0;
  EXPECT_EQ(lines.of_get("/"), "- 0 -");
}

TEST(AccessLog, FindsCookiesOfTheirWholeName) {
  EXPECT_EQ(directive("%{sid}c", "Cookie: xsid=1; sid=2; sid=3\r\n"), "2");
  EXPECT_EQ(directive("%{sid}c", "Cookie: a=1\r\nCookie: sid=\"quoted\"\r\n"), "quoted");
  EXPECT_EQ(directive("%{sid}c", "Cookie: sidx=1; SID=2\r\n"), "-");
  EXPECT_EQ(directive("%{sid}c"), "-");
}

TEST(AccessLog, TellsTheUserOfBasicAuthorizationOnly) {
  EXPECT_EQ(directive("%u", "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"), "Aladdin");
  EXPECT_EQ(directive("%u", "Authorization: basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"), "Aladdin");
  EXPECT_EQ(directive("%u", "Authorization: Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"), "-");
  EXPECT_EQ(directive("%u", "Authorization: Basic !!!\r\n"), "-");
  EXPECT_EQ(directive("%u", "Authorization: Basic QWxhZGRpbg==\r\n"), "-");
  // A line end in the user's name: "a\nb:c".
  EXPECT_EQ(directive("%u", "Authorization: Basic YQpiOmM=\r\n"), R"(a\nb)");
}

TEST(AccessLog, ShowsHeadersOfTheResponseAndValuesOfTheContext) {
  Lines lines("%{Location}o %{Content-Type}o %{Content-Length}o %{tenant}r %{traceId}r");
  lines.response.status(201).header("Location", "/a/1").content_type("text/css").body("12345");
  lines.context.add_log_field("tenant", "a\"b");
  lines.context.set_trace({{1, 2}, {3}});
  EXPECT_EQ(lines.of_get("/"), R"(/a/1 text/css 5 a\"b 00000000000000010000000000000002)");
}

TEST(AccessLog, LetsNoValueForgeALine) {
  // What a parser may let through, and what is in values that it does not look at.
  const std::pair<std::string, std::string> cases[] = {
      {"a\"b", R"(a\"b)"},
      {"a\\b", R"(a\\b)"},
      {"a\tb", R"(a\tb)"},
      {"\xc3\xa4", R"(\xc3\xa4)"},
      {"\xc2\x85", R"(\xc2\x85)"},
      {"\xe2\x80\xa8", R"(\xe2\x80\xa8)"},
      {"0123456789abcdef\"", R"(0123456789abcdef\")"},
      {"0123456789abcde\"f\xff"
       "0123456789abcdef",
       R"(0123456789abcde\"f\xff0123456789abcdef)"},
  };
  for (const auto& [value, wanted] : cases) {
    EXPECT_EQ(directive("%{User-Agent}i", "User-Agent: " + value + "\r\n"), wanted);
  }
  Lines lines("%{v}r");
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  lines.context.add_log_field("v", all);
  for (const char c : lines.of_get("/")) {
    EXPECT_TRUE(c >= 0x20 && c < 0x7f) << static_cast<int>(c);
  }
}

TEST(AccessLog, WritesJsonThatGivesTheValuesBack) {
  Lines lines("json");
  lines.record.connection = '-';
  const std::string line = lines.of_get("/a?q=%22", "User-Agent: \xf0\x9f\x98\x80 \"\xc3\xa4\" \xff\r\n");
  const JsonValue object = json::parse<JsonValue>(line);
  EXPECT_EQ(object.find("client")->as_string(), "192.0.2.1");
  EXPECT_EQ(object.find("method")->as_string(), "GET");
  EXPECT_EQ(object.find("path")->as_string(), "/a");
  EXPECT_EQ(object.find("query")->as_string(), "?q=%22");
  EXPECT_EQ(object.find("route")->as_string(), "/a/{id}");
  EXPECT_EQ(object.find("user_agent")->as_string(), "\xf0\x9f\x98\x80 \"\xc3\xa4\" \xef\xbf\xbd");
  EXPECT_EQ(object.find("referer")->as_string(), "");
  EXPECT_EQ(object.find("connection")->as_string(), "-");
  EXPECT_THAT(line, HasSubstr(R"("status":200,"bytes":97,"duration_ms":1.234,)"));
  EXPECT_THAT(line, testing::ContainsRegex(R"re("time":"[0-9-]{10}T[0-9:.]{12}Z")re"));
}

TEST(AccessLog, TellsOfWhatWasNoRequest) {
  Lines lines(R"("%r" %s %{User-agent}i %u %q %{sid}c %{x}o %{x}r)");
  lines.record.status = 400;
  EXPECT_EQ(lines.of_refused(), R"("-" 400 - - - - - -)");
  Lines json("json");
  EXPECT_EQ(json::parse<JsonValue>(json.of_refused()).find("path")->as_string(), "");
}

TEST(AccessLog, CutsValuesThatAreTooLong) {
  const std::string line = directive("%{X-Long}i", "X-Long: " + std::string(5000, 'x') + "\r\n");
  EXPECT_EQ(line, std::string(4096, 'x') + "...");
}

TEST(AccessLog, WritesManyLinesInOneGoOfAtMostFourKibibytes) {
  Lines lines("%{X-Long}i");
  const std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + std::string(999, 'x') + "\r\n\r\n";
  HeadLimits limits;
  RequestParser parser(limits);
  RequestHead head;
  ASSERT_EQ(parser.parse(bytes.data(), bytes.size(), head), Progress::done);
  lines.record.head = &head;
  for (int i = 0; i < 10; ++i) lines.writer().write(lines.record);
  EXPECT_EQ(lines.sink().writes, 2);
  EXPECT_EQ(lines.sink().text.size(), 8000U);
  lines.writer().flush();
  EXPECT_EQ(lines.sink().writes, 3);
  EXPECT_EQ(lines.sink().text.size(), 10000U);
}

TEST(AccessLog, SaysHowManyLinesWereDropped) {
  log::Capture captured;
  Lines lines("%m");
  const std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  HeadLimits limits;
  RequestParser parser(limits);
  RequestHead head;
  ASSERT_EQ(parser.parse(bytes.data(), bytes.size(), head), Progress::done);
  lines.record.head = &head;
  lines.sink().full = true;
  for (int i = 0; i < 3; ++i) lines.writer().write(lines.record);
  lines.writer().flush();
  EXPECT_EQ(captured.text(), "");
  lines.sink().full = false;
  lines.writer().write(lines.record);
  lines.writer().flush();
  EXPECT_THAT(captured.text(), HasSubstr("3 lines of the access log were dropped"));
}

TEST(AccessLog, ExplainsAPatternThatIsNone) {
  const std::pair<const char*, const char*> cases[] = {
      {"%x", "\"%x\" is no directive"},
      {"%", "\"%\" ends the pattern"},
      {"%{a", "has no closing brace"},
      {"%{a}", "ends without the letter"},
      {"%{a}z", "\"%{a}z\" is no directive"},
      {"%{}i", "names nothing"},
      {"", "is empty"},
      {"%>", "is no directive"},
  };
  for (const auto& [pattern, wanted] : cases) {
    AccessLogOptions options;
    options.pattern = pattern;
    EXPECT_THAT(options.mistake(), HasSubstr(wanted)) << pattern;
    EXPECT_THAT(options.mistake(), HasSubstr("%{name}i")) << pattern;
  }
  EXPECT_EQ(AccessLogOptions().mistake(), "");
}

std::string formatted(std::string_view format, std::time_t seconds, int milliseconds = 0) {
  std::string out;
  append_time(out, format, std::chrono::system_clock::from_time_t(seconds) + milliseconds * 1ms);
  return out;
}

TEST(AccessLogTime, AgreesWithStrftime) {
  constexpr std::string_view kLetters = "aAbBCdDeFgGhHIjklmMnpPrRsStTuVwyYzZ%";
  for (const std::time_t time : {0L, 784111777L, 951782400L, 1230768000L, 1293839999L, 1483228800L,
                                 1609459199L, 1703980800L, 1735516800L, 1795391999L, 2147483648L}) {
    std::tm local{};
    localtime_r(&time, &local);
    for (const char letter : kLetters) {
      const char format[] = {'%', letter, 0};
      char wanted[128];
      const std::size_t size = strftime(wanted, sizeof wanted, format, &local);
      EXPECT_EQ(formatted(format, time), std::string(wanted, size)) << format << " at " << time;
    }
  }
}

TEST(AccessLogTime, WritesMillisecondsAndAQuestionMarkForWhatItDoesNotKnow) {
  EXPECT_EQ(formatted("%S.%f", 7, 45), "07.045");
  EXPECT_EQ(formatted("%Q%U%", 7), "???");
  EXPECT_TRUE(shows_milliseconds("%S.%f"));
  EXPECT_FALSE(shows_milliseconds("%%f"));
}

}  // namespace
}  // namespace ngo::http
