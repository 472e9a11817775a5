#include "ngo/log/file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <zlib.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/log/log.hpp"
#include "ngo/log/rotated_files_impl.hpp"
#include "ngo/log/writer.hpp"

namespace ngo::log {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;
namespace fs = std::filesystem;

class LogFile : public testing::Test {
 protected:
  LogFile() {
    std::string folder = testing::TempDir() + "/ngo_log_file_XXXXXX";
    folder_ = mkdtemp(folder.data());
  }
  ~LogFile() override {
    stop_writer();
    fs::remove_all(folder_);
  }

  FileOptions options() const {
    FileOptions options;
    options.path = (folder_ / "logs" / "shop.log").string();
    return options;
  }
  std::string read(const fs::path& path) const {
    if (path.extension() == ".gz") {
      std::string text;
      const gzFile file = gzopen(path.c_str(), "rb");
      char piece[65536];
      for (int got; (got = gzread(file, piece, sizeof piece)) > 0;)
        text.append(piece, static_cast<std::size_t>(got));
      gzclose(file);
      return text;
    }
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::vector<fs::path> files() const {
    std::vector<fs::path> out;
    for (const auto& entry : fs::directory_iterator(folder_ / "logs")) out.push_back(entry.path());
    std::sort(out.begin(), out.end());
    return out;
  }

  fs::path folder_;
};

TEST_F(LogFile, IsMadeWithItsDirectoryAndAppendedTo) {
  open_file(options())->write(Level::info, "one\n");
  open_file(options())->write(Level::info, "two\n");
  EXPECT_EQ(read(options().path), "one\ntwo\n");
}

TEST_F(LogFile, ThatCannotBeMadeIsAnError) {
  std::ofstream(folder_ / "logs") << "no directory";
  try {
    static_cast<void>(open_file(options()));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("cannot"));
    EXPECT_THAT(error.what(), HasSubstr("logs"));
  }
}

TEST_F(LogFile, LosesAndTearsNothingWhenManyThreadsWriteWhileItIsRotated) {
  constexpr int kThreads = 4;
  constexpr int kLines = 250'000;
  start_writer();
  FileOptions small = options();
  small.max_size = ByteSize::mib(2);
  small.max_backups = 0;
  small.compress = true;
  {
    const std::shared_ptr<Sink> file = open_file(small);
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&file, thread] {
        for (int i = 0; i < kLines; ++i) {
          const std::string line = std::to_string(thread) + " " + std::to_string(i) + "\n";
          while (!file->write(Level::info, line)) std::this_thread::yield();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  stop_writer();
  EXPECT_GE(files().size(), 4U);
  // In the order of the files, each thread's lines must count up without a gap.
  std::vector<fs::path> all = files();
  std::rotate(std::find(all.begin(), all.end(), fs::path(small.path)),
              std::find(all.begin(), all.end(), fs::path(small.path)) + 1, all.end());
  std::map<int, int> next;
  for (const fs::path& path : all) {
    const std::string text = read(path);
    ASSERT_TRUE(text.ends_with('\n')) << path;
    std::size_t at = 0;
    while (at < text.size()) {
      const std::size_t end = text.find('\n', at);
      int thread = -1;
      int number = -1;
      ASSERT_EQ(std::sscanf(text.substr(at, end - at).c_str(), "%d %d", &thread, &number), 2);
      ASSERT_EQ(number, next[thread]++) << path;
      at = end + 1;
    }
  }
  for (int thread = 0; thread < kThreads; ++thread) EXPECT_EQ(next[thread], kLines);
}

TEST_F(LogFile, KeepsSoManyRotatedOnesAndCompressesThem) {
  FileOptions few = options();
  few.max_backups = 2;
  few.compress = true;
  fs::create_directories(folder_ / "logs");
  const SystemTime now = std::chrono::system_clock::now();
  for (int i = 1; i <= 4; ++i)
    std::ofstream(rotated_name(few.path, now - std::chrono::hours(i))) << i << "\n";
  std::ofstream(folder_ / "logs" / "shop-of-another.log") << "left alone\n";
  Housekeeper(few).clean_up(now);
  const std::vector<fs::path> left = files();
  ASSERT_EQ(left.size(), 3U);
  EXPECT_EQ(read(left[0]), "2\n");
  EXPECT_EQ(left[0].extension(), ".gz");
  EXPECT_EQ(read(left[1]), "1\n");
  EXPECT_EQ(left[2].filename(), "shop-of-another.log");
}

TEST_F(LogFile, DeletesRotatedOnesThatAreTooOld) {
  fs::create_directories(folder_ / "logs");
  const SystemTime now = std::chrono::system_clock::now();
  std::ofstream(rotated_name(options().path, now - std::chrono::hours(24 * 8))) << "old\n";
  std::ofstream(rotated_name(options().path, now - std::chrono::hours(24 * 6))) << "young\n";
  Housekeeper(options()).clean_up(now);
  ASSERT_EQ(files().size(), 1U);
  EXPECT_EQ(read(files()[0]), "young\n");
}

// The file looks after its name once a second; the virtual clock does not reach so far down.
void write_until(Sink& sink, const fs::path& path, const std::string& wanted) {
  for (int i = 0; i < 400; ++i) {
    sink.write(Level::info, "again\n");
    std::ifstream file(path);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (text.find(wanted) != std::string::npos) return;
    std::this_thread::sleep_for(10ms);
  }
  FAIL() << path << " never had " << wanted;
}

TEST_F(LogFile, IsOpenedAnewWhenSomebodyMovesOrRemovesIt) {
  const std::shared_ptr<Sink> file = open_file(options());
  file->write(Level::info, "first\n");
  fs::rename(options().path, folder_ / "logs" / "taken.log");
  write_until(*file, options().path, "again");
  EXPECT_THAT(read(folder_ / "logs" / "taken.log"), HasSubstr("first"));
  fs::remove_all(folder_ / "logs");
  write_until(*file, options().path, "again");
}

TEST_F(LogFile, GoesOnWhenTheDiskHadBeenFull) {
  // /dev/full refuses every byte as a full disk does.
  FileOptions full = options();
  fs::create_directories(folder_ / "logs");
  fs::create_symlink("/dev/full", full.path);
  const std::shared_ptr<Sink> file = open_file(full);
  testing::internal::CaptureStderr();
  file->write(Level::info, "lost\n");
  file->write(Level::info, "lost\n");
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("No space left on device; lines are lost meanwhile"));
  Capture captured;
  fs::remove(full.path);
  write_until(*file, full.path, "again");
  EXPECT_THAT(captured.text(), HasSubstr("can be written to again"));
}

TEST_F(LogFile, DoesNotCountALineThatLacksOnlyItsEndAsLost) {
  const std::shared_ptr<Sink> file = open_file(options());
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit tight{.rlim_cur = 9, .rlim_max = before.rlim_max};
  testing::internal::CaptureStderr();
  setrlimit(RLIMIT_FSIZE, &tight);
  file->write(Level::info, "whole\n");
  file->write(Level::info, "cut\n");
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  // The file of the capture could not grow either, so what was said is not looked at.
  testing::internal::GetCapturedStderr();
  Capture captured;
  write_until(*file, options().path, "again");
  EXPECT_THAT(read(options().path), StartsWith("whole\ncut\nagain"));
  EXPECT_THAT(captured.text(), HasSubstr("lines_lost\":0"));
}

}  // namespace
}  // namespace ngo::log
