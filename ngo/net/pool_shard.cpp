#include <algorithm>

#include "ngo/base/duration.hpp"
#include "ngo/net/pool_impl.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/detached.hpp"
#include "ngo/runtime/workers.hpp"

namespace ngo::net::detail {
namespace {

constexpr Duration kRefillPause = std::chrono::seconds(1);

}  // namespace

PoolShard::PoolShard(PoolState& its_state, EventLoop& its_loop)
    : state(its_state), loop(its_loop), worker(Workers::current_index()) {}

PoolShard::~PoolShard() {
  while (PoolEntry* entry = idle_.pop_front()) delete entry;
}

bool PoolShard::usable(PoolEntry& entry) noexcept {
  try {
    return state.core.usable(entry);
  } catch (...) {
    return false;
  }
}

void PoolShard::lease(PoolEntry& entry, const Context& holder) noexcept {
  entry.since_ = loop.now();
  entry.work_ = holder.work();
  entry.trace_ = holder.trace().trace;
  leased_.push_back(entry);
  in_use.add();
  checkouts.add();
}

void PoolShard::rest(PoolEntry& entry) noexcept {
  entry.since_ = loop.now();
  idle_.push_front(entry);
  idle.add();
  tick_at(std::min(later(entry.since_, state.options.idle_age), entry.expires_));
}

PoolEntry* PoolShard::lease_idle(bool unchecked_only, bool& needs_check) noexcept {
  const TimePoint now = loop.now();
  while (!idle_.empty()) {
    PoolEntry& entry = idle_.front();
    if (entry.expires_ <= now) [[unlikely]] {
      close_idle(entry, PoolClose::max_age);
      continue;
    }
    if (!usable(entry)) [[unlikely]] {
      close_idle(entry, PoolClose::unusable);
      continue;
    }
    needs_check = now - entry.since_ > state.options.check_after && state.core.has_check();
    if (needs_check && unchecked_only) return nullptr;
    entry.unlink();
    idle.subtract();
    lease(entry, Context::current());
    return &entry;
  }
  return nullptr;
}

void PoolShard::adopt(PoolEntry& entry) noexcept {
  entry.shard_ = this;
  // Not all at the same moment, when they were opened at the same moment: up to a tenth sooner.
  const Duration age = state.options.max_age;
  const auto spread = static_cast<Duration::rep>(opened.get() * 7 % 11);
  entry.expires_ = age == Duration::max() ? TimePoint::max() : later(loop.now(), age - age / 100 * spread);
  opened.add();
  lease(entry, Context::current());
}

void PoolShard::give_back(PoolEntry& entry) noexcept {
  if (entry.note_) [[unlikely]]
    entry.note_ = nullptr;
  if (state.closing.load(std::memory_order_relaxed)) [[unlikely]]
    return close_leased(entry, PoolClose::drained);
  if (entry.expires_ <= loop.now()) [[unlikely]]
    return close_leased(entry, PoolClose::max_age);
  if (!usable(entry)) [[unlikely]]
    return close_leased(entry, PoolClose::unusable);
  if (state.over_limit()) [[unlikely]]
    return close_leased(entry, PoolClose::shrunk);
  if (waiters_.empty()) {
    entry.unlink();
    in_use.subtract();
    rest(entry);
    if (state.hungry_shards() != 0) [[unlikely]]
      lend();
    return;
  }
  // The shard itself is one of the hungry.
  if (state.hungry_shards() > 1 && state.must_yield(*this)) return close_leased(entry, PoolClose::lent);
  entry.unlink();
  in_use.subtract();
  auto& first = static_cast<Wait&>(waiters_.front());
  lease(entry, first.context());
  first.end(Wait::End::resource, &entry);
  state.no_longer_wants(*this);
}

void PoolShard::close_leased(PoolEntry& entry, PoolClose reason) noexcept {
  entry.unlink();
  in_use.subtract();
  delete &entry;
  count_closed(reason);
  if (reason == PoolClose::lent || reason == PoolClose::shrunk) {
    state.put(*this);
  } else {
    permit_back();
  }
  settle();
}

void PoolShard::close_idle(PoolEntry& entry, PoolClose reason) noexcept {
  entry.unlink();
  idle.subtract();
  delete &entry;
  count_closed(reason);
  state.put(*this);
}

void PoolShard::shut() noexcept {
  Timer::disarm();
  while (!idle_.empty()) close_idle(idle_.front(), PoolClose::drained);
}

void PoolShard::permit_back() noexcept {
  if (waiters_.empty() || state.over_limit() || (state.hungry_shards() > 1 && state.must_yield(*this))) {
    state.put(*this);
    return;
  }
  static_cast<Wait&>(waiters_.front()).end(Wait::End::permit);
  state.no_longer_wants(*this);
}

void PoolShard::permit_arrived() noexcept {
  if (waiters_.empty()) {
    state.put(*this);
  } else {
    borrowed.add();
    static_cast<Wait&>(waiters_.front()).end(Wait::End::permit);
    state.wants_at_most(*this, waiting.get());
  }
}

void PoolShard::lend() noexcept {
  while (!idle_.empty()) {
    PoolEntry& oldest = idle_.back();
    if (state.over_limit()) {
      close_idle(oldest, PoolClose::shrunk);
      continue;
    }
    const PoolState::Demand demand = state.demand_beside(*this);
    if (demand == PoolState::Demand::none) return;
    const TimePoint free_to_go = later(oldest.since_, state.options.lend_after);
    if (demand == PoolState::Demand::borrower && free_to_go > loop.now()) return tick_at(free_to_go);
    close_idle(oldest, PoolClose::lent);
  }
}

void PoolShard::tick_at(TimePoint at) noexcept {
  if (at == TimePoint::max() || (Timer::armed() && Timer::deadline() <= at)) return;
  loop.timers().arm(*this, at);
}

void PoolShard::fire() noexcept {
  if (state.closing.load(std::memory_order_relaxed)) return;
  if (state.hungry_shards() != 0 || state.over_limit()) lend();
  const TimePoint now = loop.now();
  const Duration idle_age = state.options.idle_age;
  const std::size_t keep = state.share_of_min_idle();
  TimePoint next = TimePoint::max();
  idle_.for_each([&](PoolEntry& entry) {
    const TimePoint unused = later(entry.since_, idle_age);
    if (entry.expires_ <= now) {
      close_idle(entry, PoolClose::max_age);
    } else if (unused <= now && idle.get() > keep) {
      close_idle(entry, PoolClose::idle_age);
    } else {
      next = std::min({next, entry.expires_, unused <= now ? later(now, kRefillPause) : unused});
    }
  });
  if (keep != 0) {
    refill();
    next = std::min(next, later(now, kRefillPause));
  }
  tick_at(next);
}

bool PoolShard::wants_refill() const noexcept {
  return idle.get() < state.share_of_min_idle() && !state.closing.load(std::memory_order_relaxed);
}

void PoolShard::refill() noexcept {
  if (refilling_ || !wants_refill()) return;
  auto opens = [](PoolShard& shard) -> Task<void> {
    shard.refilling_ = true;
    try {
      co_await with_context(shard.background, shard.state.core.refill(shard));
    } catch (...) {  // counted; the next tick tries again
    }
    shard.refilling_ = false;
    shard.settle();
  };
  try {
    spawn_detached(opens(*this));
  } catch (...) {  // no memory: the next tick tries again
  }
}

void PoolShard::settle() noexcept {
  if (in_use.get() == 0 && opening.get() == 0 && !refilling_) settled_.set();
}

Task<void> PoolShard::drain(Duration limit) {
  background.cancel();
  while (!waiters_.empty()) {
    static_cast<Wait&>(waiters_.front()).end(Wait::End::closing);
    state.no_longer_wants(*this);
  }
  shut();
  settled_.reset();
  settle();
  auto settles = [](Event& event) -> Task<void> { co_await event.wait(); };
  try {
    co_await with_timeout(limit, settles(settled_));
  } catch (const Error&) {
    Context::current().check();  // what is left is closed when it comes back
  }
}

std::string PoolShard::held_by() const {
  struct Holder {
    std::string_view work;
    std::size_t count;
    Duration longest;
  };
  std::vector<Holder> all;
  leased_.for_each([&](PoolEntry& entry) {
    const std::string_view work = entry.work_ == nullptr ? "work without a name" : entry.work_;
    const Duration held_for = loop.now() - entry.since_;
    auto at = std::find_if(all.begin(), all.end(), [&](const Holder& one) { return one.work == work; });
    if (at == all.end()) {
      all.push_back({work, 1, held_for});
    } else {
      ++at->count;
      at->longest = std::max(at->longest, held_for);
    }
  });
  std::sort(all.begin(), all.end(), [](const Holder& a, const Holder& b) { return a.count > b.count; });
  constexpr std::size_t kMost = 5;
  std::string text;
  for (std::size_t i = 0; i < all.size() && i < kMost; ++i) {
    const auto in_ms = std::chrono::duration_cast<std::chrono::milliseconds>(all[i].longest);
    text += (i == 0 ? "" : ", ");
    text += all[i].work;
    text += " (" + std::to_string(all[i].count) + ", for up to " + format_duration(in_ms) + ")";
  }
  if (all.size() > kMost) text += ", and others";
  return text;
}

void PoolShard::add_holders(std::vector<PoolHolder>& to) {
  leased_.for_each([&](PoolEntry& entry) {
    to.push_back({entry.work_ == nullptr ? "" : entry.work_, loop.now() - entry.since_, entry.trace_,
                  entry.note_ ? entry.note_() : "", worker});
  });
}

void PoolShard::add_waiters(std::vector<PoolHolder>& to) {
  waiters_.for_each([&](Waiter& each) {
    const auto& wait = static_cast<const Wait&>(each);
    const char* work = wait.context().work();
    to.push_back({work == nullptr ? "" : work, wait.waited(), wait.context().trace().trace, "", worker});
  });
}

PoolShard::Wait::~Wait() {
  if (end_ == End::none && pending()) abandon();
  if (taken_) return;
  // Destroyed between being served and going on.
  if (end_ == End::resource) shard_.give_back(*resource_);
  if (end_ == End::permit) shard_.permit_back();
}

bool PoolShard::Wait::await_suspend(std::coroutine_handle<> handle) {
  since_ = shard_.loop.now();
  if (shard_.state.take_or_want(shard_)) {
    end_ = End::permit;
    return false;
  }
  shard_.state.waiting.fetch_add(1, std::memory_order_relaxed);
  shard_.waiting.add();
  suspend(handle);
  shard_.waiters_.push_back(*this);
  const TimePoint until = later(since_, limit_);
  if (until != TimePoint::max()) shard_.loop.timers().arm(*this, until);
  return true;
}

PoolShard::Wait::End PoolShard::Wait::await_resume() {
  finish();
  taken_ = true;
  return end_;
}

void PoolShard::Wait::end(End how, PoolEntry* resource) noexcept {
  end_ = how;
  resource_ = resource;
  Timer::disarm();
  shard_.waiting.subtract();
  shard_.state.waiting.fetch_sub(1, std::memory_order_relaxed);
  shard_.wait_time.record(static_cast<std::uint64_t>(std::max(waited(), Duration::zero()).count()));
  // Also takes it out of the queue.
  wake();
}

void PoolShard::Wait::fire() noexcept {
  end(End::timed_out);
  shard_.state.no_longer_wants(shard_);
}

bool PoolShard::Wait::abandon() noexcept {
  Timer::disarm();
  Link<ngo::detail::InQueue>::unlink();
  shard_.waiting.subtract();
  shard_.state.waiting.fetch_sub(1, std::memory_order_relaxed);
  shard_.wait_time.record(static_cast<std::uint64_t>(std::max(waited(), Duration::zero()).count()));
  shard_.state.no_longer_wants(shard_);
  return true;
}

}  // namespace ngo::net::detail
