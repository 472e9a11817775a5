// The names that this machine's hosts file gives addresses to. Looked at again every few seconds, and read
// again when it has changed. Belongs to one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
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

// The lines of such a file, ready to be asked. Made in one quick pass, as some list hundred thousands of
// names; an address is read when its name is asked for. Lines that are wrong are passed over, as everywhere.
class HostsTable {
 public:
  HostsTable() = default;
  explicit HostsTable(std::string text);
  // The addresses of a name (in lower case, without a dot at its end); none when it is not there.
  [[nodiscard]] std::vector<Address> find(std::string_view name) const;

 private:
  // A name with its line's address, as places in the text.
  struct Entry {
    std::uint32_t name;
    std::uint32_t name_size;
    std::uint32_t address;
    std::uint32_t address_size;
    std::uint32_t next;  // the number, from 1 on, of the one before it in its bucket; 0: none
  };
  [[nodiscard]] std::string_view piece(std::uint32_t at, std::uint32_t size) const {
    return std::string_view(text_).substr(at, size);
  }
  void add(std::string_view name, std::string_view address);
  void index();

  std::string text_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> last_;  // of each bucket, by the hash of the name; numbered as above
};

class HostsFile {
 public:
  // Nothing is read beyond this, so that a broken file costs no more.
  static constexpr std::size_t kLargest = 8 * 1024 * 1024;

  explicit HostsFile(std::string path) : change_(std::move(path)) {}
  [[nodiscard]] std::vector<Address> find(std::string_view name, TimePoint now);

 private:
  FileChange change_;
  HostsTable table_;
};

}  // namespace ngo::net
