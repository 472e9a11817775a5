// The sections of the configuration that belong to the application itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "ngo/base/rules.hpp"
#include "ngo/net/tls_options.hpp"

namespace ngo::app {

// `service`: who this is. Names that are not set come from the environment variables appname and clustername,
// as in the original.
struct ServiceOptions {
  std::string service_name;
  std::string app_name;
  std::string cluster_name;

  static constexpr auto rules =
      ngo::rules(ngo::camel_case(),
                 ngo::description<&ServiceOptions::service_name>("the service's name in logs and traces"),
                 ngo::description<&ServiceOptions::app_name>(
                     "the original's name for it; used when serviceName is not set"),
                 ngo::description<&ServiceOptions::cluster_name>("which deployment of the service this is"));
};

// `ops`: the listener for operators and deployers.
struct OpsOptions {
  bool enabled = true;
  std::string host = "127.0.0.1";
  std::uint16_t port = 8899;
  std::optional<ngo::tls::ServerOptions> tls;
  std::optional<std::string> token;
  std::map<std::string, std::string> tokens;
  std::string base_path = "/actuator";
  bool shutdown = false;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::description<&OpsOptions::enabled>("false: no ops port at all"),
      ngo::description<&OpsOptions::host>(
          "who may reach it may take the service out by /health/offline; the rest wants a token from there"),
      ngo::description<&OpsOptions::port>("0 takes any free port"),
      ngo::description<&OpsOptions::tls>("as httpServer.tls"), ngo::secret<&OpsOptions::token>(),
      ngo::length<&OpsOptions::token>(16, 1024),
      ngo::description<&OpsOptions::token>(
          "who shows it (Authorization: Bearer) may do from elsewhere what this machine may; none: nobody"),
      ngo::secret<&OpsOptions::tokens>(), ngo::element_length<&OpsOptions::tokens>(16, 1024),
      ngo::description<&OpsOptions::tokens>("more of them, each with the name that the log calls it by"),
      ngo::pattern<&OpsOptions::base_path>("(/[A-Za-z0-9_-]+)+"),
      ngo::description<&OpsOptions::base_path>("of the endpoints in the form of Spring Boot's Actuator"),
      ngo::description<&OpsOptions::shutdown>("whether POST /actuator/shutdown stops the service"));
};

// `runtime`: threads.
struct RuntimeOptions {
  std::uint32_t workers = 0;
  std::uint32_t blocking_threads = 16;
  std::uint32_t blocking_queue = 10'000;
  std::chrono::milliseconds blocked_worker_limit{100};
  std::chrono::milliseconds warm_up_timeout{10'000};

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::description<&RuntimeOptions::workers>("0: the CPUs that the process may use"),
      ngo::description<&RuntimeOptions::blocking_threads>("threads for blocking work, started when needed"),
      ngo::description<&RuntimeOptions::blocking_queue>("pieces of blocking work that may wait for a thread"),
      ngo::description<&RuntimeOptions::blocked_worker_limit>(
          "a handler that holds a worker longer is logged; 0: never"),
      ngo::description<&RuntimeOptions::warm_up_timeout>(
          "for what modules do on each worker before the service is ready; 0: it is left out"),
      ngo::range<&RuntimeOptions::workers>(0, 1024), ngo::range<&RuntimeOptions::blocking_threads>(1, 1024),
      ngo::range<&RuntimeOptions::blocking_queue>(1, 10'000'000));
};

}  // namespace ngo::app
