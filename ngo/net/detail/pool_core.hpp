// The part of Pool that does not know what it holds. For pool.hpp alone.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "ngo/base/intrusive_list.hpp"
#include "ngo/net/pool_view.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo::net::detail {

class PoolShard;
class PoolState;

// One open resource; in its worker's list of those that are idle or of those that are leased.
class PoolEntry : public Link<PoolEntry> {
 public:
  PoolEntry() = default;
  PoolEntry(const PoolEntry&) = delete;
  PoolEntry& operator=(const PoolEntry&) = delete;
  virtual ~PoolEntry() = default;

 private:
  friend class PoolShard;
  friend class PoolCore;
  PoolShard* shard_ = nullptr;
  TimePoint since_{};                     // idle, or leased, since
  TimePoint expires_ = TimePoint::max();  // by max_age
  const char* work_ = nullptr;            // of the holder
  TraceId trace_;
  std::function<std::string()> note_;
};

class PoolCore {
 public:
  explicit PoolCore(PoolOptions options);
  PoolCore(const PoolCore&) = delete;
  PoolCore& operator=(const PoolCore&) = delete;

  // The resource is leased to the caller, who ends it by give_back() or discard() on the same loop.
  Task<PoolEntry*> take();
  // Only one of this worker that is idle and needs no check(); nullptr otherwise.
  PoolEntry* try_take() noexcept;
  static void give_back(PoolEntry& entry) noexcept;
  static void give_back_after_error(PoolEntry& entry) noexcept;
  static void discard(PoolEntry& entry) noexcept;
  static void describe(PoolEntry& entry, std::function<std::string()> note) noexcept;

  Task<void> warm_up(std::size_t count);
  Task<void> drain(Duration limit);
  void set_max_size(std::size_t size) noexcept;
  [[nodiscard]] PoolStats stats() const;
  [[nodiscard]] PoolView view() const noexcept { return PoolView(state_); }
  Task<std::vector<PoolHolder>> holders();
  [[nodiscard]] const PoolOptions& options() const noexcept;

 protected:
  ~PoolCore();

 private:
  friend class PoolShard;
  virtual Task<std::unique_ptr<PoolEntry>> open() = 0;
  virtual bool usable(PoolEntry& entry) = 0;
  virtual bool settled(PoolEntry& entry) = 0;
  [[nodiscard]] virtual bool has_check() const noexcept = 0;
  virtual Task<bool> check(PoolEntry& entry) = 0;

  Task<PoolEntry*> open_leased(PoolShard& shard);
  Task<bool> healthy(PoolEntry& entry);
  Task<void> refill(PoolShard& shard);
  [[noreturn]] void refuse(PoolShard& shard, const char* why, Duration waited) const;

  std::shared_ptr<PoolState> state_;
};

}  // namespace ngo::net::detail
