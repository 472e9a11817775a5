#include "ngo/http/file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>

#include "ngo/base/error.hpp"
#include "ngo/http/file_body_impl.hpp"
#include "ngo/http/file_cache_impl.hpp"
#include "ngo/http/static_files.hpp"

namespace ngo::http {
namespace {

TEST(ContentDisposition, QuotesPlainNames) {
  EXPECT_EQ(content_disposition("attachment", "report 7.pdf"), "attachment; filename=\"report 7.pdf\"");
  EXPECT_EQ(content_disposition("inline", ""), "inline; filename=\"\"");
}

TEST(ContentDisposition, GivesOtherNamesTwice) {
  EXPECT_EQ(content_disposition("attachment", "\xc3\xa4 \xe2\x82\xac.txt"),
            "attachment; filename=\"_ _.txt\"; filename*=UTF-8''%C3%A4%20%E2%82%AC.txt");
  EXPECT_EQ(content_disposition("attachment", "a\"b%.txt"),
            "attachment; filename=\"a_b_.txt\"; filename*=UTF-8''a%22b%25.txt");
}

TEST(ContentDisposition, LetsNoPathNorLineThrough) {
  EXPECT_EQ(content_disposition("attachment", "../a\\b\r\nX: 1"), "attachment; filename=\".._a_b__X: 1\"");
  EXPECT_EQ(content_disposition("attachment", std::string_view("\xff"
                                                               "a\0",
                                                               3)),
            "attachment; filename=\"_a_\"");
}

TEST(File, WantsEntityTagsInQuotes) {
  EXPECT_THROW(File("a").etag("abc"), Error);
  EXPECT_NO_THROW(File("a").etag("W/\"abc\""));
}

// A folder with a file, a secret beside it, and links.
class OpenFile : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/ngo-files-XXXXXX";
    outside_ = mkdtemp(pattern);
    root_ = outside_ + "/root";
    mkdir(root_.c_str(), 0755);
    mkdir((root_ + "/folder").c_str(), 0755);
    std::ofstream(root_ + "/a.txt") << "content";
    std::ofstream(outside_ + "/secret") << "secret";
    EXPECT_EQ(symlink("../secret", (root_ + "/up").c_str()), 0);
    EXPECT_EQ(symlink((outside_ + "/secret").c_str(), (root_ + "/absolute").c_str()), 0);
    EXPECT_EQ(symlink("a.txt", (root_ + "/inside").c_str()), 0);
    EXPECT_EQ(symlink("loop", (root_ + "/loop").c_str()), 0);
    EXPECT_EQ(mkfifo((root_ + "/pipe").c_str(), 0644), 0);
  }
  void TearDown() override {
    for (const char* name : {"/root/a.txt", "/root/up", "/root/absolute", "/root/inside", "/root/loop",
                             "/root/pipe", "/secret"}) {
      unlink((outside_ + name).c_str());
    }
    rmdir((root_ + "/folder").c_str());
    rmdir(root_.c_str());
    rmdir(outside_.c_str());
  }
  Opened open(const std::string& name) { return open_blocking(FilePlace{root_, name}); }

  std::string outside_;
  std::string root_;
};

TEST_F(OpenFile, KnowsSizeTimeAndTag) {
  Opened opened = open("a.txt");
  ASSERT_TRUE(opened.file);
  EXPECT_EQ(opened.file->size, 7U);
  EXPECT_EQ(opened.file->last_modified.size(), kHttpDateSize);
  EXPECT_EQ(std::count(opened.file->etag.begin(), opened.file->etag.end(), '-'), 2);
  EXPECT_EQ(open("a.txt").file->etag, opened.file->etag);
}

TEST_F(OpenFile, FollowsLinksOnlyInside) {
  EXPECT_TRUE(open("inside").file);
  for (const char* name : {"up", "absolute", "loop", "../secret", "folder/../../secret", "/etc/passwd"}) {
    Opened opened = open(name);
    EXPECT_FALSE(opened.file) << name;
    EXPECT_NE(opened.error, 0) << name;
  }
}

TEST_F(OpenFile, FollowsNoLinkWhereTheKernelCannotKeepItInside) {
  EXPECT_TRUE(open_by_steps(FilePlace{root_, "a.txt"}).file);
  EXPECT_TRUE(open_by_steps(FilePlace{root_, "folder"}).directory);
  EXPECT_TRUE(open_by_steps(FilePlace{"", root_ + "/a.txt"}).file);
  for (const char* name : {"up", "absolute", "inside", "loop", "../secret", "folder/../../secret",
                           "/etc/passwd", "..", "folder/../a.txt", "a.txt/x", "none"}) {
    Opened opened = open_by_steps(FilePlace{root_, name});
    EXPECT_FALSE(opened.file) << name;
    EXPECT_NE(opened.error, 0) << name;
  }
}

TEST_F(OpenFile, TakesOnlyRegularFiles) {
  EXPECT_TRUE(open("folder").directory);
  EXPECT_EQ(open("pipe").error, ENOENT);
  EXPECT_EQ(open("none").error, ENOENT);
  EXPECT_EQ(open("a.txt/b").error, ENOTDIR);
  EXPECT_EQ(open(std::string("a.txt\0.html", 11)).error, ENOENT);
  EXPECT_TRUE(open_blocking(FilePlace{"", "/dev/null"}).error == ENOENT);
}

TEST_F(OpenFile, OpensFromMemoryWhatWasOpenedBefore) {
  FilePlace place{root_, "a.txt"};
  ASSERT_TRUE(open_blocking(place).file);
  Opened opened = open_cached(place);
  EXPECT_TRUE(opened.file || opened.error == EAGAIN);
}

TEST_F(OpenFile, SaysWhatCannotBeServedAsADirectory) {
  EXPECT_EQ(static_files_problem(root_, {}), "");
  EXPECT_NE(static_files_problem(root_ + "/none", {}).find("No such file"), std::string::npos);
  EXPECT_NE(static_files_problem(root_ + "/a.txt", {}).find("no directory"), std::string::npos);
}

TEST(FileCache, ForgetsWhatIsNoLongerValidOrUsed) {
  FileCache cache(std::chrono::seconds(1), 2);
  Opened missing;
  missing.error = ENOENT;
  TimePoint now{};
  cache.remember("a", missing, now);
  cache.remember("b", missing, now);
  ASSERT_TRUE(cache.find("a", now));
  EXPECT_EQ(cache.find("a", now)->error, ENOENT);
  cache.remember("c", missing, now);
  EXPECT_FALSE(cache.find("b", now));  // used least recently
  EXPECT_TRUE(cache.find("a", now));
  EXPECT_FALSE(cache.find("a", now + std::chrono::seconds(1)));
  EXPECT_FALSE(cache.find("a", now));
}

TEST(FileCache, KeepsNothingWithoutValidity) {
  FileCache cache(Duration::zero(), 2);
  cache.remember("a", Opened(), TimePoint{});
  EXPECT_FALSE(cache.find("a", TimePoint{}));
}

}  // namespace
}  // namespace ngo::http
