// A service whose configuration changes while it runs: handlers and a module that show which one they see.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <ngo/app.hpp>
#include <ngo/app/http_client.hpp>
#include <ngo/app/setup.hpp>
#include <ngo/base/rules.hpp>
#include <ngo/base/secret.hpp>
#include <ngo/log/log.hpp>
#include <ngo/runtime/wait.hpp>

namespace {

using namespace std::chrono_literals;

// The two numbers are always the same in every file: seen apart, they are of two configurations.
struct State {
  static constexpr std::string_view kSection = "state";
  std::int64_t number = 0;
  std::int64_t twin = 0;
  std::string text = "none";
  ngo::Secret<std::string> password;
};

struct Seen {
  std::int64_t number = 0;
  std::int64_t twin = 0;
  std::string text;
};

struct StoreOptions {
  std::int64_t size = 1;
  std::string path = "/tmp";
  static constexpr auto rules =
      ngo::rules(ngo::live<&StoreOptions::size>(), ngo::description<&StoreOptions::size>("of the store"));
};

struct StoreSeen {
  std::int64_t size = 0;
  std::int64_t number = 0;    // of the section `state`, as the module sees it
  std::int64_t told = 0;      // how often it has changed
  std::int64_t told_old = 0;  // and from what
};

// Does not want to be 13, and finds out too late that it cannot be 14.
class Store {
 public:
  using Options = StoreOptions;
  static constexpr std::string_view kSection = "store";
  static ngo::Task<std::unique_ptr<Store>> open(Options options, ngo::Setup& setup) {
    co_return std::make_unique<Store>(options, setup.live<State>());
  }
  Store(const Options& options, ngo::Live<State> state) : size_(options.size), state_(std::move(state)) {
    watch_ = state_.on_change([this](const State& before, const State&) {
      told_old_ = before.number;
      ++told_;
    });
  }

  ngo::Task<void> prepare(const Options& options) {
    if (options.size == 13) throw ngo::Error(ngo::Code::invalid_argument, "13 does not fit here");
    co_return;
  }
  ngo::Task<void> reload(Options options) {
    size_ = options.size;
    if (options.size == 14) throw ngo::Error(ngo::Code::internal, "14 broke");
    co_return;
  }

  [[nodiscard]] StoreSeen look() const { return {size_, state_->number, told_, told_old_}; }

 private:
  std::atomic<std::int64_t> size_;
  ngo::Live<State> state_;
  std::atomic<std::int64_t> told_{0};
  std::atomic<std::int64_t> told_old_{0};
  std::shared_ptr<void> watch_;
};

struct Wait {
  std::chrono::milliseconds time{0};
};

// Reads a part before it waits and a part after it.
ngo::Task<Seen> slow_state(ngo::Config<State> state, ngo::Query<Wait> wait) {
  Seen seen;
  seen.number = state->number;
  co_await ngo::sleep(wait->time);
  seen.twin = state->twin;
  seen.text = state->text;
  co_return seen;
}

// A request to /wait.
struct Held {
  static inline std::atomic<std::int64_t> count{0};
  Held() { ++count; }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() { --count; }
};

struct HeldSeen {
  std::int64_t held = 0;
};

struct Where {
  std::string url;
};

}  // namespace

int main(int argc, char** argv) {
  ngo::AppInfo info;
  info.name = "reloaded";
  ngo::App app(argc, argv, info);
  app.get("/state", [](ngo::Config<State> state) { return Seen{state->number, state->twin, state->text}; });
  app.get("/state/slow", slow_state);
  app.get("/store", [](Store& store) { return store.look(); });
  app.get("/wait", [](ngo::Query<Wait> wait) -> ngo::Task<std::string> {
    const Held here;
    co_await ngo::sleep(wait->time);
    co_return "waited";
  });
  app.get("/state/held", [] { return HeldSeen{Held::count}; });
  app.get("/big", [] { return std::string(10'000, 'x'); });
  app.post("/sink", [](ngo::Body body) -> ngo::Task<std::string> {
    co_return std::to_string((co_await body.text()).size());
  });
  app.get("/log", [] {
    ngo::log::debug("a line for those who want to know all");
    return "written";
  });
  app.get("/call", [](ngo::Query<Where> where, ngo::Http<> http) -> ngo::Task<std::string> {
    co_return co_await http.get(where->url).as<std::string>();
  });
  return app.run();
}
