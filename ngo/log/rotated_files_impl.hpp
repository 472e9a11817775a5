// What becomes of a log file after its turn: its name, its compression, its end.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "ngo/base/civil_time.hpp"
#include "ngo/log/file.hpp"

namespace ngo::log {

// "logs/shop-2026-11-23T07-05-00.123.log" of "logs/shop.log", in local time.
[[nodiscard]] std::string rotated_name(const std::string& path, SystemTime time);

// Compresses and deletes rotated files in a thread of its own, when poked.
class Housekeeper {
 public:
  explicit Housekeeper(const FileOptions& options) : options_(options) {}
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;
  // Waits for the file that is being compressed.
  ~Housekeeper();

  void poke();

  // One round, here and now: deletes what is too old or too many, then compresses the rest where wanted.
  void clean_up(SystemTime now) const;

 private:
  void run();

  const FileOptions& options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool wanted_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ngo::log
