#include "ngo/log/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "ngo/log/on_line.hpp"
#include "ngo/log/options.hpp"
#include "ngo/log/sink.hpp"
#include "ngo/runtime/context.hpp"

namespace ngo::log {
namespace {

std::array<std::atomic<int>, 6> counted;
void count_line(Level level, bool) noexcept { ++counted[static_cast<std::size_t>(level)]; }

TEST(LogCount, TellsWhoeverCountsOfEachLineThatIsWritten) {
  const Capture captured;
  on_line(&count_line);
  info("one");
  debug("none: its level is off");
  warn("two", {{"k", 1}});
  on_line(nullptr);
  info("nobody listens");
  EXPECT_EQ(counted[static_cast<std::size_t>(Level::info)], 1);
  EXPECT_EQ(counted[static_cast<std::size_t>(Level::debug)], 0);
  EXPECT_EQ(counted[static_cast<std::size_t>(Level::warn)], 1);
}

using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

// Every test starts with the loggers as they are by default, and its lines in memory.
class Log : public testing::Test {
 protected:
  ~Log() override { configure({}); }

  std::string last() const {
    const auto lines = captured_.lines();
    return lines.empty() ? "" : lines.back().text;
  }
  static void lay_out(Layout layout, bool caller = false) {
    default_logger.set_layout(layout);
    default_logger.set_caller(caller);
  }

  Capture captured_;
};

TEST_F(Log, WritesTimeLevelPlaceMessageAndFields) {
  info("article {} created", 7);
  EXPECT_THAT(last(),
              MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3} \\[info\\] "
                           "\\[log/log_test.cpp:[0-9]+\\] article 7 created"));
  const unsigned line = __LINE__ + 1;
  warn("slow", {{"route", "/a"}, {"status", 200}});
  EXPECT_THAT(last(), EndsWith("[warn] [log/log_test.cpp:" + std::to_string(line) +
                               R"(] slow {"route":"/a","status":200})"));
}

TEST_F(Log, WritesNothingBelowTheLevel) {
  default_logger.set_level(Level::warn);
  info("quiet");
  info("quiet", {{"a", 1}});
  with({{"a", 1}}).info("quiet {}", 1);
  default_logger.at(Level::debug, "quiet");
  EXPECT_TRUE(captured_.lines().empty());
  warn("loud");
  default_logger.set_level(Level::off);
  fatal("quiet");
  EXPECT_EQ(captured_.lines().size(), 1U);
}

TEST_F(Log, LinesCarryTheirLevel) {
  default_logger.set_level(Level::trace);
  trace("x");
  debug("x");
  info("x");
  warn("x");
  error("x");
  fatal("x");
  const auto lines = captured_.lines();
  ASSERT_EQ(lines.size(), 6U);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(lines[i].level, static_cast<Level>(i));
    EXPECT_THAT(lines[i].text, HasSubstr("[" + std::string(to_string(static_cast<Level>(i))) + "]"));
  }
}

TEST_F(Log, WritesOneJsonObjectALine) {
  lay_out(Layout::json, true);
  default_logger.at(Level::error, "a \"quoted\" \\ thing", {{"n", 1}});
  EXPECT_THAT(last(), StartsWith(R"({"time":"2)"));
  EXPECT_THAT(last(),
              MatchesRegex(".*\",\"level\":\"error\",\"file\":\"log/log_test.cpp:[0-9]+\",\"msg\":\"a "
                           "\\\\\"quoted\\\\\" \\\\\\\\ thing\",\"n\":1\\}"));
}

TEST_F(Log, EcsIsTheElasticCommonSchema) {
  lay_out(Layout::ecs, true);
  Context context;
  context.set_trace({{1, 2}, {3}});
  const CurrentContext current(context);
  warn("a \"thing\"", {{"n", 1}});
  EXPECT_THAT(last(),
              MatchesRegex("\\{\"@timestamp\":\"[-0-9T:.]+Z\",\"log.level\":\"warn\",\"message\":\"a "
                           ".\"thing.\"\",\"ecs.version\":\"8.11.0\",\"log.logger\":\"default\","
                           "\"log.origin.file.name\":\"log/log_test.cpp\",\"log.origin.file.line\":[0-9]+,"
                           "\"trace.id\":\"[0-9a-f]+\",\"span.id\":\"[0-9a-f]+\",\"n\":1\\}"));
}

TEST_F(Log, LogfmtIsPairs) {
  lay_out(Layout::logfmt);
  info("a\n\"b\"", {{"key with = and \"", "v\n\"x\""}, {"n", 1.5}});
  EXPECT_THAT(last(), testing::EndsWith(R"( level=info msg="a\n\"b\"" key_with___and__="v\n\"x\"" n=1.5)"));
}

TEST_F(Log, ErrorsCarryTheirStackWhereItIsWanted) {
  lay_out(Layout::json);
  default_logger.set_stack(true);
  error("with");
  EXPECT_THAT(last(), HasSubstr("\"stack\":\""));
  EXPECT_THAT(last(), HasSubstr("ErrorsCarryTheirStack"));
  warn("without");
  EXPECT_THAT(last(), Not(HasSubstr("stack")));
  lay_out(Layout::txt);
  error("in lines of their own");
  EXPECT_THAT(captured_.text(), HasSubstr("in lines of their own\n\t"));
  default_logger.set_stack(false);
}

TEST_F(Log, BlankIsTheMessageAndItsFields) {
  lay_out(Layout::blank);
  info("hello");
  EXPECT_EQ(last(), "hello");
  info("hello", {{"a", "b"}});
  EXPECT_EQ(last(), R"(hello {"a":"b"})");
}

TEST_F(Log, FieldsKeepTheirTypes) {
  lay_out(Layout::blank);
  info("x", {{"b", true},
             {"i", -1},
             {"u", ~std::uint64_t{0}},
             {"d", 0.5},
             {"nan", std::nan("")},
             {"null", nullptr},
             {"s", std::string("t")},
             {"took", std::chrono::milliseconds(1500)}});
  EXPECT_EQ(
      last(),
      R"(x {"b":true,"i":-1,"u":18446744073709551615,"d":0.5,"nan":"nan","null":null,"s":"t","took":1.5})");
}

TEST_F(Log, NoTextCanForgeALine) {
  lay_out(Layout::blank);
  info("{}", "a\nb\r\tc\x1b[31m\x7f");
  EXPECT_EQ(last(), "a\\nb\\r\\tc\\u001b[31m\\u007f");
  info("{}",
       "\xC2\x9B \xE2\x80\xA8 \xE2\x80\xAE \xFF \xC3");  // CSI, line separator, right to left, not UTF-8
  EXPECT_EQ(last(), "\\u009b \\u2028 \\u202e \\xff \\xc3");
  info("x", {{"k\"\n", "v\"}\n\xFF"}});
  EXPECT_EQ(last(), R"(x {"k\"\n":"v\"}\n\ufffd"})");
  info("{}",
       "Gr\xC3\xBC\xC3\x9F"
       "e \xF0\x9F\x98\x80");
  EXPECT_EQ(last(),
            "Gr\xC3\xBC\xC3\x9F"
            "e \xF0\x9F\x98\x80");
}

TEST_F(Log, CutsWhatIsTooLongAndSaysSo) {
  lay_out(Layout::blank);
  info("{}", std::string(100'000, 'x'));
  EXPECT_EQ(last().find_first_not_of('x'), 8 * 1024 - 48U);
  EXPECT_THAT(last(), EndsWith("x...(" + std::to_string(100'000 - 8 * 1024 + 48) + " bytes cut)"));
  info(std::string(100'000, '\n'), {});
  EXPECT_LE(last().size(), 8 * 1024U);
  info("x", {{"body", std::string(5'000, 'y')}, {"after", 1}});
  EXPECT_THAT(last(), HasSubstr("y...(3000 bytes cut)\",\"after\":1}"));
}

TEST_F(Log, ALineWithTooManyFieldsStaysAnObject) {
  lay_out(Layout::blank);
  const std::string long_text(3'000, '"');
  info("x", {{"a", long_text},
             {"b", long_text},
             {"c", long_text},
             {"d", long_text},
             {"e", long_text},
             {"f", long_text},
             {"g", long_text},
             {"h", long_text}});
  EXPECT_LE(last().size(), 16 * 1024U);
  EXPECT_THAT(last(), EndsWith(R"x(bytes cut)","fields_cut":1})x"));
}

TEST_F(Log, CarriesTraceAndFieldsOfTheContext) {
  lay_out(Layout::blank);
  Context parent;
  parent.set_trace({{0x4bf92f3577b34da6, 0xa3ce929d0e0e4736}, {0x00f067aa0ba902b7}});
  parent.add_log_field("user", "ann");
  Context child(parent);
  child.add_log_field("step", "2\n");
  {
    const CurrentContext current(child);
    info("x", {{"n", 1}});
    EXPECT_EQ(last(), R"(x {"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7",)"
                      R"("user":"ann","step":"2\n","n":1})");
    lay_out(Layout::json);
    info("x");
    EXPECT_THAT(last(), EndsWith(R"("msg":"x","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736",)"
                                 R"("span_id":"00f067aa0ba902b7","user":"ann","step":"2\n"})"));
  }
  lay_out(Layout::blank);
  info("y");
  EXPECT_EQ(last(), "y");
}

TEST_F(Log, NamedLoggersFollowTheDefaultOneUntilTheyAreSet) {
  Logger& redis = get("redis");
  EXPECT_EQ(&redis, &get("redis"));
  EXPECT_EQ(&get("default"), &default_logger);
  default_logger.set_level(Level::error);
  EXPECT_EQ(redis.level(), Level::error);
  redis.set_level(Level::debug);
  default_logger.set_level(Level::warn);
  EXPECT_EQ(redis.level(), Level::debug);
  default_logger.set_caller(false);
  redis.debug("connected");
  EXPECT_THAT(last(), EndsWith(" [debug] [redis] connected"));
}

TEST_F(Log, TheConfigurationSetsLoggersAndResetsOthers) {
  get("other").set_level(Level::trace);
  Options usual;
  usual.level = Level::warn;
  usual.format = Layout::json;
  Options sql;
  sql.name = "sql";
  sql.level = Level::debug;
  const std::array<Options, 2> options = {sql, usual};
  configure(options);
  EXPECT_EQ(default_logger.level(), Level::warn);
  EXPECT_EQ(get("other").level(), Level::warn);
  EXPECT_EQ(get("sql").level(), Level::debug);
  get("sql").debug("x");
  EXPECT_THAT(last(), HasSubstr(R"("level":"debug","logger":"sql",)"));
  configure({});
  EXPECT_EQ(default_logger.level(), Level::info);
  EXPECT_EQ(get("sql").level(), Level::info);
}

TEST_F(Log, TwoLoggersOfOneNameChangeNothing) {
  Options one;
  one.level = Level::error;
  EXPECT_THROW(configure(std::array<Options, 2>{one, one}), Error);
  EXPECT_EQ(default_logger.level(), Level::info);
}

TEST_F(Log, LevelsHaveTheNamesOfTheOriginal) {
  EXPECT_EQ(level_from_string("WARN"), Level::warn);
  EXPECT_EQ(level_from_string("warning"), Level::warn);
  EXPECT_EQ(level_from_string("dpanic"), Level::error);
  EXPECT_EQ(level_from_string("panic"), Level::fatal);
  EXPECT_EQ(level_from_string("loud"), std::nullopt);
  EXPECT_EQ(to_string(Level::warn), "warn");
}

struct Broken {};

}  // namespace
}  // namespace ngo::log

template <>
struct fmt::formatter<ngo::log::Broken> : fmt::formatter<int> {
  template <class C>
  auto format(const ngo::log::Broken& /*value*/, C& context) const -> decltype(context.out()) {
    throw std::runtime_error("no text today");
  }
};

namespace ngo::log {
namespace {

TEST_F(Log, AFormatterThatThrowsLosesNoLine) {
  lay_out(Layout::blank);
  info("value {}", Broken());
  EXPECT_EQ(last(), R"(value {} {"format_error":"no text today"})");
}

// A sink that is full now and then.
class Full final : public Sink {
 public:
  bool write(Level /*level*/, std::string_view line) noexcept override {
    if (!open) return false;
    text += line;
    return true;
  }
  bool open = false;
  std::string text;
};

TEST_F(Log, DroppedLinesAreCountedAndReported) {
  lay_out(Layout::blank);
  const auto full = std::make_shared<Full>();
  set_sink(full);
  info("one");
  info("two");
  full->open = true;
  info("three");
  info("four");
  EXPECT_EQ(full->text, "three\nlog lines were dropped because nothing took them {\"lines\":2}\nfour\n");
}

TEST_F(Log, ThreadsMayLogWhileLevelsAndSinksChange) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([] {
      for (int n = 0; n < 500; ++n) get("t" + std::to_string(n % 5)).info("n {}", n);
    });
  }
  for (int i = 0; i < 100; ++i) {
    const Capture inner;
    default_logger.set_level(i % 2 == 0 ? Level::warn : Level::info);
  }
  for (std::thread& thread : threads) thread.join();
  default_logger.set_level(Level::info);
  captured_.clear();
  get("t1").info("last");
  EXPECT_THAT(captured_.text(), HasSubstr("last\n"));
}

}  // namespace
}  // namespace ngo::log
