#include <atomic>
#include <cstdio>
#include <memory>
#include <string>

#include <ngo/app/module.hpp>
#include <ngo/app/setup.hpp>

#include "probe.hpp"

namespace probe {
namespace {

void say(const char* what) {
  std::fprintf(stderr, "probe: %s\n", what);
  std::fflush(stderr);
}

struct LedgerOptions {
  std::int64_t opening = 0;
};

class Ledger {
 public:
  using Options = LedgerOptions;
  static constexpr std::string_view kSection = "ledger";
  static ngo::Task<std::unique_ptr<Ledger>> open(Options options, ngo::Setup&) {
    say("ledger opens");
    co_return std::make_unique<Ledger>(options.opening);
  }

  explicit Ledger(std::int64_t opening) : balance_(opening) {}
  ngo::Task<void> close() {
    say("ledger closes");
    co_return;
  }
  std::int64_t add(std::int64_t amount) { return balance_ += amount; }

 private:
  std::atomic<std::int64_t> balance_;
};

struct TellerOptions {
  std::int64_t step = 1;
};

// Needs the ledger: it is opened after it and closed before it.
class Teller {
 public:
  using Options = TellerOptions;
  static constexpr std::string_view kSection = "teller";
  static ngo::Task<std::unique_ptr<Teller>> open(Options options, ngo::Setup& setup) {
    Ledger& ledger = co_await setup.get<Ledger>();
    say("teller opens");
    setup.on_drain([]() -> ngo::Task<void> {
      say("teller drains");
      co_return;
    });
    co_return std::make_unique<Teller>(ledger, options.step);
  }

  Teller(Ledger& ledger, std::int64_t step) : ledger_(ledger), step_(step) {}
  ngo::Task<void> close() {
    say("teller closes");
    co_return;
  }
  std::int64_t pay_in() { return ledger_.add(step_); }

 private:
  Ledger& ledger_;
  std::int64_t step_;
};

struct Balance {
  std::int64_t balance;
};

struct Answer {
  bool alive = true;
};

ngo::App::Hook saying(const char* what) {
  return [what]() -> ngo::Task<void> {
    say(what);
    co_return;
  };
}

std::atomic<bool> alive{true};
std::atomic<bool> component_up{true};

}  // namespace

void add_modules(ngo::App& app) {
  app.post("/pay-in", [](Teller& teller) { return Balance{teller.pay_in()}; });
  app.get("/balance", [](Ledger& ledger) -> ngo::Task<Balance> { co_return Balance{ledger.add(0)}; });

  app.pre_start(saying("pre_start"));
  app.after_start(saying("after_start"));
  app.before_stop(saying("before_stop"));
  app.after_stop(saying("after_stop"));

  app.liveness([] { return alive.load(); });
  app.post("/liveness", [](ngo::Query<Answer> answer) { alive = answer->alive; });
  auto indicator = []() -> ngo::Task<ngo::Health> {
    co_return component_up ? ngo::Health::up().with("depth", "3") : ngo::Health::down("switched off");
  };
  app.health("component", indicator, true);
  app.post("/component", [](ngo::Query<Answer> answer) { component_up = answer->alive; });
}

}  // namespace probe
