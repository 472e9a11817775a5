#include "ngo/config/live.hpp"

#include <list>
#include <mutex>

namespace ngo::config {
namespace {

std::uint64_t next_version() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

struct LiveCell::State {
  mutable std::mutex mutex;  // for `value`
  Value value;
  // Shared with those who watch, who may outlive the cell.
  std::shared_ptr<std::list<Watcher>> watchers = std::make_shared<std::list<Watcher>>();
};

LiveCell::LiveCell(Value value) : state_(std::make_unique<State>()) {
  state_->value = std::move(value);
  version_.store(next_version(), std::memory_order_release);
}

LiveCell::~LiveCell() = default;

LiveCell::Value LiveCell::value(std::uint64_t& version) const {
  const std::lock_guard lock(state_->mutex);
  version = version_.load(std::memory_order_relaxed);
  return state_->value;
}

void LiveCell::set(Value value) {
  const Value after = value;
  {
    const std::lock_guard lock(state_->mutex);
    std::swap(state_->value, value);
    version_.store(next_version(), std::memory_order_release);
  }
  // One that is being told may leave.
  const std::list<Watcher> watchers = *state_->watchers;
  for (const Watcher& each : watchers) each(value.get(), after.get());
}

std::shared_ptr<void> LiveCell::watch(Watcher f) {
  state_->watchers->push_back(std::move(f));
  return {nullptr, [watchers = state_->watchers, at = std::prev(state_->watchers->end())](void*) {
            watchers->erase(at);
          }};
}

void LiveCell::refresh(Seen& seen, Value& owner) const {
  std::uint64_t version = 0;
  Value fresh = value(version);
  // A count of this thread's own: workers that take snapshots would else pull one line of the cache to and
  // fro.
  const void* const raw = fresh.get();
  owner = Value(std::make_shared<Value>(std::move(fresh)), raw);
  seen.version = version;
  seen.value = raw;
}

}  // namespace ngo::config
