// The code of docs/metrics.md.
#include <ngo/app.hpp>
#include <ngo/metrics/sink.hpp>

#include <array>
#include <atomic>
#include <memory>

// [instruments]
// What the box office counts; made once, then kept.
struct BoxOfficeMetrics {
  explicit BoxOfficeMetrics(ngo::Metrics& metrics)
      : sold(metrics.counter("box.tickets", "{ticket}", "tickets sold")),
        at_desk(sold.with({{"box.channel", "desk"}})),
        online(sold.with({{"box.channel", "online"}})),
        price(metrics.histogram("box.ticket.price", "{euro}", "what a ticket has cost", kPrices)) {}

  static constexpr std::array kPrices{10.0, 20.0, 50.0, 100.0};

  ngo::metrics::Metric<ngo::metrics::Counter> sold;
  ngo::metrics::Counter at_desk;
  ngo::metrics::Counter online;
  ngo::metrics::Histogram price;
};
// [/instruments]

// [module]
struct TillOptions {
  int coins = 100;
};

// A module that is asked for its state instead of counting.
class Till {
 public:
  using Options = TillOptions;
  static constexpr std::string_view kSection = "till";
  static ngo::Task<std::unique_ptr<Till>> open(Options options, ngo::Setup& setup) {
    co_return std::make_unique<Till>(options, setup.metrics());
  }

  Till(Options options, ngo::Metrics& metrics) : coins_(options.coins) {
    constexpr ngo::metrics::Description kCoins{ngo::metrics::Kind::gauge, "till.coins", "{coin}",
                                               "coins in the till"};
    collection_ = metrics.on_collect(kCoins, [this] { return static_cast<double>(coins_); });
  }
  int take(int coins) { return coins_ -= coins; }

 private:
  std::atomic<int> coins_;
  ngo::metrics::Collection collection_;  // last: it must end before what it reads
};
// [/module]

// [calls]
struct PrinterOptions {
  std::string address = "printer.house";
};

// A module that asks somebody else by a protocol of its own, and shows each call.
class Printer {
 public:
  using Options = PrinterOptions;
  static constexpr std::string_view kSection = "printer";
  static ngo::Task<std::unique_ptr<Printer>> open(Options options, ngo::Setup& setup) {
    auto calls = setup.calls("printer.client.operation.duration", {{"server.address", options.address}});
    co_return std::make_unique<Printer>(std::move(calls));
  }

  explicit Printer(ngo::telemetry::Calls calls) : calls_(std::move(calls)) {}
  ngo::Task<int> print(int tickets) {
    auto call = calls_.begin("print tickets", {{"printer.operation", "print"}});
    call.attribute("printer.tickets", tickets);  // of the span alone: it has many values
    const int pages = co_await call.of(send(tickets));
    call.label("printer.paper", pages > 1 ? "roll" : "sheet");  // known now
    co_return pages;
  }

 private:
  static ngo::Task<int> send(int tickets) {
    co_await ngo::yield();  // here the bytes would go out
    if (tickets > 100) throw ngo::Error(ngo::Code::resource_exhausted, "the printer is out of paper");
    co_return (tickets + 9) / 10;
  }

  ngo::telemetry::Calls calls_;
};
// [/calls]

// [sink]
// Remembers how many tickets each interval has sold.
class TicketMonitor final : public ngo::MetricsSink {
 public:
  void take(const ngo::metrics::Snapshot& interval, const ngo::metrics::Snapshot&) override {
    const ngo::metrics::Family* sold = interval.find("box.tickets");
    if (sold == nullptr) return;
    double tickets = 0;
    for (const ngo::metrics::Point& point : sold->points) tickets += point.number();
    latest_ = static_cast<int>(tickets);
    sum_ += static_cast<int>(tickets);
  }
  [[nodiscard]] int sum() const noexcept { return sum_; }
  [[nodiscard]] int latest() const noexcept { return latest_; }

 private:
  std::atomic<int> latest_{0};
  std::atomic<int> sum_{0};
};
// [/sink]

struct Sale {
  std::string channel = "online";
  double price = 0;
};

void add_metrics(ngo::App& app) {
  // [use]
  auto counted = std::make_shared<BoxOfficeMetrics>(app.metrics());
  app.post("/sales", [counted](ngo::Json<Sale> sale) {
    (sale->channel == "desk" ? counted->at_desk : counted->online).add();
    counted->price.record(sale->price);
    return ngo::Created(*sale, "/sales/1");
  });
  // [/use]
  // [register]
  auto monitor = std::make_shared<TicketMonitor>();
  app.metrics_sink(monitor);
  // [/register]
  app.post("/print/{tickets}", [](int tickets, Printer& printer) { return printer.print(tickets); });
  app.get("/monitor", [monitor] { return monitor->sum(); });
  app.post("/till/{coins}", [](int coins, Till& till) { return till.take(coins); });
}
