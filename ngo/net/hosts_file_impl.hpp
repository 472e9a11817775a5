// The names that this machine's hosts file gives addresses to. Looked at again every few seconds, and read
// again when it has changed. Belongs to one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ngo/net/address.hpp"
#include "ngo/runtime/clock.hpp"

namespace ngo::net {

// Tells whether a file is another one than when it was last asked, without asking the kernel each time.
class FileChange {
 public:
  static constexpr Duration kPause = std::chrono::seconds(5);
  explicit FileChange(std::string path) : path_(std::move(path)) {}
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // True when it has changed since true was last given, and the first time.
  [[nodiscard]] bool seen(TimePoint now) noexcept;

 private:
  std::string path_;
  TimePoint next_look_{};
  bool looked_ = false;
  std::uint64_t node_ = 0;
  std::int64_t size_ = -1;
  std::int64_t changed_ = 0;  // nanoseconds
};

class HostsFile {
 public:
  // Nothing is kept beyond this, so that a broken file costs no more.
  static constexpr std::size_t kLargest = 8 * 1024 * 1024;
  using Names = std::unordered_map<std::string, std::vector<Address>>;

  explicit HostsFile(std::string path) : change_(std::move(path)) {}

  // The addresses of a name (in lower case, without a dot at its end); null when it is not in the file.
  [[nodiscard]] const std::vector<Address>* find(const std::string& name, TimePoint now);

  // What a file with this text says. Lines that are wrong are passed over, as everywhere.
  [[nodiscard]] static Names parse(std::string_view text);

 private:
  FileChange change_;
  Names names_;
};

}  // namespace ngo::net
