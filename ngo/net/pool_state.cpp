#include <algorithm>

#include "ngo/net/pool_impl.hpp"
#include "ngo/runtime/workers.hpp"

namespace ngo::net::detail {

PoolState::PoolState(PoolOptions given, PoolCore& its_core)
    : options(std::move(given)), core(its_core), limit_(std::max<std::size_t>(options.max_size, 1)) {}

PoolState::~PoolState() {
  for (auto& head : heads_) {
    PoolShard* shard = head.load(std::memory_order_acquire);
    while (shard != nullptr) delete std::exchange(shard, shard->next_in_chain);
  }
}

PoolShard& PoolState::here() {
  EventLoop& loop = EventLoop::current();
  std::atomic<PoolShard*>& head = heads_[Workers::current_index().value_or(kHeads - 1) % kHeads];
  PoolShard* first = head.load(std::memory_order_acquire);
  for (PoolShard* shard = first; shard != nullptr; shard = shard->next_in_chain) {
    if (&shard->loop == &loop) return *shard;
  }
  auto* made = new PoolShard(*this, loop);
  do {
    made->next_in_chain = first;
  } while (!head.compare_exchange_weak(first, made, std::memory_order_acq_rel));
  shards_.fetch_add(1, std::memory_order_relaxed);
  if (options.min_idle != 0) made->tick_at(loop.now());
  return *made;
}

std::size_t PoolState::share() const noexcept {
  const std::size_t shards = std::max<std::size_t>(shards_.load(std::memory_order_relaxed), 1);
  return (limit() + shards - 1) / shards;
}

std::size_t PoolState::share_of_min_idle() const noexcept {
  if (options.min_idle == 0) return 0;
  const std::size_t shards = std::max<std::size_t>(shards_.load(std::memory_order_relaxed), 1);
  return (options.min_idle + shards - 1) / shards;
}

bool PoolState::take(PoolShard& shard) noexcept {
  std::lock_guard lock(mutex_);
  if (open_ >= limit() || !hungry_.empty()) return false;
  ++open_;
  ++shard.held;
  return true;
}

bool PoolState::take_or_want(PoolShard& shard) {
  {
    std::lock_guard lock(mutex_);
    if (open_ < limit() && hungry_.empty()) {
      ++open_;
      ++shard.held;
      return true;
    }
    if (++shard.wanted > 1) return false;
    hungry_.push_back(&shard);
    hungry_count_.store(hungry_.size(), std::memory_order_relaxed);
  }
  ask_others(&shard);
  return false;
}

// All that hold permits look, on their own loops, whether they have an idle resource. What becomes idle later
// sees the queue: the post makes sure of that.
void PoolState::ask_others(const PoolShard* except) {
  each([&](PoolShard& other) {
    if (&other == except) return;
    {
      std::lock_guard lock(mutex_);
      if (other.held == 0 || other.asked) return;
      other.asked = true;
    }
    other.loop.post([self = shared_from_this(), &other] {
      {
        std::lock_guard lock(self->mutex_);
        other.asked = false;
      }
      other.lend();
    });
  });
}

void PoolState::forget_hungry(PoolShard& shard) noexcept {
  hungry_.erase(std::find(hungry_.begin(), hungry_.end(), &shard));
  hungry_count_.store(hungry_.size(), std::memory_order_relaxed);
}

void PoolState::no_longer_wants(PoolShard& shard) noexcept {
  std::lock_guard lock(mutex_);
  // None wanted: the permit is on its way, and will be given back on arrival.
  if (shard.wanted == 0) return;
  --shard.wanted;
  if (shard.wanted == 0) forget_hungry(shard);
}

void PoolState::wants_at_most(PoolShard& shard, std::size_t count) noexcept {
  std::lock_guard lock(mutex_);
  if (shard.wanted <= count) return;
  shard.wanted = count;
  if (count == 0) forget_hungry(shard);
}

std::size_t PoolState::idle_beside(const PoolShard& shard) const noexcept {
  std::size_t idle = 0;
  each([&](const PoolShard& other) {
    if (&other != &shard) idle += other.idle.get();
  });
  return idle;
}

// Those below their share first; then in turn.
PoolShard* PoolState::next_hungry() noexcept {
  if (hungry_.empty()) return nullptr;
  const std::size_t fair = share();
  auto next = std::find_if(hungry_.begin(), hungry_.end(), [&](PoolShard* one) { return one->held < fair; });
  if (next == hungry_.end()) next = hungry_.begin();
  PoolShard* shard = *next;
  if (--shard->wanted == 0) {
    forget_hungry(*shard);
  } else {
    std::rotate(next, next + 1, hungry_.end());
  }
  return shard;
}

void PoolState::put(PoolShard& shard) noexcept {
  PoolShard* to = nullptr;
  {
    std::lock_guard lock(mutex_);
    --shard.held;
    if (open_ <= limit()) to = next_hungry();
    if (to == nullptr) {
      --open_;
      over_limit_.store(open_ > limit(), std::memory_order_relaxed);
    } else {
      ++to->held;
    }
  }
  if (to != nullptr) to->loop.post([self = shared_from_this(), to] { to->permit_arrived(); });
}

PoolState::Demand PoolState::demand_beside(const PoolShard& shard) noexcept {
  std::lock_guard lock(mutex_);
  Demand demand = Demand::none;
  for (const PoolShard* other : hungry_) {
    if (other == &shard) continue;
    if (other->held < share()) return Demand::below_share;
    demand = Demand::borrower;
  }
  return demand;
}

bool PoolState::must_yield(const PoolShard& shard) noexcept {
  std::lock_guard lock(mutex_);
  const std::size_t fair = share();
  return shard.held > fair && std::any_of(hungry_.begin(), hungry_.end(), [&](const PoolShard* other) {
           return other != &shard && other->held < fair;
         });
}

PoolStats PoolState::stats() const {
  PoolStats sum;
  sum.limit = limit();
  sum.refused = refused.load(std::memory_order_relaxed);
  each([&](const PoolShard& shard) {
    ++sum.workers;
    sum.in_use += shard.in_use.get();
    sum.idle += shard.idle.get();
    sum.opening += shard.opening.get();
    sum.waiting += shard.waiting.get();
    sum.checkouts += shard.checkouts.get();
    sum.opened += shard.opened.get();
    sum.open_failed += shard.open_failed.get();
    sum.timed_out += shard.timed_out.get();
    for (std::size_t i = 0; i < kPoolCloseReasons; ++i) sum.closed[i] += shard.closed[i].get();
    sum.wait.merge(shard.wait_time.snapshot());
  });
  return sum;
}

PoolPart PoolState::part_of(const PoolShard& shard) {
  PoolPart part;
  part.worker = shard.worker;
  part.in_use = shard.in_use.get();
  part.idle = shard.idle.get();
  part.opening = shard.opening.get();
  part.waiting = shard.waiting.get();
  part.lent = shard.closed[static_cast<std::size_t>(PoolClose::lent)].get();
  part.borrowed = shard.borrowed.get();
  const std::lock_guard lock(mutex_);
  part.permits = shard.held;
  part.wanted = shard.wanted;
  return part;
}

void PoolState::set_limit(std::size_t limit) noexcept {
  std::vector<PoolShard*> served;
  {
    std::lock_guard lock(mutex_);
    limit_.store(std::max<std::size_t>(limit, 1), std::memory_order_relaxed);
    while (open_ < this->limit()) {
      PoolShard* to = next_hungry();
      if (to == nullptr) break;
      ++open_;
      ++to->held;
      served.push_back(to);
    }
    over_limit_.store(open_ > this->limit(), std::memory_order_relaxed);
  }
  for (PoolShard* to : served) to->loop.post([self = shared_from_this(), to] { to->permit_arrived(); });
  if (over_limit()) ask_others(nullptr);
}

}  // namespace ngo::net::detail
