#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "ngo/log/sink.hpp"

namespace ngo::log {
namespace {

using testing::EndsWith;

constexpr std::chrono::milliseconds kNoPatience{0};

struct Pipe {
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    reader = ends[0];
    writer = ends[1];
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_reader();
    close_writer();
  }
  void close_reader() {
    if (reader >= 0) close(reader);
    reader = -1;
  }
  void close_writer() {
    if (writer >= 0) close(writer);
    writer = -1;
  }
  std::string read_some(std::size_t most) const {
    std::string out(most, '\0');
    const ssize_t got = read(reader, out.data(), out.size());
    out.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return out;
  }
  std::string read_all() {
    close_writer();
    std::string out;
    for (std::string some = read_some(65'536); !some.empty(); some = read_some(65'536)) out += some;
    return out;
  }
  int reader;
  int writer;
};

TEST(Console, WritesLinesToItsDescriptor) {
  Pipe pipe;
  Console console(pipe.writer);
  EXPECT_TRUE(console.write(Level::info, "one\n"));
  EXPECT_TRUE(console.write(Level::info, std::string(10'000, 'x') + "\n"));
  EXPECT_EQ(pipe.read_all(), "one\n" + std::string(10'000, 'x') + "\n");
}

TEST(Console, DropsLinesThatNobodyReadsInsteadOfBlocking) {
  Pipe pipe;
  Console console(pipe.writer, kNoPatience);
  const std::string line = std::string(999, 'x') + "\n";
  int written = 0;
  while (console.write(Level::info, line)) ++written;
  EXPECT_GT(written, 10);
  EXPECT_FALSE(console.write(Level::info, line));
  EXPECT_EQ(pipe.read_some(60'000).size(), 60'000U);
  EXPECT_TRUE(console.write(Level::info, "again\n"));
  EXPECT_THAT(pipe.read_all(), EndsWith("x\nagain\n"));
}

TEST(Console, EndsALineThatWasTornBeforeTheNext) {
  Pipe pipe;
  Console console(pipe.writer, kNoPatience);
  ASSERT_EQ(fcntl(pipe.writer, F_SETPIPE_SZ, 8'192), 8'192);
  EXPECT_FALSE(console.write(Level::info, std::string(20'000, 'x') + "\n"));
  EXPECT_EQ(pipe.read_some(8'192), std::string(8'192, 'x'));
  EXPECT_TRUE(console.write(Level::info, "next\n"));
  EXPECT_EQ(pipe.read_all(), "\nnext\n");
}

TEST(Console, SurvivesAReaderThatIsGone) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  Console console(pipe.writer);
  pipe.close_reader();
  EXPECT_FALSE(console.write(Level::info, "lost\n"));
  std::signal(SIGPIPE, before);
}

TEST(Console, SurvivesAFullDisk) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  Console console(full);
  EXPECT_FALSE(console.write(Level::info, "lost\n"));
  close(full);
}

TEST(Console, DropsLinesForASocketThatNobodyReads) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  Console console(ends[0], kNoPatience);
  const std::string line = std::string(9'999, 'x') + "\n";
  EXPECT_TRUE(console.write(Level::info, line));
  for (int i = 0; i < 10'000; ++i) {
    if (!console.write(Level::info, line)) break;
    ASSERT_LT(i, 9'999);
  }
  close(ends[1]);
  EXPECT_FALSE(console.write(Level::info, line));
  close(ends[0]);
}

TEST(Console, ThreadsNeverTearEachOthersLines) {
  Pipe pipe;
  Console console(pipe.writer, std::chrono::minutes(1));
  std::vector<std::thread> threads;
  for (char c = 'a'; c < 'd'; ++c) {
    threads.emplace_back([&console, c] {
      for (int i = 0; i < 50; ++i) console.write(Level::info, std::string(6'000, c) + "\n");
    });
  }
  std::string all;
  while (all.size() < std::size_t{3} * 50 * 6'001) all += pipe.read_some(65'536);
  for (std::thread& thread : threads) thread.join();
  for (std::size_t start = 0; start < all.size(); start += 6'001) {
    ASSERT_EQ(std::set<char>(all.begin() + static_cast<std::ptrdiff_t>(start),
                             all.begin() + static_cast<std::ptrdiff_t>(start) + 6'000)
                  .size(),
              1U);
    ASSERT_EQ(all[start + 6'000], '\n');
  }
}

}  // namespace
}  // namespace ngo::log
