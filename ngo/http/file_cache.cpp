#include "ngo/http/file_cache_impl.hpp"

#include <atomic>
#include <utility>

namespace ngo::http {
namespace {

constexpr std::uint64_t kSmall = 16 * 1024;  // a file of so many bytes is kept in memory

}  // namespace

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
  if (!std::exchange(entry->used_again, true) && entry->opened.file) keep_at_hand(entry->opened);
  return entry->opened;
}

void FileCache::keep_at_hand(Opened& opened) {
  if (opened.file->size > 0 && opened.file->size <= kSmall) {
    if (auto small = loaded(*opened.file)) opened.file = std::move(small);
  }
  opened.whole = whole_of(opened.file);
}

void FileCache::remember(const std::string& name, const Opened& opened, TimePoint now) {
  if (capacity_ == 0 || validity_ <= Duration::zero()) return;
  Part& part = mine();
  std::lock_guard lock(part.mutex);
  if (auto found = part.by_name.find(name); found != part.by_name.end()) {
    found->second->opened = opened;
    found->second->until = now + validity_;
    found->second->used_again = false;
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
