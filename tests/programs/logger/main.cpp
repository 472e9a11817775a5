// The program that the tests of the log ask: lines by the million from every worker, text from requests, a
// crash.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ngo/app.hpp>
#include <ngo/log/log.hpp>
#include <ngo/log/writer.hpp>
#include <ngo/runtime/scope.hpp>
#include <ngo/runtime/wait.hpp>
#include <ngo/runtime/workers.hpp>

namespace {

// Each worker's numbers go on from one flood to the next, so that a reader sees every hole.
class Flood {
 public:
  struct Options {
    std::string ledger;  // a file with 8 bytes for each worker: how many of its lines are written for certain
    static constexpr auto rules =
        ngo::rules(ngo::description<&Options::ledger>("file for what is certain to be in the log"));
  };
  static constexpr std::string_view kSection = "flood";

  static ngo::Task<std::unique_ptr<Flood>> open(Options options, ngo::Setup& setup) {
    co_return std::make_unique<Flood>(std::move(options), *setup.workers());
  }

  Flood(Options options, ngo::Workers& workers) : workers_(workers), next_(workers.size()) {
    if (!options.ledger.empty())
      ledger_ = ::open(options.ledger.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  }
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;
  ~Flood() {
    if (ledger_ >= 0) ::close(ledger_);
  }

  // `pace`: lines between two times of waiting for the writer; 0: it never waits. `warn_every`: one in so
  // many is a warning; 0: none.
  ngo::Task<void> run(std::int64_t lines, std::int64_t pace, std::int64_t warn_every) {
    auto all = [&](ngo::Scope& scope) -> ngo::Task<void> {
      for (std::size_t worker = 0; worker < workers_.size(); ++worker)
        scope.spawn(on_worker(worker, lines, pace, warn_every));
      co_return;
    };
    co_await ngo::Scope::run(all);
  }

 private:
  ngo::Task<void> on_worker(std::size_t worker, std::int64_t lines, std::int64_t pace,
                            std::int64_t warn_every) {
    auto work = [&]() -> ngo::Task<void> {
      std::int64_t& number = next_[worker];
      for (std::int64_t i = 1; i <= lines; ++i) {
        ++number;
        const bool warns = warn_every != 0 && number % warn_every == 0;
        ngo::log::get("flood").at(warns ? ngo::log::Level::warn : ngo::log::Level::info, "flood {} {} end",
                                  worker, number);
        if (pace != 0 && (i % pace == 0 || i == lines)) {
          while (!ngo::log::flush()) continue;
          if (ledger_ >= 0 &&
              pwrite(ledger_, &number, sizeof number, static_cast<off_t>(worker * sizeof number)) < 0)
            throw ngo::Error(ngo::Code::unavailable, "cannot write the ledger");
        }
        if (i % 2000 == 0) co_await ngo::yield();
      }
    };
    co_await ngo::run_on(workers_.loop(worker), work);
  }

  ngo::Workers& workers_;
  std::vector<std::int64_t> next_;
  int ledger_ = -1;
};

// Fills the stack.
[[gnu::noinline]] int deeper(int depth) {
  volatile char place[1024];
  place[0] = static_cast<char>(depth);
  return depth == 0 ? 0 : deeper(depth + 1) + place[0];
}

struct FloodQuery {
  std::int64_t pace = 2000;
  std::int64_t warn_every = 0;
};

struct Said {
  std::string text;
  std::string logger = "default";
  ngo::log::Level level = ngo::log::Level::info;
};

}  // namespace

int main(int argc, char** argv) {
  ngo::App app(argc, argv, {.name = "logger", .version = "1.0.0"});
  app.post("/flood/{lines}",
           [](std::int64_t lines, ngo::Query<FloodQuery> query, Flood& flood) -> ngo::Task<void> {
             co_await flood.run(lines, query->pace, query->warn_every);
           })
      .timeout(ngo::Duration::zero());
  app.post("/say",
           [](ngo::Json<Said> said) { ngo::log::get(said->logger).at(said->level, "{}", said->text); });
  // All that a client may choose, as message, as value and as a name.
  app.get("/taken/{part}", [](std::string part, ngo::Request& request) {
    const std::string header(request.header("X-Text").value_or(""));
    const std::string agent(request.header("User-Agent").value_or(""));
    ngo::log::info("taken {} {} {} {}", part, request.path(), header, agent);
    ngo::log::info("taken", {{"part", part}, {"path", request.path()}, {"header", header}, {"agent", agent}});
    if (!header.empty()) ngo::log::get("odd").warn("{}", header);
  });
  app.get("/quiet/{number}", [](int number) {
    ngo::log::debug("a detail of {}", number);
    ngo::log::get("odd").debug("an odd detail of {}", number);
  });
  app.get("/other/{number}", [](int number, ngo::Request& request) {
    if (const std::optional<ngo::TraceId> trace = ngo::TraceId::parse(request.header("X-Trace").value_or("")))
      ngo::Context::current().set_trace({*trace, {}});
    ngo::log::debug("a detail of another, {}", number);
  });
  app.get("/crash", [] {
    ngo::log::info("the last words");
    void* const page = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *static_cast<volatile int*>(page) = 1;
  });
  app.get("/overflow", [] {
    ngo::log::info("the last words");
    return std::to_string(deeper(1));
  });
  app.get("/abort", [] {
    ngo::log::info("the last words");
    std::abort();
  });
  return app.run();
}
