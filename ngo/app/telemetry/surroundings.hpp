// What a process is in: machine, container, pod. Parsers of the places where Linux and Kubernetes say so, for
// the resource attributes of OpenTelemetry's conventions. What cannot be found out is left out.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ngo/metrics/snapshot.hpp"

namespace ngo::app {

// The id of the container (64 hexadecimal digits) in the text of /proc/self/cgroup; empty: in none. Version 1
// has it in its paths (docker, containerd, CRI-O, podman); version 2 only where the namespace is the host's.
[[nodiscard]] std::string container_id_of_cgroup(std::string_view text);
// The same of /proc/self/mountinfo, where the files that the runtime puts in (/etc/hostname) come from.
[[nodiscard]] std::string container_id_of_mountinfo(std::string_view text);
// PRETTY_NAME of /etc/os-release, else NAME; empty without either.
[[nodiscard]] std::string os_description_of(std::string_view text);

// OTEL_RESOURCE_ATTRIBUTES: "key=value,key=value", both percent-encoded where they have commas, equals signs,
// percent signs or what is not ASCII; blanks around are no part of them. Nothing when a part of it is wrong:
// then it is to be left aside as a whole.
[[nodiscard]] std::optional<std::vector<std::pair<std::string, std::string>>> parse_resource_attributes(
    std::string_view text);

// Where to look; a test's own.
struct Surroundings {
  std::function<std::string(const char* path)> file;              // empty when it cannot be read
  std::function<std::string_view(const char* name)> environment;  // empty when it is not set

  [[nodiscard]] static Surroundings real();
};

// host.*, os.*, process.*, container.id, k8s.*
[[nodiscard]] metrics::Labels detect_resource(const Surroundings& from);

}  // namespace ngo::app
