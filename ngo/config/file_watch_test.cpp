// What editors, tools and Kubernetes do to files, and whether it is told.
#include "ngo/config/file_watch.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::config {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

class Watched : public testing::Test {
 protected:
  Watched() {
    std::string pattern = testing::TempDir() + "/ngo_watch_XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~Watched() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string at(const std::string& name) const { return folder_ + "/" + name; }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories(fs::path(at(name)).parent_path());
    std::ofstream(at(name)) << text;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream file(at(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // Watches, does something, and waits for it to be told. False: it never was.
  static bool tells(std::vector<std::string> paths, const std::function<void()>& act) {
    EventLoop loop;
    auto work = [&]() -> Task<bool> {
      FileWatch watch;
      watch.watch(paths);
      act();
      try {
        co_await with_timeout(std::chrono::seconds(60), watch.changed());
      } catch (const Error&) {
        co_return false;
      }
      watch.see();
      co_return watch.is_as_seen();
    };
    return loop.block_on(work());
  }

  // The same for what changes nothing that matters.
  static bool stays_silent(std::vector<std::string> paths, const std::function<void()>& act) {
    EventLoop loop;
    auto work = [&]() -> Task<bool> {
      FileWatch watch;
      watch.watch(paths);
      act();
      co_await sleep(milliseconds(1));  // the kernel's word has come
      co_return watch.is_as_seen();
    };
    return loop.block_on(work());
  }

  std::string folder_;
};

TEST_F(Watched, TellsOfAFileThatIsWrittenOver) {
  write("app.yaml", "a: 1");
  EXPECT_TRUE(tells({at("app.yaml")}, [&] { write("app.yaml", "a: 2"); }));
}

TEST_F(Watched, TellsOfAFileThatIsWrittenOverWithAsManyBytesAtOnce) {
  write("app.yaml", "a: 1");
  EXPECT_TRUE(tells({at("app.yaml")}, [&] {
    for (int i = 0; i < 9; ++i) write("app.yaml", "a: " + std::to_string(i));
  }));
}

TEST_F(Watched, TellsOfAFileThatIsMovedOverIt) {
  write("app.yaml", "a: 1");
  write("new", "a: 2");
  EXPECT_TRUE(tells({at("app.yaml")}, [&] { fs::rename(at("new"), at("app.yaml")); }));
}

TEST_F(Watched, TellsOfAnEditorThatKeepsTheOldFileUnderAnotherName) {
  write("app.yaml", "a: 1");
  EXPECT_TRUE(tells({at("app.yaml")}, [&] {
    fs::rename(at("app.yaml"), at("app.yaml~"));
    write("app.yaml", "a: 2");
  }));
}

TEST_F(Watched, TellsOfAFileThatAppearsAndOneThatGoes) {
  EXPECT_TRUE(tells({at("local.yaml")}, [&] { write("local.yaml", "a: 2"); }));
  EXPECT_TRUE(tells({at("local.yaml")}, [&] { fs::remove(at("local.yaml")); }));
}

TEST_F(Watched, TellsOfAFileInAFolderThatIsNotThereYet) {
  EXPECT_TRUE(tells({at("a/b/app.yaml")}, [&] { write("a/b/app.yaml", "a: 1"); }));
}

TEST_F(Watched, TellsOfAFolderThatIsReplaced) {
  write("conf/app.yaml", "a: 1");
  write("conf.new/app.yaml", "a: 2");
  EXPECT_TRUE(tells({at("conf/app.yaml")}, [&] {
    fs::rename(at("conf"), at("conf.old"));
    fs::rename(at("conf.new"), at("conf"));
  }));
}

TEST_F(Watched, TellsOfWhatAPatternFinds) {
  write("conf.d/one.yaml", "a: 1");
  EXPECT_TRUE(tells({at("conf.d/*.yaml")}, [&] { write("conf.d/two.yaml", "a: 2"); }));
  EXPECT_TRUE(tells({at("conf.d/*.yaml")}, [&] { write("conf.d/two.yaml", "a: 3"); }));
  EXPECT_TRUE(tells({at("conf.d/*.yaml")}, [&] { fs::remove(at("conf.d/one.yaml")); }));
}

TEST_F(Watched, TellsOfTheLinkThatKubernetesSwaps) {
  write("..1/app.yaml", "a: 1");
  write("..2/app.yaml", "a: 2");
  fs::create_symlink("..1", at("..data"));
  fs::create_symlink("..data/app.yaml", at("app.yaml"));
  const auto swap = [&](const char* to) {
    fs::create_symlink(to, at("..data_tmp"));
    fs::rename(at("..data_tmp"), at("..data"));
  };
  EXPECT_TRUE(tells({at("app.yaml")}, [&] { swap("..2"); }));
  EXPECT_TRUE(tells({folder_}, [&] { swap("..1"); }));
}

TEST_F(Watched, TellsOfALinkToAnotherFolder) {
  write("one/app.yaml", "a: 1");
  write("two/app.yaml", "a: 2");
  fs::create_directory_symlink(at("one"), at("now"));
  EXPECT_TRUE(tells({at("now/app.yaml")}, [&] { write("one/app.yaml", "a: 3"); }));
  EXPECT_TRUE(tells({at("now/app.yaml")}, [&] {
    fs::create_directory_symlink(at("two"), at("next"));
    fs::rename(at("next"), at("now"));
  }));
}

TEST_F(Watched, IsSilentAboutOtherFilesBesideIt) {
  write("app.yaml", "a: 1");
  EXPECT_TRUE(stays_silent({at("app.yaml")}, [&] { write("other.log", "line"); }));
  EXPECT_TRUE(stays_silent({at("conf.d/*.yaml"), at("app.yaml")}, [&] { write("other.yaml", "a: 2"); }));
}

TEST_F(Watched, WaitsForAFileThatIsBeingWritten) {
  write("app.yaml", "a: 1");
  EventLoop loop;
  std::string found;
  auto work = [&]() -> Task<void> {
    FileWatch watch;
    watch.watch({at("app.yaml")});
    const int file = open(at("app.yaml").c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
    EXPECT_EQ(::write(file, "a: ", 3), 3);
    auto finish = [file]() -> Task<void> {
      co_await sleep(FileWatch::kQuiet * 5);
      EXPECT_EQ(::write(file, "2", 1), 1);
      close(file);
    };
    auto wait = [&]() -> Task<void> {
      co_await watch.changed();
      found = read("app.yaml");
    };
    co_await when_all(wait(), finish());
  };
  loop.block_on(work());
  EXPECT_EQ(found, "a: 2");
}

TEST_F(Watched, TakesAFileAsItIsWhenItsWriterNeverClosesIt) {
  write("app.yaml", "a: 1");
  int file = -1;
  EXPECT_TRUE(tells({at("app.yaml")}, [&] {
    file = open(at("app.yaml").c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
    EXPECT_EQ(::write(file, "a: 2", 4), 4);
  }));
  close(file);
}

TEST_F(Watched, WhatIsAddedCountsAsSeenAndWhatStaysDoesNot) {
  write("one", "1");
  write("two", "2");
  EventLoop loop;
  auto work = [&]() -> Task<void> {
    FileWatch watch;
    EXPECT_TRUE(watch.watch({at("one")}));
    EXPECT_TRUE(watch.watch({at("one"), at("two")}));
    EXPECT_TRUE(watch.is_as_seen());
    EXPECT_FALSE(watch.watch({at("one"), at("two")}));
    write("one", "new");
    EXPECT_FALSE(watch.watch({at("one")}));
    EXPECT_FALSE(watch.is_as_seen());
    co_return;
  };
  loop.block_on(work());
}

TEST_F(Watched, EndsWhenItIsCancelled) {
  EventLoop loop;
  auto work = [&]() -> Task<void> {
    FileWatch watch;
    watch.watch({at("app.yaml")});
    auto soon = []() -> Task<void> { co_await sleep(milliseconds(1)); };
    co_await when_any(watch.changed(), soon());
  };
  loop.block_on(work());
}

}  // namespace
}  // namespace ngo::config
