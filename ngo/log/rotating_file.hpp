// A file of finished lines that is written behind the back of whoever writes: write() copies into memory, a
// thread of the file's own puts what has come there to disk in large pieces, at the latest after `delay`.
//
// What is guaranteed: write() never waits for a disk. No line is torn, neither by another thread's nor by a
// change of files. At the end everything is written. When the disk is slower than the lines for long, they
// are dropped and counted; what a crash of the process loses is at most the last `delay`. A file that is
// removed or renamed by somebody else (logrotate) is made anew within a second, and a disk that was full is
// tried again.
//
// At `max_size` the file becomes NAME-<local time>.EXTENSION beside it and a new one is begun; files beyond
// `max_backups` or older than `max_age` are removed.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "ngo/log/sink.hpp"

namespace ngo::log {

struct RotatingFileOptions {
  std::string path;                                 // of the file; its directory is made if it is missing
  std::uint64_t max_size = std::uint64_t{1} << 30;  // bytes; 0: never rotated
  std::uint32_t max_backups = 7;                    // 0: all are kept
  std::chrono::hours max_age{24 * 7};               // 0: for ever
  std::chrono::milliseconds delay{100};
  std::chrono::milliseconds look_again{1000};  // whether the file is still the one of that name
  std::size_t memory = std::size_t{8} << 20;   // bytes of lines that may wait for the disk
};

class RotatingFile final : public Sink {
 public:
  // Throws Error{unavailable} when the file cannot be opened or made.
  explicit RotatingFile(RotatingFileOptions options);
  ~RotatingFile() override;

  // Takes whole lines, one or several. False: the memory is full, they are dropped.
  bool write(Level level, std::string_view lines) noexcept override;
  // Returns when everything that was taken before is in the file.
  void flush();

 private:
  class File;
  void run();

  const RotatingFileOptions options_;
  std::unique_ptr<File> file_;  // the thread's
  std::mutex mutex_;            // guards what follows
  std::condition_variable changed_;
  std::string waiting_;
  std::uint64_t taken_ = 0;    // bytes, since the beginning
  std::uint64_t written_ = 0;  // of them, put to disk or given up
  bool hurry_ = false;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace ngo::log
