#include "ngo/trace/slowest.hpp"

#include <algorithm>
#include <utility>

namespace ngo::trace {

Slowest::Group& Slowest::group(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(name);
  if (found != groups_.end()) return *found->second;
  std::unique_ptr<Group>& made = groups_[groups_.size() < kMostGroups ? std::string(name) : std::string()];
  if (!made) made = std::make_unique<Group>();
  return *made;
}

void Slowest::add(Group& group, Duration took, FragmentPtr fragment) {
  const std::lock_guard lock(mutex_);
  if (each_ == 0 || !group.wants(took)) return;  // another thread has just raised the bar
  auto& entries = group.entries_;
  if (entries.size() == each_) entries.pop_back();
  const auto at = std::find_if(entries.begin(), entries.end(),
                               [&](const Group::Entry& each) { return each.took < took; });
  entries.insert(at, {took, std::move(fragment)});
  if (entries.size() == each_) group.bar_.store(entries.back().took.count(), std::memory_order_relaxed);
}

std::vector<FragmentPtr> Slowest::take() {
  std::vector<FragmentPtr> out;
  const std::lock_guard lock(mutex_);
  for (auto& [name, group] : groups_) {
    for (Group::Entry& each : group->entries_) out.push_back(std::move(each.fragment));
    group->entries_.clear();
    group->bar_.store(-1, std::memory_order_relaxed);
  }
  return out;
}

}  // namespace ngo::trace
