#include "ngo/app/sources/steady_source_impl.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::app {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

std::vector<config::Document> documents(std::string text) {
  config::Document document;
  document.source = "centre";
  document.format = config::Format::properties;
  document.text = std::move(text);
  return {document};
}

struct State {
  std::string text = "a=1";
  std::optional<Error> failure;
  int reads = 0;
  int waits = 0;
};

class Inside final : public config::DataSource {
 public:
  explicit Inside(State& state) : state_(state) {}
  Task<std::vector<config::Document>> read() override {
    ++state_.reads;
    if (state_.failure) throw Error(*state_.failure);
    co_return documents(state_.text);
  }
  Task<void> changed() override {
    ++state_.waits;
    if (state_.failure) throw Error(*state_.failure);
    co_return;
  }
  Task<void> close() override { co_return; }

 private:
  State& state_;
};

class Steady : public testing::Test {
 protected:
  Steady() {
    std::string folder = testing::TempDir() + "ngo-steady-XXXXXX";
    folder_ = mkdtemp(folder.data());
  }
  ~Steady() override { std::filesystem::remove_all(folder_); }

  SteadySource source(bool with_cache = true, std::string shown = "centre://x") {
    SteadyOptions options;
    options.shown = std::move(shown);
    if (with_cache) options.cache_file = folder_ + "/kept";
    return SteadySource(std::make_unique<Inside>(state_), std::move(options));
  }
  std::string failure_of(SteadySource& from) {
    try {
      static_cast<void>(loop_.block_on(from.read()));
    } catch (const Error& error) {
      return error.message();
    }
    return {};
  }
  void fail(Code code = Code::unavailable) { state_.failure = Error(code, "nobody is there"); }

  VirtualClock clock_;
  EventLoop loop_{clock_};
  State state_;
  std::string folder_;
};

TEST_F(Steady, TheLastGoodStateStandsInAtTheStart) {
  {
    SteadySource first = source();
    EXPECT_EQ(loop_.block_on(first.read())[0].text, "a=1");
  }
  struct stat status{};
  ASSERT_EQ(stat((folder_ + "/kept").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600);
  clock_.advance(73min);
  fail();
  SteadySource second = source();
  const std::vector<config::Document> read = loop_.block_on(second.read());
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].text, "a=1");
  EXPECT_EQ(read[0].format, config::Format::properties);
  EXPECT_THAT(read[0].warning,
              AllOf(HasSubstr("nobody is there"), HasSubstr("1h13m old"), HasSubstr("/kept")));
}

TEST_F(Steady, NoOldStateStandsInForAnAnswer) {
  SteadySource first = source();
  static_cast<void>(loop_.block_on(first.read()));
  fail();
  EXPECT_EQ(failure_of(first), "nobody is there");  // it has been read before
  for (const Code code : {Code::not_found, Code::invalid_argument}) {
    fail(code);
    SteadySource second = source();
    EXPECT_EQ(failure_of(second), "nobody is there");
  }
  fail();
  SteadySource of_another = source(true, "centre://y");
  EXPECT_EQ(failure_of(of_another), "nobody is there");
  SteadySource without = source(false);
  EXPECT_EQ(failure_of(without), "nobody is there");
  std::ofstream(folder_ + "/kept") << "{\"owner\":";
  SteadySource broken = source();
  EXPECT_EQ(failure_of(broken), "nobody is there");
}

TEST_F(Steady, AReadThatFailedIsMadeAgainUntilItSucceeds) {
  SteadySource steady = source();
  static_cast<void>(loop_.block_on(steady.read()));
  fail();
  EXPECT_NE(failure_of(steady), "");
  const auto wait = [&]() -> Task<void> {
    const auto recover = [&]() -> Task<void> {
      co_await sleep(10min);
      state_.failure.reset();
      state_.text = "a=2";
    };
    co_await when_all(steady.changed(), recover());
  };
  loop_.block_on(wait());
  EXPECT_EQ(state_.waits, 0);
  EXPECT_GE(state_.reads, 20);  // every 15 to 30 s
  EXPECT_LE(state_.reads, 50);
  const int reads = state_.reads;
  EXPECT_EQ(loop_.block_on(steady.read())[0].text, "a=2");
  EXPECT_EQ(state_.reads, reads) << "it is read already";
}

TEST_F(Steady, AWaitThatFailedIsMadeAgain) {
  SteadySource steady = source();
  static_cast<void>(loop_.block_on(steady.read()));
  fail();
  const auto wait = [&]() -> Task<void> {
    const auto recover = [&]() -> Task<void> {
      co_await sleep(10min);
      state_.failure.reset();
    };
    co_await when_all(steady.changed(), recover());
  };
  loop_.block_on(wait());
  EXPECT_GE(state_.waits, 20);
  EXPECT_LE(state_.waits, 50);
  EXPECT_EQ(state_.reads, 1);
}

TEST_F(Steady, SaysWhenNothingCanBeKept) {
  SteadyOptions options;
  options.cache_file = folder_ + "/no/such/folder";
  SteadySource steady(std::make_unique<Inside>(state_), options);
  EXPECT_THAT(loop_.block_on(steady.read())[0].warning,
              AllOf(HasSubstr("/no/such/folder"), HasSubstr("No such file or directory")));
}

TEST(Ages, AreToldAsPeopleDo) {
  EXPECT_EQ(age_of(-5s), "0s");
  EXPECT_EQ(age_of(40s + 7ms), "40s");
  EXPECT_EQ(age_of(72min + 3s), "1h12m");
  EXPECT_EQ(age_of(75h), "3d");
}

}  // namespace
}  // namespace ngo::app
