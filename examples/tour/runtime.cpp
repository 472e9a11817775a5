#include "runtime.hpp"

#include <chrono>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <utility>
#include <variant>

#include <ngo/base/error.hpp>
#include <ngo/http/endpoint.hpp>
#include <ngo/log/log.hpp>
#include <ngo/runtime/blocking.hpp>
#include <ngo/runtime/channel.hpp>
#include <ngo/runtime/combine.hpp>
#include <ngo/runtime/detached.hpp>
#include <ngo/runtime/generator.hpp>
#include <ngo/runtime/scope.hpp>
#include <ngo/runtime/wait.hpp>

namespace tour {

using namespace std::chrono_literals;

namespace {

constexpr int kListPrice = 99;

struct Offer {
  int price = 0;
  int seats_left = 0;
};

}  // namespace

// [task]
ngo::Task<int> price_of(std::string event) {
  co_await ngo::sleep(20ms);  // a call over the network would wait here; the worker serves others meanwhile
  co_return 10 + static_cast<int>(event.size());
}

ngo::Task<int> price_for_two(std::string event) {
  int price = co_await price_of(std::move(event));
  co_return 2 * price;
}
// [/task]

ngo::Task<int> price_at_partner(std::string event) {
  co_await ngo::sleep(event == "opera" ? 5ms : 1h);
  co_return 9 + static_cast<int>(event.size());
}

namespace {

ngo::Task<int> seats_left(std::string event) {
  co_await ngo::sleep(30ms);
  co_return static_cast<int>(event.size());
}

// [all]
ngo::Task<Offer> offer(std::string event) {
  auto [price, seats] = co_await ngo::when_all(price_of(event), seats_left(event));
  co_return Offer{price, seats};
}
// [/all]

}  // namespace

// [any]
ngo::Task<int> fastest_price(std::string event) {
  auto first = co_await ngo::when_any(price_of(event), price_at_partner(event));
  co_return std::visit([](int price) { return price; }, first);
}
// [/any]

// [timeout]
ngo::Task<int> price_or_list_price(std::string event) {
  try {
    co_return co_await ngo::with_timeout(50ms, price_at_partner(std::move(event)));
  } catch (const ngo::Error& error) {
    if (error.code() != ngo::Code::deadline_exceeded) throw;
  }
  co_return kListPrice;
}
// [/timeout]

namespace {

ngo::Task<void> add_price(const std::string& event, int& sum) { sum += co_await price_of(event); }

}  // namespace

// [scope]
ngo::Task<int> total(std::vector<std::string> events) {
  int sum = 0;
  auto ask_for_all = [&](ngo::Scope& scope) -> ngo::Task<void> {
    for (const std::string& event : events) scope.spawn(add_price(event, sum));
    co_return;
  };
  co_await ngo::Scope::run(ask_for_all);  // after this line all of them have ended
  co_return sum;
}
// [/scope]

// [semaphore]
ngo::Task<int> price_politely(ngo::Semaphore& at_partner, std::string event) {
  auto permit = co_await at_partner.acquire();  // given back at the end of the block
  co_return co_await price_at_partner(std::move(event));
}
// [/semaphore]

// [blocking]
ngo::Task<std::string> read_terms(std::string path) {
  auto read = [&path] {
    std::ifstream file(path);
    if (!file) throw ngo::Error(ngo::Code::not_found, "there is no file " + path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  co_return co_await ngo::blocking(read);
}
// [/blocking]

ngo::Task<void> send_receipt(std::string to) {
  co_await ngo::sleep(10ms);
  ngo::log::info("receipt sent to {}", to);
}

namespace {

struct Search {
  std::string event = "opera";
  std::vector<std::string> events;
};

struct Receipt {
  std::string to;
};

struct Digest {
  std::uint64_t digest = 0;
};

// [context]
ngo::Task<Digest> audit(ngo::Query<Search> search) {
  ngo::Context& context = ngo::current_context();
  context.add_log_field("event", search->event);  // on every line of this request from now on
  std::uint64_t digest = 14695981039346656037U;
  for (int round = 0; round < 100'000; ++round) {
    for (char c : search->event) digest = (digest ^ static_cast<unsigned char>(c)) * 1099511628211U;
    if (round % 1000 == 0) co_await ngo::yield();  // others have their turn; throws when the time is over
  }
  ngo::log::info("audited");
  co_return Digest{digest};
}
// [/context]

// [generator]
ngo::Generator<std::string> price_list(std::vector<std::string> events) {
  for (const std::string& event : events) {
    std::string line = event + ";" + std::to_string(co_await price_of(event)) + "\n";
    co_yield line;
  }
}
// [/generator]

// [channel]
ngo::Task<void> produce(ngo::Channel<std::string>& orders) {
  for (const char* order : {"opera", "circus", "chess"}) {
    if (!co_await orders.send(order)) co_return;  // closed: nobody wants more
  }
  orders.close();
}

ngo::Task<int> consume(ngo::Channel<std::string>& orders) {
  int sum = 0;
  while (std::optional<std::string> order = co_await orders.receive()) sum += co_await price_of(*order);
  co_return sum;
}

ngo::Task<int> all_orders() {
  ngo::Channel<std::string> orders(2);  // the producer waits while two are in it
  auto [nothing, sum] = co_await ngo::when_all(produce(orders), consume(orders));
  co_return sum;
}
// [/channel]

}  // namespace

void add_runtime_routes(ngo::Routes& routes) {
  routes.get("/offer", [](ngo::Query<Search> search) { return offer(search->event); });
  routes.get("/audit", audit);
  routes.get("/terms", [] { return read_terms("terms.txt"); });
  // [stream]
  routes.get("/prices", [](ngo::Query<Search> search) { return price_list(search->events); });
  // [/stream]
  // [detached]
  routes.post("/receipts", [](ngo::Json<Receipt> receipt) {
    ngo::spawn_detached(send_receipt(receipt->to));
    return ngo::Accepted(*receipt);
  });
  // [/detached]
  routes.get("/orders/sum",
             []() -> ngo::Task<std::string> { co_return std::to_string(co_await all_orders()); });
  routes.get("/two/{event}", [](std::string event) -> ngo::Task<std::string> {
    co_return std::to_string(co_await price_for_two(event));
  });
}

}  // namespace tour
