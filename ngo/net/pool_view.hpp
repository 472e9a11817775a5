// A pool as seen by who does not know what it holds: the ops port, metrics. Cheap to copy; may outlive its
// pool, which then shows what was counted last. Pool::view() makes it.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "ngo/net/pool_stats.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo::net {

namespace detail {
class PoolState;
}

class PoolView {
 public:
  explicit PoolView(std::shared_ptr<detail::PoolState> state) noexcept : state_(std::move(state)) {}

  // All of these from any thread.
  [[nodiscard]] const PoolOptions& options() const noexcept;
  [[nodiscard]] PoolStats stats() const;
  // As Pool::set_max_size().
  void set_max_size(std::size_t size) const noexcept;
  // Asks the loops that used the pool, which must exist; one that is held is not waited for.
  [[nodiscard]] Task<PoolReport> report() const;

 private:
  std::shared_ptr<detail::PoolState> state_;
};

}  // namespace ngo::net
