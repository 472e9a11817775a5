#include "ngo/config/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ngo::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

CommandLine parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "/usr/bin/newsroom");
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

std::string mistake(std::vector<const char*> arguments) {
  const CommandLine line = parse(std::move(arguments));
  return line.mistakes.size() == 1 ? line.mistakes[0] : std::to_string(line.mistakes.size()) + " mistakes";
}

TEST(CommandLine, ReadsFlagsWithValuesBehindOrBesideThem) {
  const CommandLine line =
      parse({"-c", "a.yaml", "--directory=conf", "-w", "true", "--set", "a.b=c", "--set=d.e=f=g"});
  EXPECT_TRUE(line.mistakes.empty());
  EXPECT_EQ(line.program, "newsroom");
  EXPECT_THAT(line.files, ElementsAre("a.yaml"));
  EXPECT_EQ(line.directory, "conf");
  EXPECT_TRUE(line.watch);
  EXPECT_THAT(line.settings, ElementsAre("a.b=c", "d.e=f=g"));
  EXPECT_THAT(parse({"--config", "x", "-c", "y"}).files, ElementsAre("x", "y"));
  EXPECT_THAT(parse({"-c=x"}).files, ElementsAre("x"));
}

TEST(CommandLine, WatchAloneMeansTrue) {
  EXPECT_TRUE(parse({"-w"}).watch);
  EXPECT_TRUE(parse({"--watch", "--help"}).watch);
  EXPECT_FALSE(parse({"-w", "false"}).watch);
  EXPECT_FALSE(parse({}).watch);
  EXPECT_EQ(mistake({"--watch=maybe"}), "-w takes true or false, not \"maybe\"");
}

TEST(CommandLine, ReadsSwitches) {
  EXPECT_TRUE(parse({"-h"}).help);
  EXPECT_TRUE(parse({"--version"}).version);
  EXPECT_TRUE(parse({"--check-config"}).check_config);
  EXPECT_TRUE(parse({"--print-config"}).print_config);
}

TEST(CommandLine, LeavesTheProgramsOwnArgumentsAlone) {
  const CommandLine line = parse({"-c", "a", "--", "--mine", "x"});
  EXPECT_TRUE(line.mistakes.empty());
  EXPECT_THAT(line.rest, ElementsAre("--mine", "x"));
}

TEST(CommandLine, ReportsEveryMistake) {
  const CommandLine line =
      parse({"--confg", "--port", "x", "--help=1", "--set", "novalue", "-c", "a", "-c", "b", "-d"});
  EXPECT_THAT(line.mistakes,
              ElementsAre("unknown flag --confg; did you mean --config?", "unknown flag --port",
                          "unexpected argument \"x\"; the program's own arguments go behind \"--\"",
                          "--help takes no value", "--set novalue: expected --set KEY=VALUE",
                          "-d needs a value: -d DIR"));
}

TEST(CommandLine, TheHelpNamesEveryFlag) {
  const std::string help = command_line_help("newsroom");
  for (const char* flag :
       {"-c, --config FILE", "-d, --directory DIR", "--set KEY=VALUE", "-w, --watch true|false",
        "--check-config", "--print-config", "-h, --help", "-v, --version"}) {
    EXPECT_THAT(help, HasSubstr(flag));
  }
}

}  // namespace
}  // namespace ngo::config
