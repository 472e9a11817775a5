// What a path led to a moment ago. A small file that is asked for again meanwhile is kept in memory, without
// its descriptor: the bytes that its validators name, until it is looked at anew. For the worker that asks:
// each has a part of its own, so that their locks are never waited for.
#pragma once

#include <array>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "ngo/http/file_body_impl.hpp"
#include "ngo/runtime/clock.hpp"

namespace ngo::http {

class FileCache {
 public:
  FileCache(Duration validity, std::size_t capacity) : validity_(validity), capacity_(capacity) {}

  // What was remembered and is still valid. Also that there is nothing.
  [[nodiscard]] std::optional<Opened> find(const std::string& name, TimePoint now);
  void remember(const std::string& name, const Opened& opened, TimePoint now);

 private:
  struct Entry {
    std::string name;
    Opened opened;
    TimePoint until;
    bool used_again = false;
  };
  struct Part {
    std::mutex mutex;
    std::list<Entry> recent;  // used last first
    std::unordered_map<std::string_view, std::list<Entry>::iterator> by_name;
  };
  [[nodiscard]] Part& mine() noexcept;
  static void keep_at_hand(Opened& opened);

  Duration validity_;
  std::size_t capacity_;
  std::array<Part, 32> parts_;
};

}  // namespace ngo::http
