#include "ngo/app/ops/admin.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "ngo/app/ops/actuator.hpp"
#include "ngo/base/error.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/codec/json_value.hpp"
#include "ngo/config/bind.hpp"
#include "ngo/log/log.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::app {
namespace {

constexpr std::chrono::milliseconds kPatience = std::chrono::seconds(2);

// Of Spring's client.
constexpr std::string_view kWithoutEffect[] = {"apiPath", "connectTimeout", "readTimeout",
                                               "autoRegistration"};

HttpClientOptions client_options() {
  HttpClientOptions options;
  options.name = "ngo-admin";
  options.timeout = options.connect_timeout = options.read_timeout = kPatience;
  options.max_idemponent_call_attempts = 1;
  options.propagate = false;
  return options;
}

// What Spring calls a URL: without the slash at its end.
std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

void bind_admin(AdminOptions& options, config::Tree& tree, config::Report& report) {
  tree.bind("admin", options, report);
  config::Node* node = tree.section("spring");
  for (const std::string_view key : {"boot", "admin", "client"}) {
    config::Node::Entry* const entry = node == nullptr || !node->is_map() ? nullptr : node->find(key);
    node = entry == nullptr ? nullptr : &entry->value;
  }
  if (node == nullptr) return;
  tree.claim("spring");
  config::BindOptions how;
  how.without_effect = kWithoutEffect;
  config::bind(options, *node, "spring.boot.admin.client", report, how);
}

AdminRegistration::AdminRegistration(AdminOptions options, AdminInstance instance, SystemTime started,
                                     std::function<Task<void>()> on_change)
    : options_(std::move(options)),
      instance_(std::move(instance)),
      started_(started),
      on_change_(std::move(on_change)),
      client_(client_options()) {
  client_.set_traced(false);
  for (const std::string& url : options_.url)
    servers_.push_back({without_slash(url) + "/instances", {}, {}, false});
}
AdminRegistration::~AdminRegistration() = default;

std::string AdminRegistration::body() const {
  JsonValue body;
  body["name"] = instance_.name;
  body["managementUrl"] = instance_.management_url;
  body["healthUrl"] = instance_.health_url;
  body["serviceUrl"] = instance_.service_url;
  JsonValue metadata = JsonValue::object();
  metadata["startup"] = iso_time(started_);
  for (const auto& [name, value] : instance_.metadata) metadata[name] = value;
  body["metadata"] = std::move(metadata);
  return json::to_string(body);
}

HttpCall AdminRegistration::with_credentials(HttpCall call) const {
  if (options_.username.empty()) return call;
  return std::move(call).basic_auth(options_.username, options_.password);
}

Task<bool> AdminRegistration::register_at(Server& server) {
  std::string failure;
  bool changed = false;
  try {
    HttpCall call =
        client_.post(server.url).body(body(), "application/json").header("Accept", "application/json");
    HttpResponse response = co_await with_credentials(std::move(call)).send();
    if (response.ok()) {
      const JsonValue answer = response.as<JsonValue>();
      const JsonValue* const id = answer.find("id");
      const bool was_unknown = server.id.empty();
      server.id = id != nullptr && id->is_string() ? id->as_string() : "";
      if (was_unknown && !server.id.empty()) {
        log::info("registered at {} as {}", server.url, server.id);
        changed = true;
      }
      if (server.id.empty()) failure = "the answer has no id";
    } else {
      failure = "it answers " + std::to_string(response.status());
    }
  } catch (const Error& error) {
    Context::current().check();  // it is the end, and not the server
    failure = error.message();
  }
  server.failure = failure;
  if (failure.empty()) {
    server.told = false;
  } else {
    server.id.clear();
    if (!std::exchange(server.told, true)) {
      log::warn("cannot register at {}: {}; trying again every {} ms", server.url, failure,
                options_.period.count());
      changed = true;
    }
  }
  if (changed) co_await on_change_();
  const bool registered = failure.empty();
  co_return registered;
}

Task<void> AdminRegistration::run() {
  while (true) {
    for (Server& server : servers_) {
      const bool done = co_await register_at(server);
      if (done && options_.register_once) break;
    }
    co_await sleep(options_.period);
  }
}

Task<void> AdminRegistration::end() {
  for (Server& server : servers_) {
    if (server.id.empty() || !options_.auto_deregistration) continue;
    try {
      HttpCall call = client_.del(server.url + "/{id}", server.id);
      HttpResponse response = co_await with_credentials(std::move(call)).send();
      if (!response.ok() && response.status() != 404)
        log::warn("cannot deregister at {}: it answers {}", server.url, response.status());
    } catch (const Error& error) {
      log::warn("cannot deregister at {}: {}", server.url, error.message());
    }
    server.id.clear();
  }
  co_await client_.close();
}

Health AdminRegistration::health() const {
  Health found = Health(HealthStatus::unknown, "not registered yet");
  for (const Server& server : servers_) {
    if (!server.id.empty()) {
      found = Health::up();
      found.details.emplace_back("server", server.url);
      found.details.emplace_back("id", server.id);
      return found;
    }
    if (!server.failure.empty()) found.reason = server.url + ": " + server.failure;
  }
  return found;
}

std::string reachable_address() {
  // Where a packet to a far network would leave; nothing is sent.
  std::string address = "127.0.0.1";
  const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return address;
  sockaddr_in far{};
  far.sin_family = AF_INET;
  far.sin_port = htons(9);
  inet_pton(AF_INET, "192.0.2.1", &far.sin_addr);  // RFC 5737: nobody's
  sockaddr_in own{};
  socklen_t size = sizeof own;
  std::array<char, INET_ADDRSTRLEN> text{};
  if (connect(descriptor, reinterpret_cast<sockaddr*>(&far), sizeof far) == 0 &&
      getsockname(descriptor, reinterpret_cast<sockaddr*>(&own), &size) == 0 &&
      inet_ntop(AF_INET, &own.sin_addr, text.data(), text.size()) != nullptr)
    address = text.data();
  close(descriptor);
  return address;
}

}  // namespace ngo::app
