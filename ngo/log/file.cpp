#include "ngo/log/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <string_view>
#include <system_error>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/log/log.hpp"
#include "ngo/log/registry_impl.hpp"
#include "ngo/log/rotated_files_impl.hpp"
#include "ngo/log/writer.hpp"

namespace ngo::log {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kGather = 64 * 1024;
constexpr std::chrono::seconds kLookAgain{1};

class File final : public Sink {
 public:
  explicit File(FileOptions options) : options_(std::move(options)), housekeeper_(options_) {
    if (const std::string why = open(); !why.empty()) throw Error(Code::unavailable, why);
    gathered_.reserve(kGather);
    housekeeper_.poke();
  }
  ~File() override {
    put_gathered();
    if (file_ >= 0) close(file_);
  }

  bool write(Level /*level*/, std::string_view line) noexcept override {
    const std::lock_guard lock(mutex_);
    if (gathered_.size() + line.size() > kGather) put_gathered();
    const std::uint64_t after = size_ + gathered_.size() + line.size();
    if (after > options_.max_size.bytes() && size_ + gathered_.size() > 0) {
      put_gathered();
      rotate();
    }
    gathered_ += line;
    return true;
  }

  void flush() noexcept override {
    Happened happened;
    std::uint64_t lost = 0;
    {
      const std::lock_guard lock(mutex_);
      look_after_place();
      put_gathered();
      happened = std::exchange(happened_, Happened::nothing);
      if (happened == Happened::written_again) lost = std::exchange(lost_, 0);
    }
    // Without the lock: the line may come back to this very file.
    if (happened == Happened::opened_anew) {
      get("log").warn("the log file was moved or removed by somebody else; it has been opened anew",
                      {{"file", options_.path}});
    } else if (happened == Happened::written_again) {
      get("log").warn("the log file can be written to again",
                      {{"file", options_.path}, {"lines_lost", lost}});
    }
  }

 private:
  enum class Happened { nothing, opened_anew, written_again };

  // What is wrong, or nothing.
  std::string open() {
    std::error_code failed;
    const std::filesystem::path folder = std::filesystem::path(options_.path).parent_path();
    if (!folder.empty()) std::filesystem::create_directories(folder, failed);
    if (failed)
      return "cannot make the directory " + in_quotes(folder.string()) + " for logs: " + failed.message();
    const int file = ::open(options_.path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0) return "cannot open the log file " + in_quotes(options_.path) + ": " + std::strerror(errno);
    if (file_ >= 0) close(file_);
    file_ = file;
    struct stat status{};
    fstat(file_, &status);
    size_ = static_cast<std::uint64_t>(status.st_size);
    device_ = status.st_dev;
    inode_ = status.st_ino;
    return {};
  }

  void rotate() noexcept {
    try {
      std::string name = rotated_name(options_.path, std::chrono::system_clock::now());
      // Two in one millisecond must not become one.
      while (access(name.c_str(), F_OK) == 0) {
        usleep(1000);
        name = rotated_name(options_.path, std::chrono::system_clock::now());
      }
      if (::rename(options_.path.c_str(), name.c_str()) != 0 && errno != ENOENT) {
        say("cannot rename it: " + std::string(std::strerror(errno)) + "; it goes on growing");
        // Not again for every line.
        size_ = 0;
        return;
      }
      if (const std::string why = open(); !why.empty()) say(why);
      housekeeper_.poke();
    } catch (const std::exception& failure) {
      say(failure.what());
    }
  }

  // Whether the file still is where its name says.
  void look_after_place() noexcept {
    const auto now = steady_clock::now();
    if (now - looked_ < kLookAgain) return;
    looked_ = now;
    struct stat status{};
    const bool there = stat(options_.path.c_str(), &status) == 0;
    if (there && status.st_ino == inode_ && status.st_dev == device_) {
      size_ = static_cast<std::uint64_t>(status.st_size);  // somebody may have emptied it
      return;
    }
    try {
      if (const std::string why = open(); !why.empty()) return say(why);
      happened_ = Happened::opened_anew;
    } catch (const std::exception& failure) {
      say(failure.what());
    }
  }

  void put_gathered() noexcept {
    std::string_view rest = gathered_;
    if (torn_ && !rest.empty() && ::write(file_, "\n", 1) == 1) torn_ = false;
    int error = torn_ ? ENOSPC : 0;
    while (!rest.empty() && error == 0) {
      const ssize_t written = ::write(file_, rest.data(), rest.size());
      if (written > 0) {
        size_ += static_cast<std::uint64_t>(written);
        rest.remove_prefix(static_cast<std::size_t>(written));
      } else if (errno != EINTR) {
        error = written < 0 ? errno : ENOSPC;
        torn_ = rest.size() != gathered_.size() && gathered_[gathered_.size() - rest.size() - 1] != '\n';
      }
    }
    if (!rest.empty()) {
      lost_ += static_cast<std::uint64_t>(std::count(rest.begin(), rest.end(), '\n'));
      // A line of which all but the end is there gets its end before the next one.
      if (rest.front() == '\n' && rest.size() != gathered_.size()) --lost_;
      if (!failing_)
        say(std::string("cannot be written to: ") + std::strerror(error) + "; lines are lost meanwhile");
      failing_ = true;
    } else if (failing_ && !gathered_.empty()) {
      failing_ = false;
      happened_ = Happened::written_again;
    }
    gathered_.clear();
  }

  // On standard error, as the log itself is what does not work.
  void say(const std::string& what) const noexcept {
    std::fprintf(stderr, "ngo: the log file %s: %s\n", options_.path.c_str(), what.c_str());
  }

  const FileOptions options_;
  Housekeeper housekeeper_;
  std::mutex mutex_;
  std::string gathered_;
  int file_ = -1;
  std::uint64_t size_ = 0;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  steady_clock::time_point looked_{};
  std::uint64_t lost_ = 0;
  bool torn_ = false;     // the last line in the file has no end
  bool failing_ = false;  // said so
  Happened happened_ = Happened::nothing;
};

}  // namespace

std::shared_ptr<Sink> open_file(FileOptions options) {
  return queued(std::make_shared<File>(std::move(options)));
}

}  // namespace ngo::log
