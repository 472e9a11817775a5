// From the command line and the configuration to an App whose parts are made and whose routes are compiled.
// Nothing is opened and nothing runs yet; every mistake is found before the first side effect.
#include <cstdlib>

#include "ngo/app/app_impl.hpp"
#include "ngo/app/foreign_pages.hpp"
#include "ngo/app/health_routes.hpp"
#include "ngo/app/logging_routes.hpp"
#include "ngo/app/maintenance_routes.hpp"
#include "ngo/app/ops/pool_routes.hpp"
#include "ngo/app/ops/pprof_routes.hpp"
#include "ngo/app/ops/resilience_routes.hpp"
#include "ngo/app/ops/tls_routes.hpp"
#include "ngo/app/telemetry/metrics_route.hpp"
#include "ngo/app/telemetry/resource.hpp"
#include "ngo/config/bind.hpp"
#include "ngo/log/options.hpp"
#include "ngo/net/tls_context.hpp"

namespace ngo {

void App::Impl::configure(config::Report& report) {
  config_sources = config::SourceSet(command_line, sources, environment, report);
  if (!config_sources.empty()) loop.block_on(config_sources.read(report));
  tree = config::Tree::load(command_line, info.default_config, environment, report, config_sources);
  bind(tree, report);
  make_parts();
  tracing = std::make_unique<app::Tracing>(tracing_options, app::resource_of_traces(resource), report);
  if (trace_exporter) tracing->export_to(std::move(trace_exporter));
  if (!tracing->tracer().enabled()) server_options.middlewares.tracing.enabled = false;
  compile_routes(report);
  modules->bind(tree, report);
  tree.report_unclaimed(report);
  describe_sections(config_properties);
  describe_modules(config_properties, tree);
}

void App::Impl::make_parts() {
  health = std::make_unique<HealthRegistry>(health_options);
  if (alive) health->set_liveness(std::move(alive));
  for (Indicator& each : indicators)
    health->add(std::move(each.name), std::move(each.check), each.for_readiness);
  modules = std::make_unique<app::Modules>(*health, metrics);
  make_live_config();
  if (!guards.empty()) modules->guards().add("", [this] { return guards; });
  metrics.set_options({metrics_options.max_label_sets});
  const bool named = !(service.service_name.empty() && service.app_name.empty() && info.name.empty());
  resource = app::resource_of(named ? service_name() : "unknown_service:" + service_name(), info.version);
  if (admin_options.enabled && !admin_options.url.empty() && ops.enabled) {
    health->add("springBootAdmin", [this]() -> Task<Health> {
      co_return admin ? admin->health() : Health(HealthStatus::unknown, "not registered yet");
    });
  }
  for (const Wanted& each : wanted) modules->want(*each.recipe, each.name);
}

void App::Impl::compile_routes(config::Report& report) {
  auto in_flight = [this]() -> std::int64_t { return server ? server->in_flight() : 0; };
  app::add_probes(app, server_options.health, *health, in_flight);
  table = std::make_unique<http::RouteTable>(app, server_options);
  table->bind(*modules);  // collects what the handlers want
  for (const std::string& problem : table->problems()) report.error({}, "", problem);

  if (!ops.enabled) return;
  // Everything on the ops port is beneath these two; what is new is protected until access.cpp opens it.
  ops_access = std::make_unique<app::OpsAccess>(ops, metrics_options.path);
  std::vector<std::string> origins;
  origins.reserve(admin_options.url.size());
  for (const std::string& url : admin_options.url) origins.push_back(app::origin_of(url));
  app::refuse_foreign_pages(ops_routes, *ops_access, std::move(origins));
  ops_access->guard(ops_routes);
  app::add_probes(ops_routes, http::HealthEndpoints::all, *health, in_flight);
  app::add_health_details(ops_routes, *health, *ops_access);
  app::add_maintenance_switch(ops_routes, *maintenance);
  app::add_logging(ops_routes);
  app::add_tracing(ops_routes, *tracing);
  make_actuator();
  app::add_actuator(ops_routes, actuator);
  app::add_coroutines(ops_routes, [this] { return workers.get(); }, blocked);
  app::add_config(ops_routes, *live_config);
  app::add_pools(ops_routes, modules->pools());
  app::add_resilience(ops_routes, modules->guards());
  app::add_tls(ops_routes, [this] { return tls_listeners(); });
  app::add_pprof(ops_routes, [this] { return workers.get(); });
  if (metrics_options.enabled) {
    app::add_metrics(ops_routes, metrics_options.path, metrics, resource);
    app::add_metrics(ops_routes, ops.base_path + "/prometheus", metrics, resource);
  }
  ops_table = std::make_unique<http::RouteTable>(ops_routes, ops_server_options);
  ops_table->bind(*modules);
}

void App::Impl::make_actuator() {
  actuator.base_path = ops.base_path;
  actuator.access = ops_access.get();
  actuator.health = health.get();
  actuator.startup = &startup;
  actuator.tree = &tree;
  actuator.metrics = &metrics;
  actuator.has_prometheus = metrics_options.enabled;
  actuator.config_properties = &config_properties;
  actuator.service_routes = [this] { return table.get(); };
  actuator.ops_routes = [this] { return ops_table.get(); };
  actuator.exchanges = [this] {
    return server ? server->recent_exchanges() : std::vector<http::RecentExchanges*>();
  };
  actuator.facts = [this] {
    return app::ServiceFacts{service_name(), std::string(info.version), [this] { return modules->summary(); },
                             workers ? workers->size() : 0};
  };
  for (const log::Options& each : log_options) {
    if (actuator.log_file.empty() || each.name == log::default_logger.name()) {
      if (std::string path = log::file_of(each); !path.empty()) actuator.log_file = std::move(path);
    }
  }
  if (ops.shutdown) actuator.shut_down = [this] { stop_wanted.set(); };
}

// What was read from the configuration, as /actuator/configprops shows it.
void App::Impl::describe_sections(JsonValue& all) {
  auto add = [&](const std::string& prefix, const Type& type, const void* value,
                 const config::Node* section) {
    all[prefix] = app::describe_properties(type, value, prefix, section);
  };
  add("service", type_of<app::ServiceOptions>(), &service, tree.section("service"));
  add("httpServer", type_of<http::ServerOptions>(), &server_options, tree.section("httpServer"));
  add("ops", type_of<app::OpsOptions>(), &ops, tree.section("ops"));
  add("runtime", type_of<app::RuntimeOptions>(), &runtime, tree.section("runtime"));
  add("health", type_of<HealthOptions>(), &health_options, tree.section("health"));
  add("admin", type_of<app::AdminOptions>(), &admin_options, tree.section("admin"));
  for (const log::Options& each : log_options)
    add(log_options.size() == 1 ? "log" : "log." + each.name, type_of<log::Options>(), &each,
        log_options.size() == 1 ? tree.section("log") : nullptr);
}

// Before they take their options.
void App::Impl::describe_modules(JsonValue& all, config::Tree& from) {
  modules->each_options(
      [&](std::string_view section, std::string_view name, const Type& type, const void* value) {
        std::string prefix(section);
        if (name != "default") prefix.append(".").append(name);
        all[prefix] = app::describe_properties(type, value, prefix, from.section(section));
      });
}

std::vector<app::TlsListener> App::Impl::tls_listeners() const {
  std::vector<app::TlsListener> listeners;
  if (server && server->tls() != nullptr) listeners.push_back({"service", server->tls()});
  if (ops_server && ops_server->tls() != nullptr) listeners.push_back({"ops", ops_server->tls()});
  return listeners;
}

std::string App::Impl::service_name() const {
  if (!service.service_name.empty()) return service.service_name;
  if (!service.app_name.empty()) return service.app_name;
  if (!info.name.empty()) return std::string(info.name);
  return command_line.program;
}

}  // namespace ngo
