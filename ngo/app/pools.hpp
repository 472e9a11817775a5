// The pools of a process, for whoever watches it: each module says which it has (Setup::pool()), the ops port
// lists them, and the metrics count them.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ngo/net/pool_view.hpp"

namespace ngo {

// What a pool is to, which decides what its metrics are called: db.client.connection.* for databases and
// caches, ngo.client.connection.* for the rest (docs/metrics.md).
enum class PoolUse : std::uint8_t { other, database, http };

namespace app {

// From any thread.
class PoolRegistry {
 public:
  using Source = std::function<std::vector<net::PoolView>()>;
  struct Known {
    std::string owner;  // "httpClient.users"
    PoolUse use;
    net::PoolView view;
  };

  // `source` is asked, on any thread, until remove(), which waits for a call that is going on. Whoever is
  // `owner` may add several.
  void add(std::string owner, PoolUse use, Source source);
  void remove(std::string_view owner) noexcept;
  // In the order in which they were added.
  [[nodiscard]] std::vector<Known> all() const;

 private:
  struct Entry {
    std::string owner;
    PoolUse use;
    Source source;
  };
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
};

}  // namespace app
}  // namespace ngo
