// Log files that are rotated by size, kept for a time, and found again whatever happens to them.
//
// NAME.log is written to; when it would grow past its limit it becomes NAME-2026-11-23T07-05-00.123.log
// (local time) and a new one is begun. Old ones are compressed and deleted by a thread of their own. When the
// file or its directory is moved or removed by somebody else (logrotate, an operator) it is opened anew
// within a second; when it cannot be written to (the disk is full) lines are lost until it can, and counted.
// Each of these is logged once it can be, and said on standard error when it happens.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "ngo/base/byte_size.hpp"
#include "ngo/log/sink.hpp"

namespace ngo::log {

struct FileOptions {
  std::string path;  // with the name: "logs/shop.log"
  ByteSize max_size = ByteSize::mib(1024);
  std::uint32_t max_backups = 7;       // rotated files; 0: any number
  std::chrono::hours max_age{7 * 24};  // of rotated files; 0: any
  bool compress = false;               // rotated files, by gzip
};

// The file, written by the writer thread while that runs. Makes its directory. Throws
// Error{unavailable} when it cannot be written to.
[[nodiscard]] std::shared_ptr<Sink> open_file(FileOptions options);

}  // namespace ngo::log
