#include "ngo/app/telemetry/resource.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "ngo/app/telemetry/surroundings.hpp"

namespace ngo::app {
namespace {

using testing::ElementsAre;
using testing::Pair;

const std::string kId = "4c8ce5a5ffcd8ad21b6a1d8c1c5b6f2e7f3b0a9d8e7c6b5a4f3e2d1c0b9a8f7e";

struct Case {
  const char* what;
  std::string text;
  std::string expected;
};

TEST(Cgroup, HasTheContainersIdInManyForms) {
  const std::string half = kId.substr(0, 32);
  const Case cases[] = {
      {"version 1 of docker", "12:memory:/docker/" + kId + "\n1:name=systemd:/docker/" + kId + "\n", kId},
      {"systemd's driver", "1:name=systemd:/system.slice/docker-" + kId + ".scope\n", kId},
      {"version 2 in the host's namespace", "0::/system.slice/docker-" + kId + ".scope\n", kId},
      {"podman", "0::/machine.slice/libpod-" + kId + ".scope/container\n", ""},
      {"podman, the container's own", "0::/machine.slice/libpod-" + kId + ".scope\n", kId},
      {"kubernetes with containerd",
       "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1a.slice/cri-containerd-" + kId +
           ".scope",
       kId},
      {"kubernetes with cgroupfs", "11:cpu:/kubepods/besteffort/pod7f9e3b1c-1f/" + kId + "\n", kId},
      {"CRI-O", "4:cpu:/kubepods.slice/crio-" + kId + ".scope\n", kId},
      {"version 2 in a namespace of its own", "0::/\n", ""},
      {"a login session", "0::/user.slice/user-1000.slice/session-2.scope\n", ""},
      {"too short an id", "0::/docker/" + half + "\n", ""},
      {"too long an id", "0::/docker/" + kId + "a\n", ""},
      {"the id of an outer group is not the own one", "0::/docker/" + kId + "/init.scope\n", ""},
      {"nothing", "", ""},
      {"no path", "12:memory:\n\n", ""},
  };
  for (const Case& each : cases) EXPECT_EQ(container_id_of_cgroup(each.text), each.expected) << each.what;
}

TEST(Mountinfo, HasTheContainersIdWhereItsHostnameComesFrom) {
  const Case cases[] = {
      {"docker",
       "563 552 0:50 / / rw,relatime - overlay overlay rw\n"
       "571 563 254:1 /var/lib/docker/containers/" +
           kId + "/resolv.conf /etc/resolv.conf rw,relatime - ext4 /dev/vda1 rw\n",
       kId},
      {"podman",
       "1 2 0:3 /containers/overlay-containers/" + kId + "/userdata/hostname /etc/hostname rw - tmpfs t rw",
       kId},
      {"a layer is no container",
       "563 552 0:50 / / rw - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/" + kId + "/hostname\n",
       ""},
      {"containerd shows the pod's sandbox",
       "1 2 254:1 /var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/" + kId +
           "/hostname /etc/hostname rw - ext4 /dev/vda1 rw",
       ""},
      {"a machine of its own", "22 28 0:20 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n", ""},
      {"too few fields", "22 28\n", ""},
      {"nothing", "", ""},
  };
  for (const Case& each : cases) EXPECT_EQ(container_id_of_mountinfo(each.text), each.expected) << each.what;
}

TEST(OsRelease, SaysTheNameThatPeopleKnow) {
  const Case cases[] = {
      {"Debian", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\n",
       "Debian GNU/Linux 12 (bookworm)"},
      {"no long name", "ID=alpine\nNAME='Alpine Linux'\n", "Alpine Linux"},
      {"unquoted", "NAME=Fedora", "Fedora"},
      {"escaped", "PRETTY_NAME=\"The \\\"best\\\" \\$ys\"", "The \"best\" $ys"},
      {"nothing", "", ""},
  };
  for (const Case& each : cases) EXPECT_EQ(os_description_of(each.text), each.expected) << each.what;
}

TEST(ResourceAttributes, ArePercentEncodedPairs) {
  EXPECT_THAT(*parse_resource_attributes("service.namespace=shop, a%2Cb = c%3Dd%25 ,,last="),
              ElementsAre(Pair("service.namespace", "shop"), Pair("a,b", "c=d%"), Pair("last", "")));
  EXPECT_THAT(*parse_resource_attributes(""), ElementsAre());
  EXPECT_THAT(*parse_resource_attributes("plus=a+b,city=M%C3%BCnchen"),
              ElementsAre(Pair("plus", "a+b"), Pair("city", "M\xC3\xBCnchen")));
}

TEST(ResourceAttributes, AreLeftAsideAsAWholeWhenAPartIsWrong) {
  for (const char* const wrong :
       {"good=1,bad", "good=1,=bad", "good=1,bad=%4", "good=1,bad=%zz", "bad=a=b", "%=1"})
    EXPECT_FALSE(parse_resource_attributes(wrong)) << wrong;
}

class ResourceTest : public testing::Test {
 protected:
  Surroundings surroundings() {
    Surroundings out;
    out.file = [this](const char* path) { return files_[path]; };
    out.environment = [this](const char* name) -> std::string_view { return environment_[name]; };
    return out;
  }
  std::map<std::string, std::string> resource(std::string_view name = "shop") {
    std::map<std::string, std::string> out;
    for (const metrics::Label& each : resource_of(name, "1.2", surroundings())) out[each.key] = each.value;
    return out;
  }
  std::map<std::string, std::string> files_;
  std::map<std::string, std::string> environment_;
};

TEST_F(ResourceTest, SaysWhoAndWhereTheProcessIs) {
  files_["/etc/os-release"] = "PRETTY_NAME=\"A Linux\"";
  files_["/proc/self/cgroup"] = "0::/\n";
  files_["/proc/self/mountinfo"] =
      "1 2 254:1 /var/lib/docker/containers/" + kId + "/hostname /etc/hostname rw - ext4 /dev/vda1 rw\n";
  auto found = resource();
  EXPECT_EQ(found["service.name"], "shop");
  EXPECT_EQ(found["service.version"], "1.2");
  EXPECT_EQ(found["os.type"], "linux");
  EXPECT_EQ(found["os.description"], "A Linux");
  EXPECT_EQ(found["container.id"], kId);
  for (const char* const key : {"host.name", "host.arch", "process.pid", "process.executable.name",
                                "process.runtime.name", "service.instance.id", "telemetry.sdk.version"})
    EXPECT_FALSE(found[key].empty()) << key;
  EXPECT_EQ(found.count("k8s.pod.name"), 0U);
}

TEST_F(ResourceTest, SaysWhichPodItIsIn) {
  environment_["KUBERNETES_SERVICE_HOST"] = "10.0.0.1";
  environment_["HOSTNAME"] = "shop-7d9-x2x";
  environment_["POD_UID"] = "8a7b";
  environment_["K8S_NODE_NAME"] = "node-3";
  files_["/var/run/secrets/kubernetes.io/serviceaccount/namespace"] = "sales\n";
  auto found = resource();
  EXPECT_EQ(found["k8s.pod.name"], "shop-7d9-x2x");
  EXPECT_EQ(found["k8s.pod.uid"], "8a7b");
  EXPECT_EQ(found["k8s.node.name"], "node-3");
  EXPECT_EQ(found["k8s.namespace.name"], "sales");
  environment_["POD_NAME"] = "named";
  environment_["POD_NAMESPACE"] = "said";
  found = resource();
  EXPECT_EQ(found["k8s.pod.name"], "named");
  EXPECT_EQ(found["k8s.namespace.name"], "said");
}

TEST_F(ResourceTest, TakesTheEnvironmentsWordOverItsOwnAndTheNamesOverAll) {
  environment_["OTEL_RESOURCE_ATTRIBUTES"] =
      "service.name=first,host.name=box,deployment.environment.name=test";
  auto found = resource();
  EXPECT_EQ(found["service.name"], "first");
  EXPECT_EQ(found["host.name"], "box");
  EXPECT_EQ(found["deployment.environment.name"], "test");
  environment_["OTEL_SERVICE_NAME"] = "second";
  EXPECT_EQ(resource()["service.name"], "second");
  environment_["OTEL_RESOURCE_ATTRIBUTES"] = "host.name=box,broken";
  found = resource();
  EXPECT_NE(found["host.name"], "box");
  EXPECT_EQ(found["service.name"], "second");
}

}  // namespace
}  // namespace ngo::app
