// Everything that Tree::load() reads besides one YAML file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/config/encryption.hpp"
#include "ngo/config/tree.hpp"

namespace ngo::config {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Layered : public testing::Test {
 protected:
  Layered() {
    std::string pattern = testing::TempDir() + "/ngo_layers_XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~Layered() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(folder_ + "/" + name).parent_path());
    std::ofstream(folder_ + "/" + name) << text;
  }

  // The tree's dump without the places, in which the folder is "~".
  std::string load(std::vector<std::string> flags, const Environment& environment = {},
                   const DataSources& sources = DataSources::built_in()) {
    std::vector<const char*> arguments = {"test"};
    for (std::string& flag : flags) {
      if (flag.find('~') != std::string::npos) flag.replace(flag.find('~'), 1, folder_);
      arguments.push_back(flag.c_str());
    }
    Report report;
    const Tree tree = Tree::load(parse_command_line(static_cast<int>(arguments.size()), arguments.data()), {},
                                 environment, report, sources);
    std::string out = report.empty() ? tree.dump() : report.to_string();
    for (std::size_t at = 0; (at = out.find(folder_)) != std::string::npos;)
      out.replace(at, folder_.size(), "~");
    if (!report.empty()) return out;
    std::string short_form;
    for (std::size_t at = 0; at < out.size();) {
      const std::size_t end = out.find('\n', at);
      const std::string line = out.substr(at, end - at);
      short_form += line.substr(0, line.find("  # ")) + '\n';
      at = end + 1;
    }
    return short_form;
  }

  std::string folder_;
};

TEST_F(Layered, ImportsWinOverTheFileAndLaterImportsOverEarlierOnes) {
  write("app.yaml",
        "configImports: [ conf.d/*.yaml, optional:none.yaml, b.toml ]\na: { x: 1, y: 1, z: 1 }\n");
  write("conf.d/1.yaml", "a: { x: 2, y: 2 }\n");
  write("conf.d/2.yaml", "a: { y: 3 }\nl: [ 1, 2 ]\n");
  write("b.toml", "l = [ 3 ]\n");
  EXPECT_EQ(load({"-c", "~/app.yaml"}), "a:\n  x: 2\n  y: 3\n  z: 1\nl:\n  - 3\n");
}

TEST_F(Layered, ImportsAreFollowedAndCirclesReported) {
  write("app.yaml", "configImports: sub/b.yaml\n");
  write("sub/b.yaml", "configImports: [ c.properties ]\n");
  write("sub/c.properties", "a.b=1\n");
  EXPECT_EQ(load({"-d", "~"}), "a:\n  b: 1\n");
  write("sub/c.properties", "configImports=b.yaml\n");
  EXPECT_EQ(
      load({"-d", "~"}),
      "~/sub/c.properties:1:15: configImports: the files import each other in a circle: ~/sub/b.yaml -> "
      "~/sub/c.properties -> ~/sub/b.yaml\n");
}

TEST_F(Layered, AnImportThatIsMissingIsAMistakeUnlessItIsOptional) {
  write("app.yaml", "configImports: [ none.yaml ]\n");
  EXPECT_EQ(load({"-d", "~"}), "~/app.yaml:1:18: cannot read \"~/none.yaml\": No such file or directory\n");
  write("app.yaml", "configImports: [ 'optional:none.yaml', 'none*.yaml', '${WHERE:optional:x}' ]\na: 1\n");
  EXPECT_EQ(load({"-d", "~"}), "a: 1\n");
  write("app.yaml", "configImports: { a: b }\n");
  EXPECT_THAT(load({"-d", "~"}), HasSubstr("configImports: expected a list of files"));
}

TEST_F(Layered, AFileMayBeOfAnyFormat) {
  write("app.conf", "a = 1\n");
  EXPECT_EQ(load({"-c", "~/app.conf?format=toml"}), "a: 1\n");
  EXPECT_THAT(load({"-c", "~/app.conf?format=tml"}),
              HasSubstr("no format is called \"tml\"; expected one of yaml,"));
}

TEST_F(Layered, SeveralFilesAreMergedInTheirOrder) {
  write("a.yaml", "a: 1\nb: 1\n");
  write("b.json", "{\"b\": 2}");
  EXPECT_EQ(load({"-c", "~/a.yaml", "-c", "file://~/b.json"}), "a: 1\nb: 2\n");
}

TEST_F(Layered, ProfilesAreDocumentsAndFilesBeside) {
  write("app.yaml", "a: 1\nb: 1\nc: 1\n---\nprofile: test\na: 2\nb: 2\n---\nprofile: [ prod, eu ]\na: 3\n");
  write("app-test.yaml", "b: 4\n");
  EXPECT_EQ(load({"-d", "~"}), "a: 1\nb: 1\nc: 1\n");
  EXPECT_EQ(load({"-d", "~", "-p", "test"}), "a: 2\nb: 4\nc: 1\n");
  EXPECT_EQ(load({"-d", "~", "--profile=test,eu"}), "a: 3\nb: 4\nc: 1\n");
  EXPECT_EQ(load({"-d", "~"}, Environment(Environment::Variables{{"NGO_PROFILE", "prod"}})),
            "a: 3\nb: 1\nc: 1\n");
}

TEST_F(Layered, AProfileThatIsNowhereIsAMistake) {
  write("app.yaml", "a: 1\n---\nprofile: test\na: 2\n");
  EXPECT_EQ(load({"-d", "~", "-p", "tset"}),
            "profile tset: nothing belongs to this profile: no document says \"profile: tset\", and no file "
            "is called "
            "~/app-tset.yaml\n");
  write("app.yaml", "a: 1\n---\nb: 2\n");
  EXPECT_THAT(load({"-d", "~"}),
              HasSubstr("app.yaml:3:1: this document, behind a \"---\", says nothing of when"));
}

TEST_F(Layered, AMountedDirectoryGivesFilesAndSingleValues) {
  write("k/..data/x", "no");
  write("k/app.yaml", "redis: [ { name: main } ]\na: 1\n");
  write("k/redis.0.password", "s3cret\n");
  write("k/a", "2\n");
  EXPECT_EQ(load({"-c", "k8s://~/k"}), "a: 1\nredis:\n  - name: main\n    password: ***\n");
  EXPECT_EQ(load({"-c", "k8s://~/k?prefix=z&secret=true"}),
            "z:\n  a: ***\n  app:\n    yaml: ***\n  redis:\n    - password: ***\n");
  EXPECT_THAT(load({"-c", "k8s://host/x"}), HasSubstr("expected k8s:///PATH"));
  EXPECT_THAT(load({"-c", "k8s:///no/such"}), HasSubstr("cannot read the directory \"/no/such\""));
}

class Centre final : public DataSource {
 public:
  Task<std::vector<Document>> read() override {
    std::vector<Document> out(1);
    out[0].source = "the centre";
    out[0].text = "a: 7\n";
    co_return out;
  }
  Task<void> changed() override { co_return; }
  Task<void> close() override { co_return; }
};

TEST_F(Layered, ACompanyAddsItsOwnCentre) {
  write("app.yaml", "a: 1\nb: 1\n---\nprofile: p\na: 2\n");
  DataSources sources = DataSources::built_in();
  sources.add("centre", [](const Address& address) {
    EXPECT_EQ(address.host, "conf:80");
    EXPECT_EQ(address.path, "/x y");
    EXPECT_EQ(address.parameter("app"), "z");
    EXPECT_EQ(address.parameter("none", "-"), "-");
    return std::make_unique<Centre>();
  });
  EXPECT_EQ(load({"-c", "centre://conf:80/x%20y?app=z", "-c", "~/app.yaml", "-p", "p"}, {}, sources),
            "a: 7\nb: 1\n");
  EXPECT_EQ(
      load({"-c", "center://x"}, {}, sources),
      "-c center://x: no source is called \"center\"; did you mean \"centre\"? known: file (or a path), k8s, "
      "centre\n");
}

class Away final : public DataSource {
 public:
  Task<std::vector<Document>> read() override { throw Error(Code::unavailable, "nobody is there"); }
  Task<void> changed() override { co_return; }
  Task<void> close() override { co_return; }
};

TEST_F(Layered, WhatIsOptionalMayBeAway) {
  DataSources sources = DataSources::built_in();
  sources.add("centre", [](const Address&) { return std::make_unique<Away>(); });
  write("app.yaml", "a: 1\n");
  EXPECT_EQ(load({"-c", "centre://x"}, {}, sources), "-c centre://x: nobody is there\n");
  EXPECT_EQ(load({"-c", "optional:centre://x", "-c", "~/app.yaml"}, {}, sources), "a: 1\n");
  EXPECT_EQ(load({"-c", "optional:~/none.yaml", "-c", "~/app.yaml"}, {}, sources), "a: 1\n");
  EXPECT_THAT(load({"-c", "optional:center://x"}, {}, sources), HasSubstr("no source is called"));
}

TEST_F(Layered, AnAddressTakesItsSecretsFromTheEnvironmentAndKeepsThem) {
  DataSources sources = DataSources::built_in();
  sources.add("centre", [](const Address& address) {
    EXPECT_EQ(address.user, "app");
    EXPECT_EQ(address.password, "a&b=/@");
    EXPECT_EQ(address.host, "h1:1,h2:2");
    EXPECT_EQ(address.path, "/x");
    EXPECT_EQ(address.parameter("token"), "100% #+");
    EXPECT_EQ(address.parameter("key"), "/k");
    return std::make_unique<Away>();
  });
  const Environment environment({{"HOSTS", "h1:1,h2:2"}, {"PASSWORD", "a&b=/@"}, {"TOKEN", "100% #+"}});
  EXPECT_EQ(load({"-c", "centre://app:${PASSWORD}@${HOSTS}/x?token=${TOKEN}&key=/k"}, environment, sources),
            "-c centre://app:***@${HOSTS}/x?token=***&key=/k: nobody is there\n");
  EXPECT_THAT(load({"-c", "centre://${NO_SUCH}/x?token=abc"}, environment, sources),
              AllOf(HasSubstr("NO_SUCH is not set"), Not(HasSubstr("abc"))));
}

TEST_F(Layered, AKeyOfVeryManyPartsIsRefusedWhateverItsFormat) {
  std::string dotted = "a";
  for (int i = 0; i < 70; ++i) dotted += ".a";
  write("a.properties", dotted + "=1\n");
  write("a.toml", dotted + " = 1\n");
  write("a.ini", "[" + dotted + "]\nb = 1\n");
  for (const char* name : {"a.properties", "a.toml", "a.ini"}) {
    const std::string said = load({"-c", std::string("~/") + name});
    EXPECT_TRUE(said.find("64 at most") != std::string::npos ||
                said.find("more than 64") != std::string::npos)
        << name << ": " << said;
  }
}

TEST(Addresses, HideTheirSecretsFromPeople) {
  EXPECT_EQ(parse_address("etcd://u:p@h:1/a?password=x&user=y&key=/z#accessKey=q&cert=c").shown,
            "etcd://u:***@h:1/a?password=***&user=y&key=/z#accessKey=***&cert=c");
  EXPECT_EQ(parse_address("http://h/a+b?x=1+2#interval=3s").path, "/a+b");
  EXPECT_EQ(parse_address("http://h/a?x=1+2").parameter("x"), "1 2");
  EXPECT_EQ(parse_address("http://h/a?x=1+2#interval=3s").parameter("x"), "");
  EXPECT_EQ(parse_address("http://h/a?x=1+2#interval=3s").parameter("interval"), "3s");
}

TEST_F(Layered, EncryptedValuesNeedTheRightKey) {
  const EncryptionKey key = EncryptionKey::generate();
  std::string hidden = key.encrypt("s3cret");
  write("app.yaml", "a: '" + hidden + "'\n");
  EXPECT_EQ(load({"-d", "~"}, Environment({{"NGO_CONFIG_KEY", key.to_text()}})), "a: ***\n");
  write("key", key.to_text() + "\n");
  EXPECT_EQ(load({"-d", "~"}, Environment({{"NGO_CONFIG_KEY_FILE", folder_ + "/key"}})), "a: ***\n");
  EXPECT_THAT(load({"-d", "~"}),
              HasSubstr("a: the value is encrypted and there is no key: set NGO_CONFIG_KEY"));
  EXPECT_THAT(load({"-d", "~"}, Environment({{"NGO_CONFIG_KEY", EncryptionKey::generate().to_text()}})),
              HasSubstr("it was encrypted with another key, or has been changed since"));
  EXPECT_THAT(load({"-d", "~"}, Environment(Environment::Variables{{"NGO_CONFIG_KEY", "short"}})),
              HasSubstr("expected 32 bytes"));
  EXPECT_THAT(load({"-d", "~"}, Environment(Environment::Variables{{"NGO_CONFIG_KEY_FILE", "/none"}})),
              HasSubstr("cannot read the file"));
}

TEST_F(Layered, KeysThatAreCalledSomethingElseNowAreReadAllTheSame) {
  write("app.yaml",
        "httpServer: { accessLog: { enabled: true, format: a }, middlewares: { accessLog: { format: b } } }\n"
        "tracer: { x: 1 }\n");
  EXPECT_EQ(load({"-d", "~"}),
            "httpServer:\n  middlewares:\n    accessLog:\n      enabled: true\n      format: b\ntracing:\n  "
            "x: 1\n");
}

TEST(Encryption, GivesBackWhatWasEncryptedAndNothingElse) {
  const EncryptionKey key = EncryptionKey::generate();
  for (const std::string& text :
       {std::string(), std::string("x"), std::string("ünïcode"), std::string(1000, 'y')}) {
    const std::string hidden = key.encrypt(text);
    ASSERT_TRUE(hidden.starts_with("${enc:") && hidden.ends_with("}"));
    const std::string inside = hidden.substr(6, hidden.size() - 7);
    EXPECT_EQ(EncryptionKey::from_text(key.to_text()).decrypt(inside), text);
    for (std::size_t i = 0; i < inside.size(); ++i) {
      std::string changed = inside;
      changed[i] = changed[i] == 'A' ? 'B' : 'A';
      std::string out = "refused";
      try {
        out = key.decrypt(changed);
      } catch (const Error&) {
        // What should happen; only padding bits may be anything.
      }
      EXPECT_TRUE(out == "refused" || out == text) << i;
    }
  }
  EXPECT_NE(key.encrypt("x"), key.encrypt("x"));
}

}  // namespace
}  // namespace ngo::config
