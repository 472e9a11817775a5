#include "ngo/net/pool.hpp"

#include <algorithm>
#include <string>

#include "ngo/base/duration.hpp"
#include "ngo/base/error.hpp"
#include "ngo/net/pool_impl.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/workers.hpp"

namespace ngo::net {

std::string_view to_string(PoolClose reason) noexcept {
  static constexpr std::array<std::string_view, kPoolCloseReasons> kNames = {
      "idle_age", "max_age", "unusable", "unhealthy", "discarded", "lent", "shrunk", "drained"};
  return kNames[static_cast<std::size_t>(reason)];
}

namespace detail {
namespace {

// The way of a permit from an idle resource of another worker to this one, at most.
constexpr Duration kLoan = std::chrono::milliseconds(100);

// A permit on its way to a resource; given back unless that was opened.
class Opening {
 public:
  explicit Opening(PoolShard& shard) noexcept : shard_(shard) { shard_.opening.add(); }
  Opening(const Opening&) = delete;
  Opening& operator=(const Opening&) = delete;
  ~Opening() {
    shard_.opening.subtract();
    if (!succeeded_) {
      shard_.open_failed.add();
      shard_.permit_back();
    }
    shard_.settle();
  }
  void succeeded() noexcept { succeeded_ = true; }

 private:
  PoolShard& shard_;
  bool succeeded_ = false;
};

// A leased resource that is closed unless it is released.
class Suspect {
 public:
  Suspect(PoolShard& shard, PoolEntry& entry) noexcept : shard_(shard), entry_(&entry) {}
  Suspect(const Suspect&) = delete;
  Suspect& operator=(const Suspect&) = delete;
  ~Suspect() {
    if (entry_ != nullptr) shard_.close_leased(*entry_, PoolClose::unhealthy);
  }
  void release() noexcept { entry_ = nullptr; }

 private:
  PoolShard& shard_;
  PoolEntry* entry_;
};

std::string in_milliseconds(Duration duration) {
  return format_duration(std::chrono::duration_cast<std::chrono::milliseconds>(duration));
}

}  // namespace

PoolCore::PoolCore(PoolOptions options) : state_(std::make_shared<PoolState>(std::move(options), *this)) {}

PoolCore::~PoolCore() {
  state_->closing.store(true, std::memory_order_relaxed);
  const EventLoop* const here = EventLoop::current_or_null();
  state_->each([&](PoolShard& shard) {
    if (&shard.loop == here) {
      shard.shut();
    } else if (shard.idle.get() != 0) {
      // Whoever did not drain: what another loop has is closed there.
      shard.loop.post([state = state_, &shard] { shard.shut(); });
    }
  });
}

const PoolOptions& PoolCore::options() const noexcept { return state_->options; }

void PoolCore::set_max_size(std::size_t size) noexcept { state_->set_limit(size); }

PoolEntry* PoolCore::try_take() noexcept {
  if (state_->closing.load(std::memory_order_relaxed)) return nullptr;
  bool needs_check = false;
  return state_->here().lease_idle(true, needs_check);
}

void PoolCore::give_back(PoolEntry& entry) noexcept { entry.shard_->give_back(entry); }

void PoolCore::give_back_after_error(PoolEntry& entry) noexcept {
  bool settled = false;
  try {
    settled = entry.shard_->state.core.settled(entry);
  } catch (...) {  // then it is not
  }
  settled ? give_back(entry) : discard(entry);
}

void PoolCore::discard(PoolEntry& entry) noexcept { entry.shard_->close_leased(entry, PoolClose::discarded); }

void PoolCore::describe(PoolEntry& entry, std::function<std::string()> note) noexcept {
  entry.note_ = std::move(note);
}

Task<PoolEntry*> PoolCore::take() {
  PoolShard& shard = state_->here();
  Context::current().check();
  for (;;) {
    if (state_->closing.load(std::memory_order_relaxed)) {
      throw Error(Code::unavailable, "pool \"" + options().name + "\" is closing");
    }
    bool needs_check = false;
    PoolEntry* entry = shard.lease_idle(false, needs_check);
    if (entry != nullptr && needs_check) {
      const bool good = co_await healthy(*entry);
      if (!good) continue;
    }
    if (entry != nullptr) co_return entry;
    if (shard.waiting.get() != 0 || !state_->take(shard)) {
      // What is idle on other workers will come, whether or not this pool lets its callers wait.
      const std::size_t idle_beside = state_->idle_beside(shard);
      if (state_->waiting.load(std::memory_order_relaxed) >= options().max_waiting + idle_beside) {
        state_->refused.fetch_add(1, std::memory_order_relaxed);
        refuse(shard, "none is free, and no more callers may wait", Duration::zero());
      }
      const Duration loan = std::min<Duration>(options().lend_after, std::chrono::seconds(1)) + kLoan;
      const Duration limit = idle_beside == 0 ? options().max_wait : std::max(options().max_wait, loan);
      PoolShard::Wait wait(shard, limit);
      PoolShard::Wait::End end = PoolShard::Wait::End::none;
      try {
        end = co_await wait;
      } catch (const Error& error) {
        if (error.code() != Code::deadline_exceeded) throw;
        throw Error(Code::deadline_exceeded,
                    "the deadline passed after a wait of " + in_milliseconds(wait.waited()) + " for pool \"" +
                        options().name + "\" of size " + std::to_string(state_->limit()))
            .with("pool", options().name);
      }
      if (end == PoolShard::Wait::End::resource) co_return wait.resource();
      if (end == PoolShard::Wait::End::closing) continue;
      if (end == PoolShard::Wait::End::timed_out) {
        shard.timed_out.add();
        refuse(shard, "none became free", wait.waited());
      }
    }
    co_return co_await open_leased(shard);
  }
}

Task<PoolEntry*> PoolCore::open_leased(PoolShard& shard) {
  Opening opening(shard);
  std::unique_ptr<PoolEntry> entry = co_await open();
  opening.succeeded();
  shard.adopt(*entry);
  co_return entry.release();
}

Task<bool> PoolCore::healthy(PoolEntry& entry) {
  Suspect suspect(*entry.shard_, entry);
  bool good = false;
  try {
    good = co_await with_timeout(options().check_timeout, check(entry));
  } catch (...) {
    Context::current().check();
  }
  if (good) suspect.release();
  co_return good;
}

void PoolCore::refuse(PoolShard& shard, const char* why, Duration waited) const {
  const PoolStats now = stats();
  std::string text = "pool \"" + options().name + "\": " + why;
  if (waited > Duration::zero()) text += " within " + in_milliseconds(waited);
  text += "; " + std::to_string(now.in_use + now.opening) + " of " + std::to_string(now.limit) + " in use, " +
          std::to_string(now.waiting) + " waiting";
  const std::string holders = shard.held_by();
  if (!holders.empty()) text += "; held on this worker by " + holders;
  throw Error(Code::resource_exhausted, std::move(text))
      .with("pool", options().name)
      .with("pool.size", std::to_string(now.limit))
      .with("pool.waited", in_milliseconds(waited));
}

Task<void> PoolCore::warm_up(std::size_t count) {
  PoolShard& shard = state_->here();
  std::vector<PoolEntry*> opened;
  struct Return {
    std::vector<PoolEntry*>& all;
    ~Return() {
      for (PoolEntry* entry : all) PoolCore::give_back(*entry);
    }
  } give_all_back{opened};
  while (shard.idle.get() + shard.in_use.get() + shard.opening.get() < count && state_->take(shard)) {
    PoolEntry* const entry = co_await open_leased(shard);
    opened.push_back(entry);
  }
}

Task<void> PoolCore::refill(PoolShard& shard) {
  while (shard.wants_refill() && state_->take(shard)) {
    PoolEntry* const entry = co_await open_leased(shard);
    give_back(*entry);
  }
}

Task<void> PoolCore::drain(Duration limit) {
  state_->closing.store(true, std::memory_order_relaxed);
  auto drain_one = [](PoolShard& shard, Duration at_most) -> Task<void> {
    if (&shard.loop == &EventLoop::current()) {
      co_await shard.drain(at_most);
    } else {
      auto there = [&shard, at_most] { return shard.drain(at_most); };
      co_await run_on(shard.loop, there);
    }
  };
  std::vector<Task<void>> all;
  state_->each([&](PoolShard& shard) { all.push_back(drain_one(shard, limit)); });
  co_await when_all(std::move(all));
}

PoolStats PoolCore::stats() const { return state_->stats(); }

Task<std::vector<PoolHolder>> PoolCore::holders() {
  PoolReport all = co_await PoolView(state_).report();
  co_return std::move(all.holders);
}

}  // namespace detail
}  // namespace ngo::net
