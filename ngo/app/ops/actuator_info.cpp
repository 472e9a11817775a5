// /actuator/info: what runs, where, since when.
#include <pwd.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <utility>

#include "ngo/app/ops/actuator.hpp"
#include "ngo/http/endpoint.hpp"
#include "ngo/http/request.hpp"
#include "ngo/runtime/workers.hpp"
#include "ngo/version.hpp"

namespace ngo::app {
namespace {

void add_if_set(JsonValue& object, std::string_view name, const char* variable) {
  const char* const value = std::getenv(variable);
  if (value != nullptr && *value != '\0') object[name] = value;
}

// What an image was built from, where its builder left it in the environment.
JsonValue git() {
  JsonValue about = JsonValue::object();
  add_if_set(about, "branch", "GIT_BRANCH");
  JsonValue commit = JsonValue::object();
  add_if_set(commit, "id", "GIT_COMMIT");
  add_if_set(commit, "time", "GIT_COMMIT_TIME");
  if (commit.size() != 0) about["commit"] = std::move(commit);
  return about;
}

JsonValue operating_system() {
  JsonValue about;
  utsname names{};
  if (uname(&names) == 0) {
    about["name"] = names.sysname;
    about["version"] = names.release;
    about["arch"] = names.machine;
  }
  return about;
}

// A number of kilobytes in /proc/self/status, in bytes.
std::int64_t status_bytes(std::string_view name) {
  std::ifstream file("/proc/self/status");
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with(name)) return std::strtoll(line.c_str() + name.size(), nullptr, 10) * 1024;
  }
  return 0;
}

JsonValue process(const StartupTimeline& startup) {
  JsonValue about;
  about["pid"] = static_cast<std::int64_t>(getpid());
  about["parentPid"] = static_cast<std::int64_t>(getppid());
  std::array<char, 1024> room{};
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(geteuid(), &entry, room.data(), room.size(), &found) == 0 && found != nullptr)
    about["owner"] = entry.pw_name;
  const SystemTime now = std::chrono::system_clock::now();
  about["cpus"] = static_cast<std::int64_t>(available_cpus());
  about["startTime"] = iso_time(startup.began());
  about["currentTime"] = iso_time(now);
  about["uptime"] = iso_duration(now - startup.began());
  std::array<char, 4096> folder{};
  if (getcwd(folder.data(), folder.size()) != nullptr) about["workingDirectory"] = folder.data();
  about["memory"]["resident"] = status_bytes("VmRSS:");
  about["memory"]["peak"] = status_bytes("VmHWM:");
  return about;
}

JsonValue compiler() {
  JsonValue about;
#if defined(__clang__)
  about["compiler"] = "clang " __clang_version__;
#else
  about["compiler"] = "g++ " __VERSION__;
#endif
  about["standard"] = static_cast<std::int64_t>(__cplusplus);
  return about;
}

JsonValue info(const Actuator& actuator) {
  const ServiceFacts facts = actuator.facts();
  JsonValue body;
  body["build"]["artifact"] = facts.name;
  body["build"]["name"] = facts.name;
  if (!facts.version.empty()) body["build"]["version"] = facts.version;
  if (JsonValue about = git(); about.size() != 0) body["git"] = std::move(about);
  body["os"] = operating_system();
  body["process"] = process(*actuator.startup);
  body["cpp"] = compiler();
  body["ngo"]["version"] = kVersion;
  body["ngo"]["workers"] = static_cast<std::int64_t>(facts.workers);
  body["ngo"]["modules"] = facts.modules ? facts.modules() : "";
  return body;
}

}  // namespace

void add_actuator_info(Routes& routes, const Actuator& actuator) {
  routes.get(actuator.base_path + "/info",
             [&actuator](const Request& request) { return actuator_json(request, info(actuator)); });
}

}  // namespace ngo::app
