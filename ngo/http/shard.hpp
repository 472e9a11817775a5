// The part of a server that belongs to one worker: its listener, its connections, its counters.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

#include "ngo/http/exchange.hpp"
#include "ngo/http/recent_exchanges.hpp"
#include "ngo/http/server_settings.hpp"
#include "ngo/net/listener.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo::http {

class Server;
class Connection;

// A counter with one writer (its worker) that any thread may read.
class WorkerCounter {
 public:
  void add(std::int64_t by) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  [[nodiscard]] std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

class Shard {
 public:
  Shard(Server& server, EventLoop& loop);
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;
  ~Shard();

  // Its own thread only, once it serves. An access log that is written elsewhere from now on is completed
  // where it was when its last request has ended.
  void take_settings(std::shared_ptr<const ServerSettings> shared);
  // The socket to listen at; before listen().
  void take_socket(net::Socket socket) noexcept { socket_ = std::move(socket); }
  // Its own thread only, from here on.
  void listen();
  // Serves a connection that this or another worker has accepted.
  void adopt(net::Socket socket, net::Address peer);
  // No new connections are let in by the kernel; those that it has let in are still taken.
  void stop_accepting() noexcept;
  void close_listener() noexcept;
  // Idle connections are closed soon, busy ones after their answer.
  void drain() noexcept;
  // Breaks all connections.
  void abort() noexcept;

  // "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" of this second.
  [[nodiscard]] std::string_view date_line() noexcept {
    if (loop_.now() >= date_until_) [[unlikely]]
      refresh_date();
    return {date_.data(), date_.size()};
  }

  // When a request that is begun now has begun, without a look at the clock: at the beginning of this turn,
  // or where the last request before it ended.
  [[nodiscard]] TimePoint latest() const noexcept { return std::max(loop_.now(), latest_); }
  [[nodiscard]] TimePoint read_clock() noexcept { return latest_ = loop_.clock().now(); }

  [[nodiscard]] Server& server() noexcept { return server_; }
  [[nodiscard]] EventLoop& loop() noexcept { return loop_; }
  [[nodiscard]] ExchangePool& exchanges() noexcept { return exchanges_; }
  // What holds for requests that begin now. Kept by whoever works under it over a wait.
  [[nodiscard]] const std::shared_ptr<WorkerSettings>& settings() const noexcept { return settings_; }
  [[nodiscard]] const ServerOptions& options() const noexcept { return settings_->shared->options; }
  [[nodiscard]] const HeadLimits& head_limits() const noexcept { return limits_; }

  // Read by any thread.
  WorkerCounter in_flight;
  WorkerCounter requests;
  std::atomic<std::int64_t> connections{0};  // counted by whoever hands one over
  RecentExchanges recent;                    // of its worker

 private:
  friend class Connection;
  static constexpr std::size_t kDateBytes = 37;
  void on_accept(net::Socket socket, const net::Address& peer);
  void refresh_date() noexcept;

  Server& server_;
  EventLoop& loop_;
  HeadLimits limits_;  // which the parsers look at
  std::shared_ptr<WorkerSettings> settings_;
  ExchangePool exchanges_;
  net::Socket socket_;
  std::unique_ptr<net::Listener> listener_;
  List<Connection> list_;
  bool draining_ = false;
  TimePoint latest_{};
  TimePoint date_until_{};
  std::array<char, kDateBytes> date_{};
};

}  // namespace ngo::http
