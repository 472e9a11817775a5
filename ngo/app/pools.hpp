// The pools of a process, for whoever watches it: each module says which it has (Setup::pool()), the ops port
// lists them, and the metrics count them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "ngo/app/owned_list.hpp"
#include "ngo/net/pool_view.hpp"

namespace ngo {

// What a pool is to, which decides what its metrics are called: db.client.connection.* for databases and
// caches, ngo.client.connection.* for the rest (docs/metrics.md).
enum class PoolUse : std::uint8_t { other, database, http };

namespace app {

struct ShownPool {
  std::string owner;  // "httpClient.users"
  PoolUse use;
  net::PoolView view;
};

class PoolRegistry : public OwnedList<ShownPool> {
 public:
  using Views = std::function<std::vector<net::PoolView>()>;
  void add(std::string owner, PoolUse use, Views views) {
    OwnedList::add(std::move(owner), [use, views = std::move(views)] {
      std::vector<ShownPool> shown;
      for (net::PoolView& view : views()) shown.push_back({{}, use, std::move(view)});
      return shown;
    });
  }
};

}  // namespace app
}  // namespace ngo
