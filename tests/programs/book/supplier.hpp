// The code of docs/pools.md: a module that asks a supplier over connections from a pool.
#pragma once

#include <ngo/app.hpp>
#include <ngo/net/pool.hpp>
#include <ngo/resilience.hpp>

#include <memory>
#include <string>

// [connection]
// One conversation with the supplier: a question, then its answer.
class Connection {
 public:
  static ngo::Task<Connection> open();
  ngo::Task<int> price_of(std::string item);
  ngo::Task<bool> ping();
  [[nodiscard]] bool usable() const { return open_; }
  [[nodiscard]] bool settled() const { return !talking_; }

 private:
  bool open_ = true;
  bool talking_ = false;  // a question was sent, its answer has not come
};
// [/connection]

struct SupplierOptions {
  std::uint32_t connections = 2;
};

// [supplier]
class Supplier {
 public:
  using Options = SupplierOptions;
  static constexpr std::string_view kSection = "supplier";
  static ngo::Task<std::unique_ptr<Supplier>> open(Options options, ngo::Setup& setup);

  explicit Supplier(ngo::net::PoolOptions options) : pool_(std::move(options), hooks()) {}
  ngo::Task<int> price_of(std::string item);
  ngo::Task<void> close();
  [[nodiscard]] ngo::net::PoolStats stats() const { return pool_.stats(); }

 private:
  static ngo::net::Pool<Connection>::Hooks hooks();
  ngo::net::Pool<Connection> pool_;
};
// [/supplier]
