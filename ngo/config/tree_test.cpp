#include "ngo/config/tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "ngo/log/options.hpp"

namespace ngo::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

struct Server {
  std::string host = "0.0.0.0";
  std::uint16_t port = 8080;
  std::chrono::milliseconds idle_timeout = 75s;
  ByteSize max_body_size = ByteSize::mib(8);
  bool keep_alive = true;
  static constexpr auto rules = ngo::rules(ngo::range<&Server::port>(1, 60000));
};

struct Redis {
  std::string name = "default";
  std::vector<std::string> addr;
  std::string password;
  static constexpr auto rules = ngo::rules(ngo::required<&Redis::addr>());
};

struct Store {
  int articles = 100;
};

// A folder of its own, which is the working directory meanwhile.
class Folder {
 public:
  Folder() : before_(get_current_dir_name()), path_(testing::TempDir() + "/ngo_config_XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr || chdir(path_.c_str()) != 0) throw std::runtime_error("no folder");
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    for (const std::string& file : files_) unlink(file.c_str());
    rmdir("conf");
    static_cast<void>(chdir(before_) != 0 || rmdir(path_.c_str()) != 0);
    free(before_);
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(name) << text;
    files_.push_back(name);
  }

 private:
  char* before_;
  std::string path_;
  std::vector<std::string> files_;
};

class Load : public testing::Test {
 protected:
  Tree load(std::vector<const char*> flags = {}, std::string_view defaults = {},
            const Environment& environment = {}) {
    flags.insert(flags.begin(), "test");
    report_ = {};
    return Tree::load(parse_command_line(static_cast<int>(flags.size()), flags.data()), defaults, environment,
                      report_);
  }
  Server server(Tree tree) {
    Server out;
    tree.bind("httpServer", out, report_);
    EXPECT_TRUE(report_.empty()) << report_.to_string();
    return out;
  }

  Folder folder_;
  Report report_;
};

TEST_F(Load, WithoutAnySourceTheDefaultsOfTheStructsHold) {
  Tree tree = load();
  EXPECT_EQ(tree.sources(), "none");
  EXPECT_EQ(server(std::move(tree)).port, 8080);
}

TEST_F(Load, LaterSourcesWin) {
  folder_.write("app.yaml", "httpServer: { port: 2, host: file }\n");
  const char* const defaults = "httpServer: { port: 1, host: program, idleTimeout: 1s, maxBodySize: 1KiB }\n";
  Tree tree = load({"--set", "httpServer.port=4"}, defaults,
                   Environment(Environment::Variables{{"NGO_HTTPSERVER__PORT", "3"},
                                                      {"NGO_HTTPSERVER__IDLE_TIMEOUT", "3s"}}));
  EXPECT_EQ(tree.sources(), "the program's defaults, app.yaml, 2 environment variables, 1 --set");
  const Server out = server(std::move(tree));
  EXPECT_EQ(out.port, 4);
  EXPECT_EQ(out.idle_timeout, 3s);
  EXPECT_EQ(out.host, "file");
  EXPECT_EQ(out.max_body_size, ByteSize::kib(1));
}

TEST_F(Load, FindsTheFileThatIsAskedFor) {
  ASSERT_EQ(mkdir("conf", 0755), 0);
  folder_.write("conf/app.yaml", "httpServer: { port: 5 }\n");
  folder_.write("other.yml", "httpServer: { port: 6 }\n");
  folder_.write("other.json", "{\"httpServer\": {\"port\": 7}}");
  EXPECT_EQ(server(load({"-d", "conf"})).port, 5);
  EXPECT_EQ(server(load({"-c", "other.yml"})).port, 6);
  EXPECT_EQ(server(load({"-c", "file://other.json"})).port, 7);
  EXPECT_EQ(server(load({"-c", "app.yaml", "-d", "conf/"})).port, 5);
}

TEST_F(Load, SaysWhyAFileCannotBeRead) {
  load({"-c", "none.yaml"});
  EXPECT_EQ(report_.to_string(), "none.yaml: cannot read the file: No such file or directory\n");
  load({"-d", "nowhere"});
  EXPECT_EQ(report_.to_string(), "nowhere/app.yaml: cannot read the file: No such file or directory\n");
  load({"-c", "."});
  EXPECT_EQ(report_.to_string(), ".: cannot read the file: Is a directory\n");
  load({"-c", "ncm://host"});
  EXPECT_EQ(report_.to_string(),
            "-c ncm://host: no source is called \"ncm\"; known: file (or a path), k8s\n");
  load({"-c", "app.toml"});
  EXPECT_THAT(report_.to_string(), HasSubstr("app.toml: cannot read the file"));
}

TEST_F(Load, AValueThatCannotBeHadIsOneMistake) {
  Tree tree = load({}, "httpServer: { port: \"${NO_SUCH}\", idleTimeout: \"${NO_SUCH}s\" }\n");
  Server out;
  tree.bind("httpServer", out, report_);
  EXPECT_EQ(report_.size(), 2U) << report_.to_string();
}

TEST_F(Load, AnUnclaimedSectionIsAMistake) {
  Tree tree = load({}, "httpServer: {}\nhttpSrver: { port: 1 }\nfoo: 1\n");
  tree.claim("httpServer");
  tree.claim("log");
  tree.report_unclaimed(report_);
  EXPECT_EQ(report_.to_string(),
            "the program's defaults:2:1: httpSrver: no part of this program reads this section; did you mean "
            "\"httpServer\"? sections: httpServer, log\n"
            "the program's defaults:3:1: foo: no part of this program reads this section; sections: "
            "httpServer, log\n");
}

TEST_F(Load, ElementsOfAListAreFoundByName) {
  Tree tree = load(
      {},
      "redis: [ { addr: a }, { name: sessions, addr: [ b, c ] } ]\nstore: { name: default, articles: 5 }\n");
  EXPECT_THAT(tree.names("redis"), ElementsAre("default", "sessions"));
  Redis redis;
  EXPECT_TRUE(tree.bind_named("redis", "sessions", type_of<Redis>(), &redis, report_));
  EXPECT_THAT(redis.addr, ElementsAre("b", "c"));
  EXPECT_TRUE(tree.bind_named("redis", "default", type_of<Redis>(), &redis, report_));
  EXPECT_THAT(redis.addr, ElementsAre("a"));
  Store store;
  EXPECT_TRUE(tree.bind_named("store", "default", type_of<Store>(), &store, report_)) << report_.to_string();
  EXPECT_EQ(store.articles, 5);
  EXPECT_FALSE(tree.bind_named("redis", "cach", type_of<Redis>(), &redis, report_));
  EXPECT_EQ(report_.to_string(),
            "the program's defaults:1:8: redis: none here is called \"cach\", which the program uses; there "
            "are \"default\" or "
            "\"sessions\"\n");
}

TEST_F(Load, TwoElementsOfOneNameAreAMistake) {
  Tree tree = load({}, "redis: [ { addr: a }, { addr: b } ]\n");
  Redis redis;
  EXPECT_FALSE(tree.bind_named("redis", "default", type_of<Redis>(), &redis, report_));
  EXPECT_EQ(report_.to_string(),
            "the program's defaults:1:23: redis.1: a second one is called \"default\"; the first is in the "
            "program's "
            "defaults:1:10\n");
}

TEST_F(Load, AMissingSectionIsAMistakeOnlyWhenSomethingInItIsRequired) {
  Tree tree = load();
  Store store;
  EXPECT_TRUE(tree.bind_named("store", "default", type_of<Store>(), &store, report_));
  Redis redis;
  EXPECT_FALSE(tree.bind_named("redis", "sessions", type_of<Redis>(), &redis, report_));
  EXPECT_EQ(
      report_.to_string(),
      "redis: this section is missing; add to the configuration: redis: [ { name: sessions, addr: ... } ]\n");
}

TEST_F(Load, TheLogSectionOfTheOriginalLoads) {
  Tree tree = load({}, "log:\n  level: warn\n  format: json\n  noFile: true\n  path: ./logs\n");
  std::vector<log::Options> options;
  EXPECT_TRUE(tree.bind("log", options, report_)) << report_.to_string();
  ASSERT_EQ(options.size(), 1U);
  EXPECT_EQ(options[0].level, log::Level::warn);
  EXPECT_EQ(options[0].format, log::Layout::json);
  EXPECT_EQ(options[0].path, "./logs");
  EXPECT_TRUE(report_.warnings().empty());
}

TEST_F(Load, TheDumpShowsSourcesAndMasksSecrets) {
  folder_.write("app.yaml",
                "httpServer: { port: 2 }\n"
                "redis:\n  - name: main\n    password: hunter2\n    addr: [ 'redis://u:pw@h:1', h:2 ]\n    "
                "empty: []\n");
  const Tree tree = load({"--set", "httpServer.port=4"});
  EXPECT_EQ(tree.dump(),
            "httpServer:\n"
            "  port: \"4\"  # --set httpServer.port, over app.yaml:1:21\n"
            "redis:\n"
            "  - name: main  # app.yaml:3:11\n"
            "    password: ***  # app.yaml:4:15\n"
            "    addr:\n"
            "      - \"redis://u:***@h:1\"  # app.yaml:5:13\n"
            "      - h:2  # app.yaml:5:33\n"
            "    empty: []  # app.yaml:6:12\n");
}

// What a newcomer sees who got everything wrong.
TEST_F(Load, ReportsAllMistakesOfAFileAtOnce) {
  folder_.write("app.yaml",
                "httpServer:\n"
                "  prot: 8080\n"
                "  port: 70000\n"
                "  idle-timeout: 2000\n"
                "  maxBodySize: 10 apples\n"
                "  keepAlive: perhaps\n"
                "  host: [ a ]\n"
                "  port: 1\n"
                "redis:\n"
                "  - name: main\n"
                "    adr: localhost:6379\n"
                "  - name: main\n"
                "    addr: ${REDIS_ADDR}\n"
                "log:\n"
                "  - level: loud\n"
                "    format: jsn\n"
                "    path: ./logs\n"
                "lgo: {}\n");
  Tree tree = load({"--set", "httpServer.idleTimeout.x=1"});
  Server out;
  tree.bind("httpServer", out, report_);
  std::vector<Redis> redis;
  tree.bind("redis", redis, report_);
  std::vector<log::Options> logs;
  tree.bind("log", logs, report_);
  tree.report_unclaimed(report_);
  EXPECT_EQ(
      report_.to_string(),
      R"---(app.yaml:2:3: httpServer.prot: unknown key; did you mean "port"? valid keys: host, port, idleTimeout, maxBodySize, keepAlive
app.yaml:3:9: httpServer.port: expected a whole number from 0 to 65535, found "70000"
app.yaml:4:17: httpServer.idle-timeout: "2000" has no unit; write for example "2000ms" or "2000s"; the original read a bare number as nanoseconds, that is 2us
app.yaml:5:16: httpServer.maxBodySize: "10 apples" is not a size; expected bytes such as "512", "64KiB", "10MB" (units B, KB, MB, GB, TB or KiB, MiB, GiB, TiB; the factor is 1024)
app.yaml:6:14: httpServer.keepAlive: expected true or false, found "perhaps"
app.yaml:7:9: httpServer.host: expected a string, found a list
app.yaml:8:3: httpServer.port: the key is there twice; the first is in line 3
app.yaml:10:5: redis.0.addr: missing; expected a list
app.yaml:11:5: redis.0.adr: unknown key; did you mean "addr"? valid keys: name, addr, password
app.yaml:13:11: redis.1.addr: the environment variable REDIS_ADDR is not set; set it, or give a default: ${REDIS_ADDR:...}
app.yaml:15:12: log.0.level: expected one of "trace", "debug", "info", "warn", "error", "fatal", "off", "warning", "dpanic", "panic", found "loud"
app.yaml:16:13: log.0.format: expected one of "txt", "json", "blank", "ecs", "logfmt", found "jsn"; did you mean "json"?
app.yaml:18:1: lgo: no part of this program reads this section; did you mean "log"? sections: httpServer, log, redis
--set httpServer.idleTimeout.x: httpServer.idleTimeout: there is nothing below this key: it is a single value, set in app.yaml:4:17
)---");
}

}  // namespace
}  // namespace ngo::config
