// The application: configuration, logs, modules, the two listeners, health, start and stop. A program makes
// one, declares its routes, and returns run().
//
//   int main(int argc, char** argv) {
//     ngo::App app(argc, argv);
//     app.get("/hello", [] { return Hello{}; });
//     return app.run();
//   }
//
// Exit codes: 0 stopped as asked; 1 could not start, with every reason at once on stderr; 2 wrong use of the
// command line; 128 + n when a second signal n cut the stop short.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "ngo/app/guards.hpp"
#include "ngo/app/health.hpp"
#include "ngo/app/module.hpp"
#include "ngo/app/setup.hpp"
#include "ngo/base/error.hpp"
#include "ngo/config/data_source.hpp"
#include "ngo/http/middleware/maintenance.hpp"
#include "ngo/http/routes.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo {

class MetricsSink;
namespace trace {
class Exporter;
}

struct AppInfo {
  std::string_view name = "";     // the service's, when the configuration does not say (service.serviceName)
  std::string_view version = "";  // shown by --version and in the start-up line
  std::string_view default_config = "";  // YAML; what holds when no file is there
};

class App final : public Routes {
 public:
  using Hook = std::function<Task<void>()>;
  static constexpr std::chrono::seconds kHookLimit{30};

  App(int argc, char** argv, AppInfo info = AppInfo());
  ~App();

  using Routes::use;
  // Uses a module beyond those that handlers name as parameters.
  template <Module M>
  App& use(std::string_view name = "default") {
    want(app::recipe_of<M>(), name);
    return *this;
  }

  // Hooks, each awaited, within its limit, in the order of declaration. A failure of pre_start or after_start
  // stops the start (exit code 1); one of before_stop or after_stop is logged. pre_start: modules are open,
  // nothing listens yet. after_start: listening. before_stop: readiness has just been taken back, everything
  // still works. after_stop: nothing is in flight any more, modules are still open.
  App& pre_start(Hook hook, Duration limit = kHookLimit);
  App& after_start(Hook hook, Duration limit = kHookLimit);
  App& before_stop(Hook hook, Duration limit = kHookLimit);
  App& after_stop(Hook hook, Duration limit = kHookLimit);

  // The service's own word on whether it lives, asked by /health/check. It must answer at once.
  App& liveness(std::function<bool()> alive);
  // An indicator of the service's own.
  App& health(std::string name, HealthIndicator indicator, bool for_readiness = false);

  // A source of configuration of the service's own: what -c SCHEME://... reads. See
  // ngo/config/data_source.hpp.
  App& config_source(std::string scheme, config::DataSources::Make make);

  // Shows a breaker, budget, limit or hedge of the program's own at /ops/resilience, where it can be set:
  // `app.guard({"supplier", breaker})`. It must stay until run() returns.
  App& guard(Guard guard);

  // Switches the service's maintenance on and off; see httpServer.middlewares.maintenance. From any thread.
  [[nodiscard]] Maintenance& maintenance() noexcept;

  // The process's metrics, for instruments of the service's own. From any thread.
  [[nodiscard]] Metrics& metrics() noexcept;

  // Has a sink see what was counted, every metrics.interval and once more at stop.
  App& metrics_sink(std::shared_ptr<MetricsSink> sink);
  // Has an exporter of your own get the traces that are kept, instead of what tracing.type says.
  App& trace_exporter(std::unique_ptr<trace::Exporter> exporter);

  // Serves until a signal or stop(). Returns the exit code.
  int run();
  // Begins a graceful stop. From any thread.
  void stop() noexcept;

 private:
  void want(const app::Recipe& recipe, std::string_view name);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ngo
