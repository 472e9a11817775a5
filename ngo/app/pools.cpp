#include "ngo/app/pools.hpp"

namespace ngo::app {

void PoolRegistry::add(std::string owner, PoolUse use, Source source) {
  const std::lock_guard lock(mutex_);
  entries_.push_back({std::move(owner), use, std::move(source)});
}

void PoolRegistry::remove(std::string_view owner) noexcept {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [owner](const Entry& each) { return each.owner == owner; });
}

std::vector<PoolRegistry::Known> PoolRegistry::all() const {
  std::vector<Known> found;
  const std::lock_guard lock(mutex_);
  for (const Entry& each : entries_) {
    for (net::PoolView& view : each.source()) found.push_back({each.owner, each.use, std::move(view)});
  }
  return found;
}

}  // namespace ngo::app
