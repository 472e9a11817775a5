#include "ngo/net/pool_view.hpp"

#include <algorithm>

#include "ngo/net/pool_impl.hpp"
#include "ngo/runtime/ask_loops.hpp"

namespace ngo::net {
namespace {

// What a loop knows of its shard.
struct People {
  std::vector<PoolHolder> holders;
  std::vector<PoolHolder> waiters;
};

void move_to(std::vector<PoolHolder>& all, std::vector<PoolHolder>& from) {
  for (PoolHolder& each : from) all.push_back(std::move(each));
}

void sort_by_time(std::vector<PoolHolder>& all) {
  std::sort(all.begin(), all.end(), [](const PoolHolder& a, const PoolHolder& b) { return a.held > b.held; });
}

// Not a member: the view may be gone before the answer is there.
Task<PoolReport> report_of(std::shared_ptr<detail::PoolState> state) {
  std::vector<detail::PoolShard*> shards;
  std::vector<EventLoop*> loops;
  state->each([&](detail::PoolShard& shard) {
    shards.push_back(&shard);
    loops.push_back(&shard.loop);
  });
  // The state keeps the shards for a loop that answers late.
  std::function<People(std::size_t)> ask = [state, shards](std::size_t i) {
    People its;
    shards[i]->add_holders(its.holders);
    shards[i]->add_waiters(its.waiters);
    return its;
  };
  std::vector<std::optional<People>> answers = co_await ask_loops(std::move(loops), std::move(ask));
  PoolReport all;
  all.stats = state->stats();
  all.share = state->share();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    all.workers.push_back(state->part_of(*shards[i]));
    all.workers.back().answered = answers[i].has_value();
    if (!answers[i]) continue;
    move_to(all.holders, answers[i]->holders);
    move_to(all.waiters, answers[i]->waiters);
  }
  sort_by_time(all.holders);
  sort_by_time(all.waiters);
  co_return all;
}

}  // namespace

const PoolOptions& PoolView::options() const noexcept { return state_->options; }
PoolStats PoolView::stats() const { return state_->stats(); }
void PoolView::set_max_size(std::size_t size) const noexcept { state_->set_limit(size); }
Task<PoolReport> PoolView::report() const { return report_of(state_); }

}  // namespace ngo::net
