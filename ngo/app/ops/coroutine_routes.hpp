// What the coroutines of all workers wait for, and which workers were held: /ops/coroutines and /ops/blocked.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "ngo/base/civil_time.hpp"
#include "ngo/http/routes.hpp"
#include "ngo/runtime/pending_waits.hpp"
#include "ngo/runtime/watchdog.hpp"
#include "ngo/runtime/workers.hpp"

namespace ngo::app {

// The last blocks that the watchdog has found. From any thread.
class BlockedWorkers {
 public:
  static constexpr std::size_t kKept = 50;
  struct Block {
    SystemTime found;
    std::size_t worker = 0;
    std::string work;
    Duration held_for{};
    bool ended = false;
    std::vector<std::string> stack;
  };
  void add(const Watchdog::Report& report);
  // The newest first.
  [[nodiscard]] std::vector<Block> blocks() const;

 private:
  mutable std::mutex mutex_;
  std::deque<Block> kept_;
};

// A wait with its names.
struct NamedWait {
  std::string worker;  // "0", or "supervisor"
  std::string waits_for;
  std::string type;
  std::string function;
  std::string work;
  std::string trace;
  Duration age{};
  std::optional<Duration> left;
};
struct Waits {
  std::vector<NamedWait> waits;
  std::size_t total = 0;
  std::vector<std::string> silent;  // workers that did not answer within a second
};

// Asks all workers and the loop that this runs on; a worker that is held is left out.
[[nodiscard]] Task<Waits> all_waits(Workers& workers, std::size_t most);

// "sleep" for the type of ngo::sleep()'s wait; the type without its namespaces where no word is better.
[[nodiscard]] std::string wait_word(std::string_view type);

// GET /ops/coroutines?limit=500 and GET /ops/blocked. `workers` may be asked once requests come.
void add_coroutines(Routes& routes, std::function<Workers*()> workers, const BlockedWorkers& blocked);

}  // namespace ngo::app
