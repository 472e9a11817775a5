// Resources that one caller at a time uses (connections to one target), kept open between uses. Every client
// of ngo has its connections from here. The limit belongs to the process; each worker has connections of its
// own, which never leave its loop, and borrows the right to open one from the others when it needs more than
// its share. Who finds none waits in turn, until the Context's deadline or max_wait.
//
//   Pool<Connection> pool({.name = "redis:sessions"}, {.open = [&] { return connect(address); }});
//   auto lease = co_await pool.checkout();
//   co_await lease->send(command);
//
// Not for what several callers use at once (an HTTP/2 session): that is no lease. docs/pools.md
#pragma once

#include <cassert>
#include <exception>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "ngo/net/detail/pool_core.hpp"

namespace ngo::net {

template <class T>
class Pool final : private detail::PoolCore {
  struct Entry;

 public:
  // What the pool needs to know of a T. Called on the worker that the T belongs to, under the Context of the
  // caller that needs it.
  struct Hooks {
    // Opens one. What it throws goes to the caller of checkout().
    std::function<Task<T>()> open;
    // Cheap, asked at each checkout and return: false when it is closed.
    std::function<bool(T&)> usable = {};
    // Cheap, asked when an exception ends a lease: true when no conversation is under way, so that the next
    // caller would find it as if nothing had happened. Without this hook it is closed then.
    std::function<bool(T&)> settled = {};
    // Asked at checkout of what was idle for longer than check_after; may talk to the other side. An
    // exception means no.
    std::function<Task<bool>(T&)> check = {};
  };

  // A resource for one caller, given back when the lease is destroyed: into the pool, or closed when an
  // exception destroys it and it is not settled(). Belongs to the loop that checked it out, and must not
  // outlive the pool.
  class [[nodiscard]] Lease {
   public:
    Lease() = default;
    Lease(Lease&& other) noexcept : entry_(std::exchange(other.entry_, nullptr)) {}
    Lease& operator=(Lease&& other) noexcept {
      if (this != &other) {
        end();
        entry_ = std::exchange(other.entry_, nullptr);
      }
      return *this;
    }
    ~Lease() { end(); }

    explicit operator bool() const noexcept { return entry_ != nullptr; }
    T& operator*() const noexcept {
      assert(entry_ != nullptr);
      return entry_->resource;
    }
    T* operator->() const noexcept { return &**this; }

    // Gives it back now, for the next caller.
    void release() noexcept {
      if (entry_ != nullptr) PoolCore::give_back(*std::exchange(entry_, nullptr));
    }
    // What a report says of it while it is out, asked on this loop: "HTTP/2, 3 requests".
    void describe(std::function<std::string()> note) noexcept {
      assert(entry_ != nullptr);
      PoolCore::describe(*entry_, std::move(note));
    }
    // Closes it: it is broken, or not fit for the next caller.
    void discard() noexcept {
      if (entry_ != nullptr) PoolCore::discard(*std::exchange(entry_, nullptr));
    }

   private:
    friend class Pool;
    explicit Lease(detail::PoolEntry* entry) noexcept : entry_(static_cast<Entry*>(entry)) {}
    void end() noexcept {
      if (entry_ == nullptr) return;
      if (std::uncaught_exceptions() == 0) {
        release();
      } else {
        PoolCore::give_back_after_error(*std::exchange(entry_, nullptr));
      }
    }
    Entry* entry_ = nullptr;
  };

  Pool(PoolOptions options, Hooks hooks) : PoolCore(std::move(options)), hooks_(std::move(hooks)) {}
  // All leases are back, the loops that used it still exist, and where there are several drain() has ended.
  ~Pool() = default;

  // One that is idle on this worker, the one used last first; else a new one, while the process has less than
  // max_size; else the first that becomes free. Throws what open() throws; Error{resource_exhausted} with the
  // pool's name, size, and who holds what, after max_wait or when max_waiting wait already;
  // Error{deadline_exceeded} or {cancelled} by the Context; Error{unavailable} once drain() was called.
  [[nodiscard]] Task<Lease> checkout() { co_return Lease(co_await PoolCore::take()); }
  // The same when one is idle on this worker that needs no check(); an empty Lease otherwise. Never waits.
  [[nodiscard]] Lease try_checkout() noexcept { return Lease(PoolCore::try_take()); }

  // Opens until this worker has `count`, leased or idle, or the process all that it may have. Throws what
  // open() throws.
  [[nodiscard]] Task<void> warm_up(std::size_t count) { return PoolCore::warm_up(count); }
  // For good: refuses new checkouts and those that wait, closes what is idle, waits up to `limit` for leases
  // that are out (they are closed when they come back). The loops that used the pool must still run.
  [[nodiscard]] Task<void> drain(Duration limit) { return PoolCore::drain(limit); }

  // From any thread. Lowering it closes idle ones, and leased ones when they come back.
  void set_max_size(std::size_t size) noexcept { PoolCore::set_max_size(size); }
  // From any thread; the numbers of workers that run meanwhile may be a moment apart.
  [[nodiscard]] PoolStats stats() const { return PoolCore::stats(); }
  // Every lease that is out, the longest held first. Asks the loops that used the pool, which must run.
  [[nodiscard]] Task<std::vector<PoolHolder>> holders() { return PoolCore::holders(); }
  [[nodiscard]] const PoolOptions& options() const noexcept { return PoolCore::options(); }
  // To look at it without knowing what it holds: for Setup::pool().
  [[nodiscard]] PoolView view() const noexcept { return PoolCore::view(); }

 private:
  struct Entry final : detail::PoolEntry {
    explicit Entry(T&& opened) : resource(std::move(opened)) {}
    T resource;
  };

  Task<std::unique_ptr<detail::PoolEntry>> open() override {
    co_return std::make_unique<Entry>(co_await hooks_.open());
  }
  bool usable(detail::PoolEntry& entry) override {
    return !hooks_.usable || hooks_.usable(static_cast<Entry&>(entry).resource);
  }
  bool settled(detail::PoolEntry& entry) override {
    return hooks_.settled && hooks_.settled(static_cast<Entry&>(entry).resource);
  }
  [[nodiscard]] bool has_check() const noexcept override { return static_cast<bool>(hooks_.check); }
  Task<bool> check(detail::PoolEntry& entry) override {
    return hooks_.check(static_cast<Entry&>(entry).resource);
  }

  Hooks hooks_;
};

}  // namespace ngo::net
