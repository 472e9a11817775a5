#include "ngo/http/file_cache_impl.hpp"

#include <atomic>

namespace ngo::http {

FileCache::Part& FileCache::mine() noexcept {
  static std::atomic<std::size_t> threads{0};
  thread_local const std::size_t number = threads.fetch_add(1, std::memory_order_relaxed);
  return parts_[number % parts_.size()];
}

std::optional<Opened> FileCache::find(const std::string& name, TimePoint now) {
  Part& part = mine();
  std::lock_guard lock(part.mutex);
  auto found = part.by_name.find(name);
  if (found == part.by_name.end()) return std::nullopt;
  auto entry = found->second;
  if (entry->until <= now) {
    part.by_name.erase(found);
    part.recent.erase(entry);
    return std::nullopt;
  }
  part.recent.splice(part.recent.begin(), part.recent, entry);
  return entry->opened;
}

void FileCache::remember(const std::string& name, const Opened& opened, TimePoint now) {
  if (capacity_ == 0 || validity_ <= Duration::zero()) return;
  Part& part = mine();
  std::lock_guard lock(part.mutex);
  if (auto found = part.by_name.find(name); found != part.by_name.end()) {
    found->second->opened = opened;
    found->second->until = now + validity_;
    return;
  }
  if (part.recent.size() >= capacity_) {
    part.by_name.erase(part.recent.back().name);
    part.recent.pop_back();
  }
  part.recent.push_front(Entry{name, opened, now + validity_});
  part.by_name.emplace(part.recent.front().name, part.recent.begin());
}

}  // namespace ngo::http
