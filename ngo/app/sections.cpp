#include "ngo/app/sections.hpp"

#include <cstdlib>

#include "ngo/app/telemetry/metrics_route.hpp"
#include "ngo/config/bind.hpp"
#include "ngo/net/tls_context.hpp"

namespace ngo::app {
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

void Sections::bind(config::Tree& tree, config::Report& report) {
  tree.bind("service", service, report);
  take_from_environment(service.app_name, "appname");
  take_from_environment(service.cluster_name, "clustername");
  tree.bind("httpServer", server_options, report);
  warn_of_missing_middleware(tree, report);
  tree.bind("ops", ops, report);
  tree.bind("runtime", runtime, report);
  tree.bind("health", health_options, report);
  bind_admin(admin_options, tree, report);
  tree.bind("metrics", metrics_options, report);
  metrics_options.take_environment([](const char* name) -> const char* { return std::getenv(name); });
  tree.bind("tracing", tracing_options, report);
  if (server_options.shutdown_delay < std::chrono::milliseconds::zero()) {
    server_options.shutdown_delay = default_shutdown_delay();
  }
  ops_server_options.host = ops.host;
  ops_server_options.port = ops.port;
  ops_server_options.tls = ops.tls;
  ops_server_options.max_connections = 1000;
  ops_server_options.middlewares.url_metrics.enabled = false;
  ops_server_options.middlewares.tracing.enabled = false;
  compress_metrics(ops_server_options);
  check_certificates("httpServer", server_options.tls, tree, report);
  check_certificates("ops", ops.tls, tree, report);
  bind_log(tree, report);
}

void Sections::bind_log(config::Tree& tree, config::Report& report) {
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

}  // namespace ngo::app
