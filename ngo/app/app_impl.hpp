// The innards of App: what it holds while it runs, and the steps of a life.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ngo/app/app.hpp"
#include "ngo/app/background.hpp"
#include "ngo/app/live_config.hpp"
#include "ngo/app/modules.hpp"
#include "ngo/app/ops/access.hpp"
#include "ngo/app/ops/actuator.hpp"
#include "ngo/app/ops/admin.hpp"
#include "ngo/app/ops/coroutine_routes.hpp"
#include "ngo/app/ops/startup.hpp"
#include "ngo/app/sections.hpp"
#include "ngo/app/signals.hpp"
#include "ngo/app/telemetry/loop_probe.hpp"
#include "ngo/app/telemetry/metrics_export.hpp"
#include "ngo/app/telemetry/process_metrics.hpp"
#include "ngo/app/telemetry/tracing.hpp"
#include "ngo/config/command_line.hpp"
#include "ngo/config/source_set.hpp"
#include "ngo/http/server.hpp"
#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/watchdog.hpp"
#include "ngo/runtime/workers.hpp"

namespace ngo {

struct App::Impl : app::Sections {
  struct Step {
    Hook hook;
    Duration limit;
  };

  Impl(App& the_app, int argc, char** argv, AppInfo its_info);
  int run();
  // Threads, servers, signals: what is needed from the first moment of the life on.
  void make_servers();

  // ---- before anything runs (app_configure.cpp)
  // Reads the configuration and compiles the routes. Adds a sentence for each mistake.
  void configure(config::Report& report);
  void make_parts();
  void compile_routes(config::Report& report);
  // What the actuator's endpoints look at.
  void make_actuator();
  void describe_sections(JsonValue& all);
  void describe_modules(JsonValue& all, config::Tree& from);

  // ---- reloading (app_reload.cpp)
  void make_live_config();
  void bind_next(config::Tree& next, config::Report& report);
  [[nodiscard]] Task<void> prepare_next(const std::vector<std::string>& sections, config::Report& report);
  [[nodiscard]] Task<void> apply_next(const std::vector<std::string>& sections);
  void prepare_server(config::Report& report);
  void apply_log();

  // Begins to tell a Spring Boot Admin server of this instance, where one is configured.
  void register_instance();
  [[nodiscard]] std::string service_name() const;
  // What the framework counts and tells of itself, once its parts are there.
  void observe();

  // ---- the life (app_run.cpp), on the supervisor's loop
  [[nodiscard]] Task<int> live();
  [[nodiscard]] Task<void> start();
  void end_phase(const char* name);
  [[nodiscard]] Task<void> stop(bool started);
  [[nodiscard]] Task<void> run_hooks(std::vector<Step>& hooks, const char* stage);
  // As run_hooks(), but a failure is only logged.
  [[nodiscard]] Task<void> run_stop_hooks(std::vector<Step>& hooks, const char* stage);
  // Waits, unless a second signal says to hurry.
  [[nodiscard]] Task<void> wait_unless_hurried(Duration time);
  // Waits for detached work on all workers until `end`, then cancels it.
  [[nodiscard]] Task<void> end_detached(TimePoint end);
  // Whether every worker still turns; a handler that computes for ever is named in the log.
  [[nodiscard]] Task<bool> workers_respond();
  void on_signal(int number);
  void log_start() const;

  App& app;
  AppInfo info;
  TimePoint began;  // of the process, as near as we know
  TimePoint phase_began = began;
  config::CommandLine command_line;
  config::DataSources sources = config::DataSources::built_in();
  config::Tree tree;
  config::Environment environment = config::Environment::of_process();

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
  std::shared_ptr<Maintenance> maintenance = std::make_shared<Maintenance>();
  struct Wanted {
    const app::Recipe* recipe;
    std::string name;
  };
  std::vector<Wanted> wanted;

  // Made by configure(), in this order, and destroyed in the reverse one.
  Metrics metrics;
  std::unique_ptr<app::Tracing> tracing;
  EventLoop loop;  // the supervisor's
  config::SourceSet config_sources;
  std::unique_ptr<app::LiveConfig> live_config;
  std::unique_ptr<app::Sections> next_sections;  // of a reload that is under way
  config::Tree* next_tree = nullptr;
  std::shared_ptr<const http::ServerSettings> next_settings;
  std::unique_ptr<HealthRegistry> health;
  std::unique_ptr<Workers> workers;
  std::unique_ptr<Watchdog> watchdog;
  std::unique_ptr<app::Modules> modules;
  app::StartupTimeline startup;
  app::BlockedWorkers blocked;
  JsonValue config_properties = JsonValue::object();
  app::Actuator actuator;
  std::unique_ptr<app::OpsAccess> ops_access;
  Routes ops_routes;
  std::unique_ptr<http::RouteTable> table;
  std::unique_ptr<http::RouteTable> ops_table;
  std::unique_ptr<http::Server> server;
  std::unique_ptr<http::Server> ops_server;
  std::unique_ptr<app::StopSignals> signals;

  app::BackgroundWork health_checks{"the health checks"};
  app::BackgroundWork config_work{"following the configuration"};
  app::BackgroundWork tracing_work{"tracing"};
  std::unique_ptr<app::AdminRegistration> admin;  // null: nobody to register with
  app::BackgroundWork admin_work{"the registration with Spring Boot Admin"};
  metrics::Labels resource;                      // who speaks in telemetry
  std::vector<metrics::Collection> collections;  // what the framework tells of itself
  std::vector<std::shared_ptr<MetricsSink>> metrics_sinks;
  std::unique_ptr<trace::Exporter> trace_exporter;     // of the user, until tracing has it
  std::unique_ptr<app::MetricsExport> metrics_export;  // null: there is nobody to tell
  app::BackgroundWork metrics_push{"the export of metrics"};
  std::unique_ptr<app::LogMetrics> log_metrics;
  std::unique_ptr<app::LoopProbes> loop_probes;

  Event stop_wanted;
  Event hurry;
  std::atomic<bool> hurried_{false};  // the same, for the workers
  int first_signal = 0;
  int second_signal = 0;
  bool workers_are_stuck = false;
};

}  // namespace ngo
