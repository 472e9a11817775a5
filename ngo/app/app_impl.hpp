// The innards of App: what it holds while it runs, and the steps of a life.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ngo/app/app.hpp"
#include "ngo/app/modules.hpp"
#include "ngo/app/options.hpp"
#include "ngo/app/signals.hpp"
#include "ngo/config/command_line.hpp"
#include "ngo/config/tree.hpp"
#include "ngo/http/server.hpp"
#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/watchdog.hpp"
#include "ngo/runtime/workers.hpp"

namespace ngo {

struct App::Impl {
  struct Step {
    Hook hook;
    Duration limit;
  };

  Impl(App& the_app, AppInfo its_info);

  // ---- before anything runs (app_configure.cpp)
  // Reads the configuration and compiles the routes. All mistakes, a sentence each.
  std::vector<std::string> configure();
  [[nodiscard]] std::string service_name() const;

  // ---- the life (app_run.cpp), on the supervisor's loop
  [[nodiscard]] Task<int> live();
  [[nodiscard]] Task<void> start();
  [[nodiscard]] Task<void> stop();
  [[nodiscard]] Task<void> run_hooks(std::vector<Step>& hooks, const char* stage);
  // As run_hooks(), but a failure is only logged.
  [[nodiscard]] Task<void> run_stop_hooks(std::vector<Step>& hooks, const char* stage);
  // Waits, unless a second signal says to hurry.
  [[nodiscard]] Task<void> wait_unless_hurried(Duration time);
  void on_signal(int number);
  void log_start() const;

  App& app;
  AppInfo info;
  TimePoint began;
  config::CommandLine command_line;
  config::Tree tree;

  app::ServiceOptions service;
  app::OpsOptions ops;
  app::RuntimeOptions runtime;
  HealthOptions health_options;
  http::ServerOptions server_options;
  http::ServerOptions ops_server_options;

  std::vector<Step> pre_start;
  std::vector<Step> after_start;
  std::vector<Step> before_stop;
  std::vector<Step> after_stop;

  struct Indicator {
    std::string name;
    HealthIndicator check;
    bool for_readiness;
  };
  std::vector<Indicator> indicators;
  std::function<bool()> alive;
  struct Wanted {
    const app::Recipe* recipe;
    std::string name;
  };
  std::vector<Wanted> wanted;

  // Made by configure(), in this order, and destroyed in the reverse one.
  EventLoop loop;  // the supervisor's
  std::unique_ptr<HealthRegistry> health;
  std::unique_ptr<Workers> workers;
  std::unique_ptr<Watchdog> watchdog;
  std::unique_ptr<app::Modules> modules;
  Routes ops_routes;
  std::unique_ptr<http::RouteTable> table;
  std::unique_ptr<http::RouteTable> ops_table;
  std::unique_ptr<http::Server> server;
  std::unique_ptr<http::Server> ops_server;
  std::unique_ptr<app::StopSignals> signals;

  Event stop_wanted;
  Event hurry;
  int first_signal = 0;
  int second_signal = 0;
};

}  // namespace ngo
