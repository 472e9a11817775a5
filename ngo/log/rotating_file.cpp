#include "ngo/log/rotating_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <utility>
#include <vector>

#include "ngo/base/civil_time.hpp"
#include "ngo/base/error.hpp"
#include "ngo/log/log.hpp"

namespace ngo::log {
namespace {

constexpr std::size_t kEnough = 128 * 1024;  // so many bytes do not wait for more

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

void make_directories(const std::string& path) {
  for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1))
    mkdir(path.substr(0, at).c_str(), 0755);
  mkdir(path.c_str(), 0755);
}

// "-2026-11-23T06-22-50.123", which sorts by time.
std::string stamp(SystemTime time) {
  const CivilTime civil = to_civil(time, local_offset(time));
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "-%04d-%02d-%02dT%02d-%02d-%02d.%03d", civil.year, civil.month,
                civil.day, civil.hour, civil.minute, civil.second, civil.millisecond);
  return text.data();
}
constexpr std::size_t kStampSize = 24;

}  // namespace

// The file itself; only the writing thread uses it once it is made.
class RotatingFile::File {
 public:
  explicit File(const RotatingFileOptions& options)
      : options_(options), directory_(directory_of(options.path)) {
    const std::size_t name = options.path.rfind('/') == std::string::npos ? 0 : options.path.rfind('/') + 1;
    const std::size_t dot = options.path.rfind('.');
    const std::size_t end = dot == std::string::npos || dot <= name ? options.path.size() : dot;
    stem_ = options.path.substr(name, end - name);
    extension_ = options.path.substr(end);
    open();
    if (descriptor_ < 0) {
      throw Error(Code::unavailable,
                  "cannot open the log file " + options.path + ": " + std::strerror(errno));
    }
    remove_old();
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { close(); }

  void write(std::string_view lines) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= look_again_) {
      look_again_ = now + options_.look_again;
      follow();
    }
    while (!lines.empty()) {
      std::size_t size = fitting(lines);
      if (size == 0) {
        rotate();
        size = std::max(fitting(lines), first_line(lines));
      }
      put(lines.substr(0, size));
      lines.remove_prefix(size);
    }
  }

 private:
  // The bytes of the lines that the file has room for.
  [[nodiscard]] std::size_t fitting(std::string_view lines) const noexcept {
    if (options_.max_size == 0) return lines.size();
    const std::uint64_t left = options_.max_size - std::min(size_, options_.max_size);
    if (lines.size() <= left) return lines.size();
    return left == 0 ? 0 : lines.rfind('\n', left - 1) + 1;
  }
  [[nodiscard]] static std::size_t first_line(std::string_view lines) noexcept {
    return std::min(lines.find('\n'), lines.size() - 1) + 1;
  }

  void open() {
    make_directories(directory_);
    descriptor_ = ::open(options_.path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    struct stat status{};
    if (descriptor_ < 0 || fstat(descriptor_, &status) != 0) return;
    size_ = static_cast<std::uint64_t>(status.st_size);
    inode_ = status.st_ino;
    device_ = status.st_dev;
  }

  void close() noexcept {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

  // Whether somebody has taken the file away; then it is made anew.
  void follow() {
    struct stat status{};
    const bool there = stat(options_.path.c_str(), &status) == 0;
    if (descriptor_ >= 0 && there && status.st_ino == inode_ && status.st_dev == device_) return;
    close();
    open();
  }

  void put(std::string_view piece) {
    while (descriptor_ >= 0 && !piece.empty()) {
      const ssize_t written = ::write(descriptor_, piece.data(), piece.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) break;
      piece.remove_prefix(static_cast<std::size_t>(written));
      size_ += static_cast<std::uint64_t>(written);
    }
    if (!piece.empty()) {
      if (lost_ == 0) {
        log::error("cannot write to the log file {}: {}; its lines are dropped until it can be",
                   options_.path, std::strerror(errno));
      }
      lost_ += static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), '\n'));
    } else if (lost_ != 0) {
      log::warn("the log file {} can be written again; {} lines were dropped", options_.path, lost_);
      lost_ = 0;
    }
  }

  void rotate() {
    close();
    std::string kept;
    SystemTime time = std::chrono::system_clock::now();
    do {  // never onto one that is there
      kept = directory_ + "/" + stem_ + stamp(time) + extension_;
      time += std::chrono::milliseconds(1);
    } while (access(kept.c_str(), F_OK) == 0);
    if (::rename(options_.path.c_str(), kept.c_str()) != 0 && errno != ENOENT) {
      log::error("cannot rename the log file {} to {}: {}; it is written on", options_.path, kept,
                 std::strerror(errno));
      open();
      size_ = 0;  // tried again after as many bytes
      return;
    }
    open();
    remove_old();
  }

  [[nodiscard]] bool is_backup(std::string_view name) const noexcept {
    return name.size() == stem_.size() + kStampSize + extension_.size() &&
           name.substr(0, stem_.size()) == stem_ && name[stem_.size()] == '-' &&
           name.substr(stem_.size() + kStampSize) == extension_;
  }

  void remove_old() {
    if (options_.max_backups == 0 && options_.max_age == std::chrono::hours(0)) return;
    std::vector<std::string> names;
    DIR* const directory = opendir(directory_.c_str());
    if (directory == nullptr) return;
    while (const dirent* entry = readdir(directory)) {
      if (is_backup(entry->d_name)) names.emplace_back(entry->d_name);
    }
    closedir(directory);
    std::sort(names.rbegin(), names.rend());  // the newest first
    const std::time_t oldest =
        std::time(nullptr) - std::chrono::duration_cast<std::chrono::seconds>(options_.max_age).count();
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string path = directory_ + "/" + names[i];
      struct stat status{};
      const bool too_many = options_.max_backups != 0 && i >= options_.max_backups;
      const bool too_old = options_.max_age != std::chrono::hours(0) && stat(path.c_str(), &status) == 0 &&
                           status.st_mtime < oldest;
      if (too_many || too_old) unlink(path.c_str());
    }
  }

  const RotatingFileOptions& options_;
  std::string directory_;
  std::string stem_;
  std::string extension_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  ino_t inode_ = 0;
  dev_t device_ = 0;
  std::uint64_t lost_ = 0;
  std::chrono::steady_clock::time_point look_again_{};
};

RotatingFile::RotatingFile(RotatingFileOptions options)
    : options_(std::move(options)), file_(std::make_unique<File>(options_)), thread_([this] { run(); }) {}

RotatingFile::~RotatingFile() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool RotatingFile::write(Level /*level*/, std::string_view lines) noexcept {
  bool wake = false;
  try {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() + lines.size() > options_.memory) return false;
    // The first line begins the delay, enough lines end it.
    wake = waiting_.empty() || (waiting_.size() < kEnough && waiting_.size() + lines.size() >= kEnough);
    waiting_ += lines;
    taken_ += lines.size();
  } catch (...) {
    return false;  // out of memory
  }
  if (wake) changed_.notify_all();
  return true;
}

void RotatingFile::flush() {
  std::unique_lock lock(mutex_);
  const std::uint64_t wanted = taken_;
  hurry_ = true;
  changed_.notify_all();
  changed_.wait(lock, [&] { return written_ >= wanted; });
}

void RotatingFile::run() {
  std::string writing;
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return !waiting_.empty() || ending_ || hurry_; });
    changed_.wait_for(lock, options_.delay, [&] { return waiting_.size() >= kEnough || ending_ || hurry_; });
    hurry_ = false;
    std::swap(writing, waiting_);
    const std::uint64_t taken = taken_;
    const bool last = ending_;
    lock.unlock();
    if (!writing.empty()) file_->write(writing);
    writing.clear();
    if (writing.capacity() > 4 * kEnough) std::string().swap(writing);  // a burst is over
    lock.lock();
    written_ = taken;
    changed_.notify_all();
    if (last && waiting_.empty()) return;
  }
}

}  // namespace ngo::log
