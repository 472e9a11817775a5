// Things that several parts of a process have and others look at: each part gives a function that lists its
// own, and takes it back when it is closed. From any thread.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ngo::app {

// T has a member `std::string owner`, which all() sets.
template <class T>
class OwnedList {
 public:
  using Source = std::function<std::vector<T>()>;

  // `source` is asked, on any thread, until remove(), which waits for a call that is going on. Whoever is
  // `owner` may add several.
  void add(std::string owner, Source source) {
    const std::lock_guard lock(mutex_);
    entries_.push_back({std::move(owner), std::move(source)});
  }
  void remove(std::string_view owner) noexcept {
    const std::lock_guard lock(mutex_);
    std::erase_if(entries_, [owner](const Entry& each) { return each.owner == owner; });
  }
  // In the order in which they were added.
  [[nodiscard]] std::vector<T> all() const {
    std::vector<T> found;
    const std::lock_guard lock(mutex_);
    for (const Entry& each : entries_) {
      for (T& one : each.source()) {
        one.owner = each.owner;
        found.push_back(std::move(one));
      }
    }
    return found;
  }

 private:
  struct Entry {
    std::string owner;
    Source source;
  };
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
};

}  // namespace ngo::app
