// From the command line and the configuration to an App whose parts are made and whose routes are compiled.
// Nothing is opened and nothing runs yet; every mistake is found before the first side effect.
#include <cstdlib>

#include "ngo/app/app_impl.hpp"
#include "ngo/app/foreign_pages.hpp"
#include "ngo/app/health_routes.hpp"
#include "ngo/app/logging_routes.hpp"
#include "ngo/app/maintenance_routes.hpp"
#include "ngo/app/telemetry/metrics_route.hpp"
#include "ngo/app/telemetry/resource.hpp"
#include "ngo/config/bind.hpp"
#include "ngo/log/options.hpp"
#include "ngo/net/tls_context.hpp"

namespace ngo {
namespace {

// What the original's files have in `httpServer.middlewares` and this version does not do yet.
void warn_of_missing_middleware(config::Tree& tree, config::Report& report) {
  config::Node* const section = tree.section("httpServer");
  const config::Node::Entry* const middlewares = section == nullptr ? nullptr : section->find("middlewares");
  if (middlewares == nullptr) return;
  for (const std::string_view key : {"jwtAuth"}) {
    if (const config::Node::Entry* const found = middlewares->value.find(key)) {
      report.warn(found->key_place, "httpServer.middlewares." + std::string(key),
                  "not available yet; the key has no effect");
    }
  }
}

void take_from_environment(std::string& name, const char* variable) {
  const char* value = std::getenv(variable);
  if (name.empty() && value != nullptr) name = value;
}

// Where Kubernetes runs a pod, a service goes on for a while after it is told to stop, since its endpoints
// are taken out only then (spec: 5 s).
std::chrono::milliseconds default_shutdown_delay() {
  return std::getenv("KUBERNETES_SERVICE_HOST") != nullptr ? std::chrono::seconds(5)
                                                           : std::chrono::seconds(0);
}

// Certificates are read here to be found wrong before anything starts; the server reads them for itself.
void check_certificates(std::string_view section, const std::optional<tls::ServerOptions>& options,
                        config::Tree& tree, config::Report& report) {
  if (!options || !options->validate().empty()) return;
  try {
    const tls::ServerContext made(*options);
  } catch (const Error& error) {
    const config::Node* const node = tree.section(section);
    const config::Node::Entry* const entry = node == nullptr ? nullptr : node->find("tls");
    report.error(entry == nullptr ? config::Place() : entry->key_place, std::string(section) + ".tls",
                 error.message());
  }
}

}  // namespace

void App::Impl::configure(config::Report& report) {
  tree = config::Tree::load(command_line, info.default_config, config::Environment::of_process(), report,
                            sources);
  bind_sections(report);
  bind_log(report);
  make_parts();
  compile_routes(report);
  modules->bind(tree, report);
  tree.report_unclaimed(report);
}

void App::Impl::bind_sections(config::Report& report) {
  tree.bind("service", service, report);
  take_from_environment(service.app_name, "appname");
  take_from_environment(service.cluster_name, "clustername");
  tree.bind("httpServer", server_options, report);
  warn_of_missing_middleware(tree, report);
  tree.bind("ops", ops, report);
  tree.bind("runtime", runtime, report);
  tree.bind("health", health_options, report);
  tree.bind("metrics", metrics_options, report);
  if (server_options.shutdown_delay < std::chrono::milliseconds::zero()) {
    server_options.shutdown_delay = default_shutdown_delay();
  }
  ops_server_options.host = ops.host;
  ops_server_options.port = ops.port;
  ops_server_options.tls = ops.tls;
  ops_server_options.max_connections = 1000;
  ops_server_options.middlewares.url_metrics.enabled = false;
  app::compress_metrics(ops_server_options);
  check_certificates("httpServer", server_options.tls, tree, report);
  check_certificates("ops", ops.tls, tree, report);
}

void App::Impl::bind_log(config::Report& report) {
  tree.claim("log");
  const log::Options standard;
  tree.note("log", type_of<log::Options>(), &standard, true);
  config::Node* section = tree.section("log");
  if (section == nullptr) return;
  if (!section->is_list()) {
    config::bind(log_options.emplace_back(), *section, "log", report);
    return;
  }
  std::size_t index = 0;
  for (config::Node& each : section->elements()) {
    config::bind(log_options.emplace_back(), each, "log." + std::to_string(index++), report);
  }
}

void App::Impl::make_parts() {
  health = std::make_unique<HealthRegistry>(health_options);
  if (alive) health->set_liveness(std::move(alive));
  for (Indicator& each : indicators)
    health->add(std::move(each.name), std::move(each.check), each.for_readiness);
  modules = std::make_unique<app::Modules>(*health, metrics);
  metrics.set_options({metrics_options.max_label_sets});
  resource = app::resource_of(service_name(), info.version);
  for (const Wanted& each : wanted) modules->want(*each.recipe, each.name);
}

void App::Impl::compile_routes(config::Report& report) {
  auto in_flight = [this]() -> std::int64_t { return server ? server->in_flight() : 0; };
  app::add_probes(app, server_options.health, *health, in_flight);
  table = std::make_unique<http::RouteTable>(app, server_options);
  table->bind(*modules);  // collects what the handlers want
  for (const std::string& problem : table->problems()) report.error({}, "", problem);

  if (!ops.enabled) return;
  app::refuse_foreign_pages(ops_routes);
  app::add_probes(ops_routes, http::HealthEndpoints::all, *health, in_flight);
  app::add_health_details(ops_routes, *health);
  app::add_maintenance_switch(ops_routes, *maintenance);
  app::add_logging(ops_routes);
  if (metrics_options.enabled) app::add_metrics(ops_routes, metrics_options.path, metrics, resource);
  ops_table = std::make_unique<http::RouteTable>(ops_routes, ops_server_options);
  ops_table->bind(*modules);
}

std::string App::Impl::service_name() const {
  if (!service.service_name.empty()) return service.service_name;
  if (!service.app_name.empty()) return service.app_name;
  if (!info.name.empty()) return std::string(info.name);
  return command_line.program;
}

}  // namespace ngo
