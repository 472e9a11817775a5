// Registers the service with one or more Spring Boot Admin servers, so that it stands there beside services
// in Java: by POST /instances when it has started and again every ten seconds (which is the heartbeat), by
// DELETE when it stops. A server that is down is a state, told by /health as UNKNOWN and by one line in the
// log; nothing waits for it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ngo/app/health.hpp"
#include "ngo/base/civil_time.hpp"
#include "ngo/base/rules.hpp"
#include "ngo/config/report.hpp"
#include "ngo/config/tree.hpp"
#include "ngo/http/client/client.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo::app {

// How the instance is told of.
struct AdminInstance {
  std::string name;
  std::string service_url;
  std::string management_url;
  std::string health_url;
  std::map<std::string, std::string> metadata;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::description<&AdminInstance::name>("default: the service's name"),
      ngo::description<&AdminInstance::service_url>("default: the address of the service port"),
      ngo::description<&AdminInstance::management_url>("default: that of the ops port with ops.basePath"),
      ngo::description<&AdminInstance::health_url>("default: managementUrl/health"),
      ngo::description<&AdminInstance::metadata>(
          "user.name and user.password (a token of ops.tokens) for a server on another machine; tags.*"),
      ngo::secret<&AdminInstance::metadata>());
};

// The section `admin`, or `spring.boot.admin.client` as Spring's client has it.
struct AdminOptions {
  bool enabled = true;
  std::vector<std::string> url;
  std::string username;
  std::string password;
  std::chrono::milliseconds period = std::chrono::seconds(10);
  bool register_once = true;
  bool auto_deregistration = true;
  AdminInstance instance;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::description<&AdminOptions::enabled>("false: the service is not registered"),
      ngo::description<&AdminOptions::url>("of the servers, such as http://admin:8080; empty: none"),
      ngo::description<&AdminOptions::username>("for the servers (Basic)"),
      ngo::secret<&AdminOptions::password>(), ngo::description<&AdminOptions::password>("for the servers"),
      ngo::description<&AdminOptions::period>("between two registrations"),
      ngo::description<&AdminOptions::register_once>("at the first server that answers; false: at all"),
      ngo::description<&AdminOptions::auto_deregistration>("when the service stops"),
      ngo::range<&AdminOptions::period>(std::chrono::milliseconds(100), std::chrono::hours(1)));
};

// Binds `admin`, and over it `spring.boot.admin.client`. Keys of Spring's client that mean nothing here are
// passed over with a warning.
void bind_admin(AdminOptions& options, config::Tree& tree, config::Report& report);

class AdminRegistration {
 public:
  // `instance`: complete, without empty URLs. `on_change` is awaited when it has been registered, and when
  // that fails for the first time.
  AdminRegistration(AdminOptions options, AdminInstance instance, SystemTime started,
                    std::function<Task<void>()> on_change);
  AdminRegistration(const AdminRegistration&) = delete;
  AdminRegistration& operator=(const AdminRegistration&) = delete;
  ~AdminRegistration();

  // Registers until it is cancelled. On the supervisor's loop, as everything here.
  [[nodiscard]] Task<void> run();
  // Takes the instance back wherever it is registered, within two seconds, and closes the connections.
  [[nodiscard]] Task<void> end();
  [[nodiscard]] Health health() const;
  // The body of a registration.
  [[nodiscard]] std::string body() const;

 private:
  struct Server {
    std::string url;  // of its instances
    std::string id;   // of this instance there; empty: not registered
    std::string failure;
    bool told = false;  // the log knows of the failure
  };
  [[nodiscard]] Task<bool> register_at(Server& server);
  [[nodiscard]] HttpCall with_credentials(HttpCall call) const;

  AdminOptions options_;
  AdminInstance instance_;
  SystemTime started_;
  std::function<Task<void>()> on_change_;
  std::vector<Server> servers_;
  HttpClient client_;
};

// An address of this machine that others can reach; "127.0.0.1" where there is none.
[[nodiscard]] std::string reachable_address();

}  // namespace ngo::app
