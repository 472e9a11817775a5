// The life of a source: read, followed, down, up, closed.
#include "ngo/config/source_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// What a test does with a source from outside.
struct Centre {
  std::string text = "a: 1";
  std::string failure;  // of read()
  std::string warning;
  Event changed;
  std::vector<std::string> calls;
};

class CentreSource final : public DataSource {
 public:
  explicit CentreSource(Centre& centre) : centre_(centre) {}
  Task<std::vector<Document>> read() override {
    centre_.calls.emplace_back("read");
    co_await yield();
    if (!centre_.failure.empty()) throw Error(Code::unavailable, centre_.failure);
    std::vector<Document> out(1);
    out[0].source = "centre";
    out[0].text = centre_.text;
    out[0].warning = centre_.warning;
    co_return out;
  }
  Task<void> changed() override {
    co_await centre_.changed.wait();
    centre_.changed.reset();
  }
  Task<void> close() override {
    centre_.calls.emplace_back("close");
    co_return;
  }

 private:
  Centre& centre_;
};

class Followed : public testing::Test {
 protected:
  SourceSet make() {
    DataSources makers;
    makers.add("centre", [this](const Address&) { return std::make_unique<CentreSource>(centre_); });
    CommandLine command_line;
    command_line.files = {"app.yaml", "centre://any/a?token=hidden&key=shown"};
    return {command_line, makers, Environment(), report_};
  }

  // Follows the sources while `test` runs.
  void follow(SourceSet& set, Task<void> test) {
    auto both = [&](Task<void> its) -> Task<void> {
      co_await set.read(report_);
      co_await when_any(
          set.follow([this] { news_.set(); },
                     [this](const SourceStatus& status) {
                       turns_.push_back(status.up ? "up " + status.problem : "down " + status.problem);
                       turned_.set();
                     }),
          std::move(its));
      co_await set.close();
    };
    VirtualClock clock;
    EventLoop loop(clock);
    loop.block_on(both(std::move(test)));
  }

  Centre centre_;
  Report report_;
  Event news_;
  Event turned_;
  std::vector<std::string> turns_;
};

TEST_F(Followed, ReadsAgainWhenTheSourceSaysSo) {
  SourceSet set = make();
  auto test = [&]() -> Task<void> {
    centre_.text = "a: 2";
    centre_.changed.set();
    co_await news_.wait();
  };
  follow(set, test());
  EXPECT_EQ(set.documents("centre://any/a?token=hidden&key=shown")[0].text, "a: 2");
  EXPECT_EQ(set.statuses()[0].address, "centre://any/a?token=***&key=shown");
  EXPECT_TRUE(turns_.empty());
  EXPECT_EQ(centre_.calls.back(), "close");
}

TEST_F(Followed, AChangeThatIsNoneIsNotTold) {
  SourceSet set = make();
  auto test = [&]() -> Task<void> {
    centre_.changed.set();
    co_await sleep(std::chrono::seconds(10));
  };
  follow(set, test());
  EXPECT_FALSE(news_.is_set());
  EXPECT_EQ(set.statuses()[0].changes, 1U);
}

TEST_F(Followed, ASourceThatFailsIsDownOnceAndKeepsWhatItGave) {
  SourceSet set = make();
  auto test = [&]() -> Task<void> {
    centre_.failure = "nobody answers";
    centre_.changed.set();
    co_await turned_.wait();
    turned_.reset();
    co_await sleep(std::chrono::minutes(10));
    EXPECT_EQ(set.documents("centre://any/a?token=hidden&key=shown")[0].text, "a: 1");
    EXPECT_FALSE(set.statuses()[0].up);
    EXPECT_GT(set.statuses()[0].failures, 10U);
    EXPECT_LT(set.statuses()[0].failures, 40U);  // with pauses that grow
    centre_.failure.clear();
    centre_.text = "a: 3";
    co_await news_.wait();
    EXPECT_TRUE(set.statuses()[0].up);
  };
  follow(set, test());
  EXPECT_THAT(turns_, ElementsAre("down nobody answers", "up "));
}

TEST_F(Followed, AWarningIsTold) {
  centre_.warning = "this is three hours old";
  SourceSet set = make();
  auto test = [&]() -> Task<void> {
    centre_.warning.clear();
    centre_.changed.set();
    co_await turned_.wait();
  };
  follow(set, test());
  EXPECT_THAT(report_.warnings()[0].to_string(), HasSubstr("three hours old"));
  EXPECT_THAT(turns_, ElementsAre("up "));
}

TEST_F(Followed, IsReadWhenSomebodyAsksBesideItsOwnChanges) {
  SourceSet set = make();
  auto test = [&]() -> Task<void> {
    centre_.text = "a: 4";
    EXPECT_TRUE(co_await set.read_again([](const SourceStatus&) {}));
    EXPECT_FALSE(co_await set.read_again([](const SourceStatus&) {}));
    centre_.text = "a: 5";
    centre_.changed.set();
    news_.reset();
    co_await news_.wait();
  };
  follow(set, test());
}

TEST_F(Followed, ASourceThatCannotBeReadAtTheStartIsAMistake) {
  centre_.failure = "nobody answers";
  SourceSet set = make();
  EventLoop loop;
  loop.block_on(set.read(report_));
  EXPECT_EQ(report_.to_string(), "-c centre://any/a?token=***&key=shown: nobody answers\n");
}

}  // namespace
}  // namespace ngo::config
