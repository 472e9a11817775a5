// The program that the system tests ask: routes for every kind of parameter, result, body, failure and wait.
#include "probe.hpp"

namespace {

constexpr const char* kDefaults = R"yaml(
service: { serviceName: probe }
ledger:  { opening: 100 }
teller:  { step: 5 }
)yaml";

}  // namespace

int main(int argc, char** argv) {
  ngo::App app(argc, argv, {.name = "probe", .version = "7.8.9", .default_config = kDefaults});
  probe::add_parameters(app);
  probe::add_results(app);
  probe::add_files(app);
  probe::add_compression(app);
  probe::add_events(app);
  probe::add_bodies(app);
  probe::add_failures(app);
  probe::add_waits(app);
  probe::add_around(app);
  probe::add_contents(app);
  probe::add_tls(app);
  probe::add_modules(app);
  probe::add_metrics(app, app.metrics());
  return app.run();
}
