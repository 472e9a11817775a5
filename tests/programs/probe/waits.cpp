#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include <ngo/runtime/blocking.hpp>
#include <ngo/runtime/wait.hpp>

#include "probe.hpp"

namespace probe {
namespace {

struct Time {
  std::chrono::milliseconds time{0};
};

struct Seen {
  std::int64_t begun = 0;      // of /slow, /never, /deadline
  std::int64_t ended = 0;      // came to their end
  std::int64_t cancelled = 0;  // were cut off while they waited
};

std::atomic<std::int64_t> begun{0};
std::atomic<std::int64_t> ended{0};
std::atomic<std::int64_t> cancelled{0};

ngo::Task<void> wait(std::chrono::milliseconds time) {
  ++begun;
  try {
    co_await ngo::sleep(time);
  } catch (const ngo::Error&) {
    ++cancelled;
    throw;
  }
  ++ended;
}

}  // namespace

// A function to be found in a profile.
[[gnu::noinline]] std::uint64_t compute(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  std::uint64_t number = 1;
  do {
    for (int i = 0; i < 10'000; ++i) number = number * 6364136223846793005U + 1442695040888963407U;
  } while (std::chrono::steady_clock::now() < end);
  return number;
}

void add_waits(ngo::App& app) {
  app.get("/slow", [](ngo::Query<Time> query) -> ngo::Task<std::string> {
    co_await wait(query->time);
    co_return "slept";
  });
  app.post("/slow", [](ngo::Query<Time> query, ngo::Body body) -> ngo::Task<std::string> {
    co_await wait(query->time);
    co_return co_await body.text();
  });
  app.get("/compute", [](ngo::Query<Time> query) { return std::to_string(compute(query->time)); });
  app.get("/never",
          []() -> ngo::Task<std::string> {
            co_await wait(std::chrono::hours(1));
            co_return "slept";
          })
      .timeout(ngo::Duration::zero());
  app.get("/deadline",
          []() -> ngo::Task<std::string> {
            co_await wait(std::chrono::hours(1));
            co_return "slept";
          })
      .timeout(std::chrono::milliseconds(50));
  app.get("/waits", [] { return Seen{begun, ended, cancelled}; });

  app.get("/blocking", [](ngo::Query<Time> query) -> ngo::Task<std::string> {
    auto wait_there = [time = query->time] {
      std::this_thread::sleep_for(time);
      return std::string("blocked a thread of the pool");
    };
    co_return co_await ngo::blocking(std::move(wait_there));
  });
  app.get("/hold-worker", [](ngo::Query<Time> query) {
    std::this_thread::sleep_for(query->time);
    return "held the worker";
  });
  app.get("/thread", [] { return std::to_string(std::hash<std::thread::id>()(std::this_thread::get_id())); });
  app.post("/stop", [&app] {
    app.stop();
    return "stopping";
  });
}

}  // namespace probe
