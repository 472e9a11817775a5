// The code of docs/metrics.md.
#include <ngo/app.hpp>

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
  app.post("/till/{coins}", [](int coins, Till& till) { return till.take(coins); });
}
