#include "ngo/log/rotating_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "ngo/base/error.hpp"

namespace ngo::log {
namespace {

namespace fs = std::filesystem;

class RotatingFileTest : public testing::Test {
 protected:
  RotatingFileTest() {
    std::string pattern = (fs::temp_directory_path() / "ngo-rotating-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    options_.path = (folder_ / "access.log").string();
  }
  ~RotatingFileTest() override { fs::remove_all(folder_); }

  static std::string content(const fs::path& path) {
    std::ostringstream out;
    out << std::ifstream(path).rdbuf();
    return out.str();
  }
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  fs::path folder_;
  RotatingFileOptions options_;
};

TEST_F(RotatingFileTest, HasEverythingAfterAFlushAndAtTheEnd) {
  {
    RotatingFile file(options_);
    EXPECT_TRUE(file.write(Level::info, "one\ntwo\n"));
    file.flush();
    EXPECT_EQ(content(options_.path), "one\ntwo\n");
    EXPECT_TRUE(file.write(Level::info, "three\n"));
  }
  EXPECT_EQ(content(options_.path), "one\ntwo\nthree\n");
  RotatingFile again(options_);
  EXPECT_TRUE(again.write(Level::info, "four\n"));
  again.flush();
  EXPECT_EQ(content(options_.path), "one\ntwo\nthree\nfour\n");
}

TEST_F(RotatingFileTest, LosesAndTearsNothingWhileThreadsWriteAndFilesChange) {
  constexpr int kThreads = 4;
  constexpr int kLines = 20'000;
  options_.max_size = 100'000;
  options_.max_backups = 0;
  {
    RotatingFile file(options_);
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&file, thread] {
        for (int i = 0; i < kLines; ++i) {
          const std::string line = std::to_string(thread) + " " + std::to_string(i) + " end\n";
          while (!file.write(Level::info, line)) std::this_thread::yield();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  std::vector<std::string> names = files();
  ASSERT_GT(names.size(), 3U);
  // The present file sorts behind the stamps of the old ones.
  std::map<int, int> next;
  for (const std::string& name : names) {
    EXPECT_LE(fs::file_size(folder_ / name), 100'000U) << name;
    std::ifstream in(folder_ / name);
    int thread = 0;
    int number = 0;
    std::string end;
    while (in >> thread >> number >> end) {
      ASSERT_EQ(end, "end");
      ASSERT_EQ(number, next[thread]++) << "of thread " << thread << " in " << name;
    }
  }
  for (int thread = 0; thread < kThreads; ++thread) EXPECT_EQ(next[thread], kLines);
}

TEST_F(RotatingFileTest, KeepsAsManyOldFilesAsItIsTold) {
  options_.max_size = 10;
  options_.max_backups = 2;
  std::ofstream(folder_ / "access-notes.log") << "not of ours";
  RotatingFile file(options_);
  for (int i = 0; i < 8; ++i) {
    EXPECT_TRUE(file.write(Level::info, "0123456789a\n"));
    file.flush();
  }
  EXPECT_EQ(files().size(), 4U);
  EXPECT_THAT(files(), testing::Contains("access-notes.log"));
}

TEST_F(RotatingFileTest, RemovesFilesThatAreTooOld) {
  const fs::path old = folder_ / "access-2001-01-01T00-00-00.000.log";
  const fs::path young = folder_ / "access-2001-01-02T00-00-00.000.log";
  std::ofstream(old) << "x";
  std::ofstream(young) << "x";
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(25));
  options_.max_age = std::chrono::hours(24);
  RotatingFile file(options_);
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(young));
}

TEST_F(RotatingFileTest, MakesAFileAnewThatSomebodyTookAway) {
  options_.look_again = std::chrono::milliseconds(0);
  options_.path = (folder_ / "deep" / "access.log").string();
  RotatingFile file(options_);
  EXPECT_TRUE(file.write(Level::info, "one\n"));
  file.flush();
  fs::rename(options_.path, folder_ / "moved");
  EXPECT_TRUE(file.write(Level::info, "two\n"));
  file.flush();
  EXPECT_EQ(content(folder_ / "moved"), "one\n");
  EXPECT_EQ(content(options_.path), "two\n");
  fs::remove_all(folder_ / "deep");
  EXPECT_TRUE(file.write(Level::info, "three\n"));
  file.flush();
  EXPECT_EQ(content(options_.path), "three\n");
}

TEST_F(RotatingFileTest, DropsWhatFindsNoMemory) {
  options_.memory = 10;
  RotatingFile file(options_);
  EXPECT_FALSE(file.write(Level::info, "more than ten bytes\n"));
  EXPECT_TRUE(file.write(Level::info, "less\n"));
}

TEST_F(RotatingFileTest, SaysWhyItCannotBeOpened) {
  options_.path = "/proc/none/access.log";
  try {
    RotatingFile file(options_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::unavailable);
    EXPECT_THAT(error.message(), testing::HasSubstr("cannot open the log file /proc/none/access.log: "));
  }
}

}  // namespace
}  // namespace ngo::log
