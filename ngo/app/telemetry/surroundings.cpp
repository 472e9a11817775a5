#include "ngo/app/telemetry/surroundings.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "ngo/base/text.hpp"
#include "ngo/codec/url.hpp"

namespace ngo::app {
namespace {

using metrics::Label;

constexpr std::size_t kIdSize = 64;
constexpr const char* kNamespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

bool is_lower_hex(char c) noexcept { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

// Takes the next line off `rest`.
std::string_view next_line(std::string_view& rest) noexcept {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return line;
}

// The last run of exactly 64 digits; empty: there is none.
std::string_view last_id(std::string_view text) noexcept {
  std::size_t end = text.size();
  while (end > 0) {
    std::size_t begin = end;
    while (begin > 0 && is_lower_hex(text[begin - 1])) --begin;
    if (end - begin == kIdSize) return text.substr(begin, kIdSize);
    end = begin == end ? end - 1 : begin;
  }
  return {};
}

// The fourth of the fields between blanks: where in its file system a mount has its root.
std::string_view root_of_mount(std::string_view line) noexcept {
  for (int field = 0; field < 3; ++field) {
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos) return {};
    line.remove_prefix(blank + 1);
  }
  return line.substr(0, line.find(' '));
}

std::string unquoted(std::string_view value) {
  if (value.size() < 2 || (value.front() != '"' && value.front() != '\'') || value.back() != value.front())
    return std::string(value);
  std::string out;
  value = value.substr(1, value.size() - 2);
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\' && i + 1 < value.size()) ++i;
    out += value[i];
  }
  return out;
}

// The conventions' names of what uname says.
std::string_view architecture_of(std::string_view machine) noexcept {
  if (machine == "x86_64") return "amd64";
  if (machine == "aarch64") return "arm64";
  if (machine == "i386" || machine == "i586" || machine == "i686") return "x86";
  if (machine.starts_with("arm")) return "arm32";
  if (machine == "ppc64le") return "ppc64";
  return machine;
}

std::string executable_name() {
  std::array<char, 4096> path{};
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  if (size <= 0) return {};
  const std::string_view all(path.data(), static_cast<std::size_t>(size));
  return std::string(all.substr(all.rfind('/') + 1));
}

struct FromEnvironment {
  const char* key;
  std::array<const char*, 3> names;  // the first that is set
};
// As the downward API is usually asked for them; Kubernetes itself sets none of these.
constexpr std::array<FromEnvironment, 7> kKubernetes{{
    {"k8s.pod.name", {"POD_NAME", "K8S_POD_NAME", "MY_POD_NAME"}},
    {"k8s.pod.uid", {"POD_UID", "K8S_POD_UID", "MY_POD_UID"}},
    {"k8s.pod.ip", {"POD_IP", "K8S_POD_IP", "MY_POD_IP"}},
    {"k8s.namespace.name", {"POD_NAMESPACE", "K8S_NAMESPACE", "MY_POD_NAMESPACE"}},
    {"k8s.node.name", {"NODE_NAME", "K8S_NODE_NAME", "MY_NODE_NAME"}},
    {"k8s.container.name", {"CONTAINER_NAME", "K8S_CONTAINER_NAME", "MY_CONTAINER_NAME"}},
    {"k8s.cluster.name", {"CLUSTER_NAME", "K8S_CLUSTER_NAME", "MY_CLUSTER_NAME"}},
}};

}  // namespace

std::string container_id_of_cgroup(std::string_view text) {
  while (!text.empty()) {
    std::string_view line = next_line(text);
    // "12:memory:/docker/<id>", "0::/system.slice/docker-<id>.scope"
    const std::size_t path = line.find('/');
    if (path == std::string_view::npos) continue;
    line = line.substr(path);
    if (const std::string_view id = last_id(line.substr(line.rfind('/'))); !id.empty())
      return std::string(id);
  }
  return {};
}

std::string container_id_of_mountinfo(std::string_view text) {
  while (!text.empty()) {
    const std::string_view root = root_of_mount(next_line(text));
    // "/var/lib/docker/containers/<id>/hostname", ".../overlay-containers/<id>/userdata/hostname",
    // "/.../io.containerd.grpc.v1.cri/sandboxes/<id>/hostname" (the pod's, no container's)
    if (!root.ends_with("/hostname") && !root.ends_with("/resolv.conf") && !root.ends_with("/hosts"))
      continue;
    const std::size_t containers = root.find("containers/");
    if (containers == std::string_view::npos) continue;
    if (const std::string_view id = last_id(root.substr(containers)); !id.empty()) return std::string(id);
  }
  return {};
}

std::string os_description_of(std::string_view text) {
  constexpr std::string_view kPretty = "PRETTY_NAME=";
  constexpr std::string_view kName = "NAME=";
  std::string name;
  while (!text.empty()) {
    const std::string_view line = trim(next_line(text));
    if (line.starts_with(kPretty)) return unquoted(line.substr(kPretty.size()));
    if (line.starts_with(kName)) name = unquoted(line.substr(kName.size()));
  }
  return name;
}

std::optional<std::vector<std::pair<std::string, std::string>>> parse_resource_attributes(
    std::string_view text) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view part = trim(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view value = trim(part.substr(equals + 1));
    auto& [key, decoded] = out.emplace_back();
    if (value.find('=') != std::string_view::npos || !url::decode_path(trim(part.substr(0, equals)), key) ||
        key.empty() || !url::decode_path(value, decoded))
      return std::nullopt;
  }
  return out;
}

Surroundings Surroundings::real() {
  Surroundings out;
  out.file = [](const char* path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  };
  out.environment = [](const char* name) -> std::string_view {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string_view() : std::string_view(value);
  };
  return out;
}

metrics::Labels detect_resource(const Surroundings& from) {
  metrics::Labels out;
  const auto set = [&](std::string_view key, std::string_view value) {
    if (!value.empty()) out.push_back({std::string(key), std::string(value)});
  };
  utsname machine{};
  if (uname(&machine) == 0) {
    set("host.name", machine.nodename);
    set("host.arch", architecture_of(machine.machine));
    set("os.version", machine.release);
  }
  set("os.type", "linux");
  set("os.description", os_description_of(from.file("/etc/os-release")));
  out.push_back({"process.pid", std::to_string(getpid()), Label::Type::integer});
  set("process.executable.name", executable_name());
#if defined(__clang__)
  set("process.runtime.name", "clang");
#else
  set("process.runtime.name", "gcc");
#endif
  set("process.runtime.version", __VERSION__);
  std::string container = container_id_of_cgroup(from.file("/proc/self/cgroup"));
  if (container.empty()) container = container_id_of_mountinfo(from.file("/proc/self/mountinfo"));
  set("container.id", container);
  // A pod's environment has this always; the names below may mean anything elsewhere.
  if (from.environment("KUBERNETES_SERVICE_HOST").empty()) return out;
  for (const FromEnvironment& each : kKubernetes) {
    std::string_view value;
    for (const char* const name : each.names) {
      if (value.empty()) value = from.environment(name);
    }
    const std::string_view key = each.key;
    std::string read;
    if (value.empty() && key == "k8s.namespace.name") value = read = from.file(kNamespaceFile);
    // A pod is called what its host is called, unless it says otherwise.
    if (value.empty() && key == "k8s.pod.name") value = from.environment("HOSTNAME");
    set(key, trim(value));
  }
  return out;
}

}  // namespace ngo::app
