#include "ngo/app/sources/kept_source_impl.hpp"

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

class Kept : public testing::Test {
 protected:
  Kept() {
    std::string folder = testing::TempDir() + "ngo-kept-XXXXXX";
    folder_ = mkdtemp(folder.data());
  }
  ~Kept() override { std::filesystem::remove_all(folder_); }

  KeptSource source(bool with_file = true, std::string owner = "centre://x") {
    return {std::make_unique<Inside>(state_), with_file ? folder_ + "/kept" : "", std::move(owner)};
  }
  std::string failure_of(KeptSource& from) {
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

TEST_F(Kept, TheLastGoodStateStandsInAtTheStart) {
  {
    KeptSource first = source();
    EXPECT_EQ(loop_.block_on(first.read())[0].text, "a=1");
  }
  struct stat status{};
  ASSERT_EQ(stat((folder_ + "/kept").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600);
  clock_.advance(73min);
  fail();
  KeptSource second = source();
  const std::vector<config::Document> read = loop_.block_on(second.read());
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].text, "a=1");
  EXPECT_EQ(read[0].format, config::Format::properties);
  EXPECT_THAT(read[0].warning,
              AllOf(HasSubstr("nobody is there"), HasSubstr("1h13m old"), HasSubstr("/kept")));
}

TEST_F(Kept, NoOldStateStandsInForAnAnswer) {
  KeptSource first = source();
  static_cast<void>(loop_.block_on(first.read()));
  fail();
  EXPECT_EQ(failure_of(first), "nobody is there");  // it has been read before
  for (const Code code : {Code::not_found, Code::invalid_argument}) {
    fail(code);
    KeptSource second = source();
    EXPECT_EQ(failure_of(second), "nobody is there");
  }
  fail();
  KeptSource of_another = source(true, "centre://y");
  EXPECT_EQ(failure_of(of_another), "nobody is there");
  KeptSource without = source(false);
  EXPECT_EQ(failure_of(without), "nobody is there");
  std::ofstream(folder_ + "/kept") << "{\"owner\":";
  KeptSource broken = source();
  EXPECT_EQ(failure_of(broken), "nobody is there");
}

TEST_F(Kept, TheCentreIsAskedAgainWhileTheFileStandsIn) {
  KeptSource first = source();
  static_cast<void>(loop_.block_on(first.read()));
  fail();
  KeptSource second = source();
  static_cast<void>(loop_.block_on(second.read()));
  state_.reads = 0;
  const auto wait = [&]() -> Task<void> {
    const auto recover = [&]() -> Task<void> {
      co_await sleep(1h);
      state_.failure.reset();
      state_.text = "a=2";
    };
    co_await when_all(second.changed(), recover());
  };
  loop_.block_on(wait());
  EXPECT_EQ(state_.waits, 0);
  EXPECT_GE(state_.reads, 30);  // every one to two minutes
  EXPECT_LE(state_.reads, 80);
  const int reads = state_.reads;
  EXPECT_EQ(loop_.block_on(second.read())[0].text, "a=2");
  EXPECT_EQ(state_.reads, reads) << "it is read already";
  loop_.block_on(second.changed());
  EXPECT_EQ(state_.waits, 1);
}

TEST_F(Kept, SaysWhenNothingCanBeKept) {
  KeptSource kept(std::make_unique<Inside>(state_), folder_ + "/no/such/folder", "x");
  EXPECT_THAT(loop_.block_on(kept.read())[0].warning,
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
