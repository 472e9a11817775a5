#include "supplier.hpp"

#include <ngo/runtime/wait.hpp>

using namespace std::chrono_literals;

ngo::Task<Connection> Connection::open() {
  co_await ngo::sleep(1ms);  // the way there and back
  co_return Connection();
}

ngo::Task<int> Connection::price_of(std::string item) {
  talking_ = true;
  co_await ngo::sleep(1ms);
  if (item == "silence") co_await ngo::sleep(1h);
  talking_ = false;
  if (item == "unicorn") throw ngo::Error(ngo::Code::not_found, "the supplier has no unicorn");
  co_return static_cast<int>(item.size());
}

ngo::Task<bool> Connection::ping() { co_return usable(); }

// [open]
ngo::Task<std::unique_ptr<Supplier>> Supplier::open(Options options, ngo::Setup& setup) {
  ngo::net::PoolOptions pool;
  pool.name = setup.section() + ":" + setup.name();
  pool.max_size = options.connections;  // of the whole process
  pool.max_wait = 2s;
  auto supplier = std::make_unique<Supplier>(pool);
  setup.pool(supplier->pool_.view());
  co_return supplier;
}

ngo::net::Pool<Connection>::Hooks Supplier::hooks() {
  return {.open = [] { return Connection::open(); },
          .usable = [](Connection& connection) { return connection.usable(); },
          .settled = [](Connection& connection) { return connection.settled(); },
          .check = [](Connection& connection) { return connection.ping(); }};
}

ngo::Task<void> Supplier::close() { co_await pool_.drain(5s); }
// [/open]

// [checkout]
ngo::Task<int> Supplier::price_of(std::string item) {
  auto connection = co_await pool_.checkout();
  co_return co_await connection->price_of(std::move(item));
}
// [/checkout]
