#include "ngo/app/telemetry/loop_probe.hpp"

#include <array>
#include <chrono>

#include "ngo/runtime/timer.hpp"

namespace ngo::app {
namespace {

constexpr Duration kInterval = std::chrono::milliseconds(250);
constexpr unsigned kTurnsBetweenCounts = 20;
constexpr std::size_t kMostTimers = 10'000;  // counting more would hold the worker
// A timer fires up to a millisecond late without any lag.
constexpr std::array kBounds{0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0};

}  // namespace

class LoopProbes::Probe {
 public:
  Probe(Metrics& metrics, EventLoop& loop, std::size_t worker)
      : loop_(loop),
        lag_(metrics.histogram("ngo.runtime.loop.lag", "s", "how late a worker comes to a timer", kBounds)),
        detached_(metrics.gauge("ngo.runtime.detached.count", "{task}", "work that goes on behind requests")
                      .with({{"ngo.worker", worker}})),
        timers_(metrics.gauge("ngo.runtime.timer.count", "{timer}", "armed timers, counted up to 10000")
                    .with({{"ngo.worker", worker}})) {}

  // On the loop's thread.
  void begin() noexcept { loop_.timers().arm(timer_, loop_.now() + kInterval); }

 private:
  void on_timer() noexcept {
    const TimePoint now = loop_.clock().now();
    lag_.record(std::chrono::duration<double>(now - timer_.deadline()).count());
    detached_.set(static_cast<double>(loop_.detached_count()));
    if (turns_++ % kTurnsBetweenCounts == 0)
      timers_.set(static_cast<double>(loop_.timers().count(kMostTimers)));
    loop_.timers().arm(timer_, now + kInterval);
  }

  EventLoop& loop_;
  metrics::Histogram lag_;
  metrics::Gauge detached_;
  metrics::Gauge timers_;
  unsigned turns_ = 0;
  CallbackTimer<Probe, &Probe::on_timer> timer_{this};
};

LoopProbes::LoopProbes(Metrics& metrics, Workers& workers) {
  for (std::size_t i = 0; i < workers.size(); ++i) {
    Probe* const probe = probes_.emplace_back(std::make_unique<Probe>(metrics, workers.loop(i), i)).get();
    workers.loop(i).post([probe] { probe->begin(); });
  }
}

LoopProbes::~LoopProbes() = default;

}  // namespace ngo::app
