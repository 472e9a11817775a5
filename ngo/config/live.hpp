// A section of the configuration as a plain struct, which may change while the service runs.
//
//   struct House {
//     static constexpr std::string_view kSection = "house";
//     std::string name;
//   };
//
// Config<T> is a snapshot: what holds when it is taken, for as long as it is kept, whatever is reloaded
// meanwhile. A handler takes one as its parameter, and so answers a request from one state of things.
//
// Live<T> is where snapshots come from: for members of modules and for work that outlives a request.
// `live->seats` is one load and a comparison. What `->` and `*` give is good until this thread next reads a
// Live of this T, so not across a co_await: take `Config<T> now = live.now()` for that.
//
// Values are replaced whole, never changed in place; each thread that reads keeps the last one that it saw.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "ngo/base/type.hpp"

namespace ngo {

// Cheap to copy; from any thread.
template <class T>
class Config {
 public:
  // For tests: the value must outlive it.
  explicit Config(const T& value) noexcept : value_(std::shared_ptr<const void>(), &value) {}
  explicit Config(std::shared_ptr<const T> value) noexcept : value_(std::move(value)) {}
  [[nodiscard]] const T& operator*() const noexcept { return *value_; }
  [[nodiscard]] const T* operator->() const noexcept { return value_.get(); }

 private:
  std::shared_ptr<const T> value_;
};

namespace config {

// The place of one section's value in a process; what replaces it lives on one thread, readers on any.
class LiveCell {
 public:
  using Value = std::shared_ptr<const void>;
  using Watcher = std::function<void(const void* before, const void* after)>;

  explicit LiveCell(Value value);
  LiveCell(const LiveCell&) = delete;
  LiveCell& operator=(const LiveCell&) = delete;
  ~LiveCell();

  // No two values of any cells in the process have the same.
  [[nodiscard]] std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }
  [[nodiscard]] Value value(std::uint64_t& version) const;
  // Replaces the value and tells the watchers, on this thread. What they throw is logged by nobody: they
  // must not.
  void set(Value value);
  // Calls `f` after each replacement until the result is destroyed. Of the thread that replaces.
  [[nodiscard]] std::shared_ptr<void> watch(Watcher f);

  // What this thread saw last of a T.
  struct Seen {
    std::uint64_t version;
    const void* value;
  };
  // Brings it up to date, and keeps the value alive for this thread. `owner` is the thread's own.
  void refresh(Seen& seen, Value& owner) const;

 private:
  struct State;
  std::atomic<std::uint64_t> version_{0};
  std::unique_ptr<State> state_;
};

}  // namespace config

template <class T>
class Live {
 public:
  explicit Live(std::shared_ptr<config::LiveCell> cell) noexcept : cell_(std::move(cell)) {}
  // For tests: a value that does not change.
  explicit Live(T value)
      : cell_(std::make_shared<config::LiveCell>(std::make_shared<const T>(std::move(value)))) {}

  [[nodiscard]] const T* operator->() const { return current(); }
  [[nodiscard]] const T& operator*() const { return *current(); }
  // Whole and the same for as long as it is kept.
  [[nodiscard]] Config<T> now() const {
    static_cast<void>(current());
    return Config<T>(std::static_pointer_cast<const T>(owner()));
  }
  // Calls f(before, after), on the supervisor's thread, each time that a reload has changed something in the
  // section; both are good during the call. Until the result is destroyed, which that thread does, or
  // whoever knows that it does not run any more. f must not throw.
  template <class F>
  [[nodiscard]] std::shared_ptr<void> on_change(F f) const {
    return cell_->watch([f = std::move(f)](const void* before, const void* after) {
      f(*static_cast<const T*>(before), *static_cast<const T*>(after));
    });
  }

 private:
  static config::LiveCell::Seen& seen() noexcept {
    static constinit thread_local config::LiveCell::Seen last{};
    return last;
  }
  static config::LiveCell::Value& owner() noexcept {
    static thread_local config::LiveCell::Value last;
    return last;
  }
  [[nodiscard]] const T* current() const {
    config::LiveCell::Seen& last = seen();
    if (last.version != cell_->version()) [[unlikely]]
      cell_->refresh(last, owner());
    return static_cast<const T*>(last.value);
  }

  std::shared_ptr<config::LiveCell> cell_;
};

}  // namespace ngo
